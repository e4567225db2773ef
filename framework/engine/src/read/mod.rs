//! Bytes from files: which chunks a sequence needs, fetched by offset outside HDF5's lock, two batches ahead.

mod batch;
mod buffers;
mod fetch;
mod files;
mod gain_stages;
mod prepare;
mod stream;
mod tables;

pub use batch::{Batch, Block, ChunkState, StoredChunk, StreamChunks, BLOCK_FRAMES};
use buffers::Buffers;
pub use fetch::{FetchOptions, Fetcher, SequenceTables};
pub use files::Files;
pub use prepare::{prepare, Prepared, TableResults};
pub use stream::{is_stream, Access, ModuleStreams, Role, Stream, StreamPart};
pub use tables::Tables;
