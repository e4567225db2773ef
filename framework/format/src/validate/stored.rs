//! Chunks of one dataset, read by position and decoded here: outside libhdf5's lock, and without its work for each chunk.

use crate::map::{ChunkTable, DatasetMap, FileMap};
use crate::positional::Positional;
use crate::{Error, Place, Result};
use trainyard_codec::{Pipeline, Scratch};

/// Small chunks that lie side by side are read together, up to this many bytes.
const SPAN_BYTES: u64 = 64 << 10;

pub(super) struct StoredChunks<'a> {
    handle: &'a Positional,
    file_bytes: u64,
    pub table: ChunkTable,
    chunk_bytes: usize,
    /// `None`: a filter that only libhdf5's plug-ins know
    pub pipeline: Option<Pipeline>,
}

/// One thread's room, used again for every chunk.
#[derive(Default)]
pub(super) struct Buffers {
    /// bytes of the file from `start` on
    stored: Vec<u8>,
    start: u64,
    values: Vec<u8>,
    scratch: Scratch,
}

fn damaged(what: impl Into<String>) -> Error {
    Error::input(what, Place::default())
}

impl<'a> StoredChunks<'a> {
    /// Chunks of the dataset must span whole rows. `None`: a chunk is larger than HDF5 allows.
    pub fn new(file: &FileMap, handle: &'a Positional, dataset: &DatasetMap, table: ChunkTable) -> Option<Self> {
        let chunk_bytes = dataset.row_bytes()?.checked_mul(table.rows_per_chunk)?;
        let chunk_bytes = usize::try_from(chunk_bytes).ok().filter(|&n| n <= u32::MAX as usize)?;
        let pipeline = Pipeline::new(&dataset.filters, dataset.element.size(), chunk_bytes).ok();
        Some(StoredChunks { handle, file_bytes: file.stamp.size, table, chunk_bytes, pipeline })
    }

    /// That the chunk lies in the file. Errors have no place: the caller knows it.
    pub fn inside(&self, index: usize) -> Result<()> {
        match self.table.chunks.get(index).copied().flatten() {
            Some(chunk) if chunk.offset.checked_add(u64::from(chunk.size)).is_none_or(|end| end > self.file_bytes) => {
                Err(damaged(format!("bytes {}+{} lie outside the file", chunk.offset, chunk.size)))
            }
            _ => Ok(()),
        }
    }

    /// The values of a chunk, numbers as stored; `None`: never written.
    pub fn decode<'b>(&self, index: usize, buffers: &'b mut Buffers) -> Result<Option<&'b [u8]>> {
        self.inside(index)?;
        let Some(chunk) = self.table.chunks.get(index).copied().flatten() else { return Ok(None) };
        let Some(pipeline) = &self.pipeline else { return Err(damaged("its filters are not known")) };
        let size = chunk.size as usize;
        let held = chunk.offset.checked_sub(buffers.start).and_then(|at| usize::try_from(at).ok());
        let held = held.filter(|&at| at.checked_add(size).is_some_and(|end| end <= buffers.stored.len()));
        let at = match held {
            Some(at) => at,
            None => {
                let span = self.span(index, chunk.offset, u64::from(chunk.size));
                // what an error leaves is not to be taken for the file's
                buffers.stored.clear();
                let mut stored = std::mem::take(&mut buffers.stored);
                stored.resize(usize::try_from(span).unwrap_or(size), 0);
                (buffers.stored, buffers.start) = (self.handle.read(stored, chunk.offset)?, chunk.offset);
                0
            }
        };
        let Buffers { stored, values, scratch, .. } = buffers;
        values.resize(self.chunk_bytes, 0);
        let stored = stored.get(at..at + size).unwrap_or_default();
        pipeline.decode(stored, chunk.filter_mask, values, scratch).map_err(|error| damaged(error.to_string()))?;
        Ok(Some(values))
    }

    /// Bytes of a chunk and of those that follow without a gap.
    fn span(&self, index: usize, offset: u64, size: u64) -> u64 {
        let mut span = size;
        for next in self.table.chunks.iter().skip(index.saturating_add(1)) {
            let Some(next) = next.filter(|next| next.offset == offset.saturating_add(span)) else { break };
            let longer = span.saturating_add(u64::from(next.size));
            if longer > SPAN_BYTES || offset.saturating_add(longer) > self.file_bytes {
                break;
            }
            span = longer;
        }
        span
    }
}
