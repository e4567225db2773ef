//! A batch: some blocks of frames of one sequence, and the stored chunks they need.

use super::Window;
use std::ops::Range;
use std::sync::{Arc, OnceLock};
use trainyard_format::Error;

/// Frames of one train that a worker takes together and whose results are folded one after the other. A constant, so
/// that the order of every sum is fixed by the run alone.
pub const BLOCK_FRAMES: usize = 8;

/// Consecutive candidates of one train.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// position of the train in the sequence
    pub train: usize,
    /// positions in the frame table
    pub frames: Vec<usize>,
}

/// What stands behind a chunk number.
#[derive(Clone, Debug)]
pub enum ChunkState {
    /// bytes as stored in the file
    Stored { filter_mask: u32 },
    /// rows as HDF5 decoded them
    Rows,
    /// never written: reads as fill value
    Absent { fill: Vec<u8> },
    /// lasting damage
    Failed(Error),
}

#[derive(Clone, Debug)]
pub struct StoredChunk {
    pub state: ChunkState,
    buffer: Option<Arc<Vec<u8>>>,
    range: Range<usize>,
}

impl StoredChunk {
    pub fn new(state: ChunkState, buffer: Option<Arc<Vec<u8>>>, range: Range<usize>) -> Self {
        StoredChunk { state, buffer, range }
    }

    pub fn bytes(&self) -> &[u8] {
        self.buffer.as_ref().and_then(|b| b.get(self.range.clone())).unwrap_or(&[])
    }

    /// A copy that keeps no batch alive.
    pub fn detached(&self) -> Self {
        let bytes = self.bytes().to_vec();
        StoredChunk { state: self.state.clone(), range: 0..bytes.len(), buffer: Some(Arc::new(bytes)) }
    }
}

/// Decoded bytes of a chunk that several frames share.
pub type Shared = OnceLock<Result<Vec<u8>, Error>>;

/// Chunks of one stream of one module, sorted by (part, chunk number).
#[derive(Default)]
pub struct StreamChunks {
    pub keys: Vec<(u32, u64)>,
    pub chunks: Vec<StoredChunk>,
    pub shared: Vec<Shared>,
}

impl StreamChunks {
    pub fn find(&self, part: u32, chunk: u64) -> Option<usize> {
        self.keys.binary_search(&(part, chunk)).ok()
    }
}

pub struct Batch {
    /// of the modules outside of it there is nothing
    pub window: Arc<Window>,
    pub blocks: Vec<Block>,
    /// `[module][stream]`
    pub chunks: Vec<Vec<StreamChunks>>,
    /// buffers to be given back once nobody points into them
    pub buffers: Vec<Arc<Vec<u8>>>,
    /// stored bytes fetched
    pub bytes: u64,
}
