//! Where the chunks of a dataset lie in its file.

use serde::{Deserialize, Serialize};

/// One stored chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// absolute byte in the file, user block added
    pub offset: u64,
    /// stored bytes
    pub size: u32,
    /// bit i set: filter i was skipped
    pub filter_mask: u32,
}

/// All chunks of one dataset whose chunks span whole rows (every dimension but the first in one piece).
///
/// `chunks[k]` holds rows `k*rows_per_chunk ..`; `None` = never written (reads as fill value).
/// A contiguous dataset is presented as chunks of one row without filters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkTable {
    pub dataset: String,
    pub rows: u64,
    pub rows_per_chunk: u64,
    pub chunks: Vec<Option<Chunk>>,
    /// fill value bytes of one element (zeros when the file does not speak of it); empty: there is none, and a chunk that was
    /// never written has no values
    pub fill: Vec<u8>,
}
