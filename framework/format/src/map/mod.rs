//! What is in a file, as plain values: no handle stays open, everything serialises, two maps compare.

mod chunks;
mod dataset;
mod file;

pub use chunks::{Chunk, ChunkTable};
pub use dataset::{Attribute, AttributeValue, DatasetMap, ElementType, Layout};
pub use file::{FileMap, FileStamp, FormatVersion, GroupMap, Metadata, Section, SourceMap, StoredIndex};
