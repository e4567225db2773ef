//! The chunk table of a dataset, from one pass of `H5Dchunk_iter` (0.04 us a chunk; asking chunk by chunk is quadratic).

use super::handle::{check, locked, Failure};
use super::Dataset;
use crate::error::Result;
use crate::map::{Chunk, ChunkTable, Layout};
use hdf5_sys::h5::{haddr_t, hsize_t};
use hdf5_sys::h5d::H5Dchunk_iter;
use hdf5_sys::h5p::H5P_DEFAULT;
use std::os::raw::{c_int, c_uint, c_void};

/// Most chunks of one dataset that we list; a larger number is taken for damage.
pub const MAX_CHUNKS: u64 = 1 << 24;

struct Collector {
    chunks: Vec<Option<Chunk>>,
    rows_per_chunk: u64,
    too_large: Option<u64>,
}

unsafe extern "C" fn collect_one(
    offset: *const hsize_t,
    filter_mask: c_uint,
    address: haddr_t,
    size: hsize_t,
    data: *mut c_void,
) -> c_int {
    // SAFETY: `data` is the `Collector` of `chunked`, alive during the iteration; `offset` has at least one element
    // because the dataset has at least one dimension.
    let (collector, first_row) = unsafe { (&mut *data.cast::<Collector>(), *offset) };
    let index = usize::try_from(first_row / collector.rows_per_chunk).unwrap_or(usize::MAX);
    let Ok(bytes) = u32::try_from(size) else {
        collector.too_large = Some(size);
        return 1;
    };
    // Chunks past the extent are left over from a dataset that was shrunk.
    if let Some(place) = collector.chunks.get_mut(index) {
        *place = Some(Chunk { offset: address, size: bytes, filter_mask });
    }
    0
}

impl Dataset {
    /// Where the chunks lie. Chunks must span whole rows; contiguous data count as chunks of one row.
    pub fn chunk_table(&self) -> Result<ChunkTable> {
        let layout = self.layout()?;
        let fill = self.fill_value()?;
        let (rows_per_chunk, chunks) = match layout {
            Layout::Chunked { chunk } => self.chunked(&chunk),
            Layout::Contiguous { offset } => self.contiguous(offset),
            Layout::Compact => Err(Failure::new("it is compact: its values stand in the object header")),
            Layout::Virtual => Err(Failure::new("it is virtual: its chunks are in other files")),
            Layout::External => Err(Failure::new("its data are in an external file")),
        }
        .map_err(|failure| self.fault("list the chunks", failure))?;
        Ok(ChunkTable { dataset: self.path.clone(), rows: self.rows(), rows_per_chunk, chunks, fill })
    }

    fn chunked(&self, chunk: &[u64]) -> Result<(u64, Vec<Option<Chunk>>), Failure> {
        let shape = self.shape();
        let spans_rows = chunk.len() == shape.len() && chunk.iter().zip(shape).skip(1).all(|(c, n)| c >= n);
        let Some(&rows_per_chunk) = chunk.first().filter(|&&rows| rows > 0 && spans_rows) else {
            return Err(Failure::new(format!("its chunks {chunk:?} do not span whole rows of {shape:?}")));
        };
        let count = self.rows().div_ceil(rows_per_chunk);
        let mut collector = Collector { chunks: empty_chunks(count)?, rows_per_chunk, too_large: None };
        if count > 0 {
            locked(|| {
                // SAFETY: the dataset is open and chunked; the callback matches and its data outlives the iteration.
                check(unsafe {
                    H5Dchunk_iter(
                        self.handle.id(),
                        H5P_DEFAULT,
                        Some(collect_one),
                        std::ptr::from_mut(&mut collector).cast(),
                    )
                })
            })?;
        }
        match collector.too_large {
            Some(size) => Err(Failure::new(format!("a chunk of {size} bytes is larger than 4 GiB"))),
            None => Ok((rows_per_chunk, collector.chunks)),
        }
    }

    fn contiguous(&self, offset: Option<u64>) -> Result<(u64, Vec<Option<Chunk>>), Failure> {
        let mut chunks = empty_chunks(self.rows())?;
        let Some(start) = offset else { return Ok((1, chunks)) };
        let row_bytes = self.bounded(1, self.element().size() as u64, u64::from(u32::MAX))? as u64;
        for (row, chunk) in chunks.iter_mut().enumerate() {
            let offset = (row as u64)
                .checked_mul(row_bytes)
                .and_then(|bytes| start.checked_add(bytes))
                .ok_or_else(|| Failure::new("its rows overflow the file"))?;
            *chunk = Some(Chunk { offset, size: row_bytes as u32, filter_mask: 0 });
        }
        Ok((1, chunks))
    }
}

fn empty_chunks(count: u64) -> Result<Vec<Option<Chunk>>, Failure> {
    if count > MAX_CHUNKS {
        return Err(Failure::new(format!("it would have {count} chunks")));
    }
    Ok(vec![None; count as usize])
}
