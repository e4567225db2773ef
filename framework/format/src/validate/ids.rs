//! Ids of frames, train by train.
//!
//! Detectors store ids in thousands of small chunks, for which libhdf5 takes about a microsecond each; read by position
//! they cost a tenth of that.

use super::stored::{Buffers, StoredChunks};
use crate::hdf5::merged;
use crate::map::{DatasetMap, FileMap, Layout};
use crate::opener::OpenerPool;
use crate::positional::Positional;
use crate::{Error, Place, Result};

/// Ids of this many frames are read at once.
const BLOCK_ROWS: u64 = 1 << 20;

/// A dataset of ids in a file.
pub(super) struct Ids<'a> {
    pub file: &'a FileMap,
    pub dataset: &'a DatasetMap,
    pub pool: &'a OpenerPool,
    /// bytes of a row
    pub size: usize,
}

impl Ids<'_> {
    /// Calls `each` with a train and the little-endian ids of its rows. `trains`: id, first row, rows, inside the dataset.
    pub fn each_train(&self, trains: &[(u64, u64, u64)], mut each: impl FnMut(u64, &[u8])) -> Result<()> {
        let handle = Positional::new(&self.file.path, self.pool.limits().time);
        let chunks = self.by_position(&handle)?;
        let mut rest = trains;
        while !rest.is_empty() {
            let mut rows = 0u64;
            let fitting = rest.iter().take_while(|(.., count)| {
                rows = rows.saturating_add(*count);
                rows <= BLOCK_ROWS
            });
            let (block, after) = rest.split_at(fitting.count().max(1).min(rest.len()));
            rest = after;
            let ranges: Vec<(u64, u64)> = block.iter().map(|&(_, first, count)| (first, count)).collect();
            let bytes = match &chunks {
                Some(chunks) => self.rows(chunks, &ranges)?,
                None => self.pool.rows(&self.file.path, &self.dataset.path, &ranges)?.bytes,
            };
            let mut left = bytes.as_slice();
            for &(train, _, count) in block {
                let length = usize::try_from(count).unwrap_or(usize::MAX).saturating_mul(self.size).min(left.len());
                let (ids, after) = left.split_at(length);
                left = after;
                each(train, ids);
            }
        }
        Ok(())
    }

    /// `None`: better left to libhdf5.
    fn by_position<'a>(&self, handle: &'a Positional) -> Result<Option<StoredChunks<'a>>> {
        let whole_rows = self.dataset.chunk().is_some_and(|chunk| chunk.get(1..) == self.dataset.shape.get(1..));
        if !whole_rows || !matches!(self.dataset.layout, Layout::Chunked { .. }) || self.dataset.big_endian {
            return Ok(None);
        }
        let tables = self.pool.chunks(&self.file.path, &[&self.dataset.path])?;
        let chunks =
            tables.into_iter().next().and_then(|table| StoredChunks::new(self.file, handle, self.dataset, table));
        Ok(chunks.filter(|chunks| chunks.pipeline.is_some()))
    }

    fn rows(&self, chunks: &StoredChunks, ranges: &[(u64, u64)]) -> Result<Vec<u8>> {
        let place = || Place::file(&self.file.path).source(self.dataset.path.as_str());
        let total = ranges.iter().fold(0u64, |sum, range| sum.saturating_add(range.1));
        let limit = self.pool.limits().reply();
        let bytes = total.saturating_mul(self.size as u64);
        if bytes > limit {
            return Err(Error::input(format!("{total} ids are more than {limit} bytes"), place()));
        }
        let mut ids = Vec::with_capacity(usize::try_from(bytes).unwrap_or(0));
        let mut buffers = Buffers::default();
        let per_chunk = chunks.table.rows_per_chunk.max(1);
        for (first, count) in merged(ranges) {
            let (mut row, end) = (first, first.saturating_add(count));
            while row < end {
                let index = row / per_chunk;
                let until = index.saturating_add(1).saturating_mul(per_chunk).min(end);
                let (skip, rows) = ((row - index * per_chunk) as usize, (until - row) as usize);
                let found = chunks.decode(usize::try_from(index).unwrap_or(usize::MAX), &mut buffers);
                let told = |error| match error {
                    Error::Input { what, .. } => Error::input(format!("chunk {index} is damaged: {what}"), place()),
                    error => error,
                };
                match found.map_err(told)? {
                    Some(values) => {
                        let from = skip.saturating_mul(self.size);
                        let part = values.get(from..from.saturating_add(rows.saturating_mul(self.size)));
                        ids.extend_from_slice(part.unwrap_or_default());
                    }
                    None => {
                        let fill = chunks.table.fill.iter().copied().cycle();
                        ids.extend(fill.take(rows.saturating_mul(self.size)));
                    }
                }
                row = until;
            }
        }
        Ok(ids)
    }
}
