//! Bytes from files: which chunks a sequence needs, fetched by offset outside HDF5's lock, two batches ahead.

mod along;
mod batch;
mod buffers;
mod fetch;
mod files;
mod gain_stages;
mod metadata;
mod prepare;
mod readers;
mod stream;
mod tables;
mod unchanged;
mod window;

pub use batch::{Batch, Block, ChunkState, StoredChunk, StreamChunks, BLOCK_FRAMES};
use buffers::Buffers;
pub use fetch::{FetchOptions, Fetcher, SequenceTables};
pub use files::Files;
pub use prepare::{leave_out, prepare, Prepared, SequenceRow, TableShare};
use readers::{Outcome, Readers, Task};
pub use stream::{is_stream, Access, ModuleStreams, Role, Stream, StreamPart};
pub use tables::Tables;
pub use unchanged::{blame_change, check_files, check_unchanged};
pub use window::{windows, Window};
