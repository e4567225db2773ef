//! The chunk table of a dataset, from one pass of `H5Dchunk_iter` (0.04 us a chunk; asking chunk by chunk is quadratic).
//!
//! A pass walks the whole index, whatever its keys say, while a read looks a chunk up by them. In a damaged index the two
//! differ, and values would come from chunks that no read of HDF5 finds. So the chunks must be those of whole rows, each once
//! and in order, and each is looked up as well (0.2 us).

use super::handle::{check, clear, locked, Failure};
use super::Dataset;
use crate::error::Result;
use crate::map::{Chunk, ChunkTable, Layout};
use hdf5_sys::h5::{haddr_t, herr_t, hsize_t};
use hdf5_sys::h5d::H5Dchunk_iter;
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::H5P_DEFAULT;
use std::os::raw::{c_int, c_uint, c_void};

/// Most chunks of one dataset that we list; a larger number is taken for damage.
pub const MAX_CHUNKS: u64 = 1 << 24;

extern "C" {
    /// H5Dpublic.h of HDF5 1.10.2 and later; not among the bindings.
    fn H5Dget_chunk_storage_size(dataset: hid_t, offset: *const hsize_t, size: *mut hsize_t) -> herr_t;
}

struct Collector {
    chunks: Vec<Option<Chunk>>,
    rows_per_chunk: u64,
    rank: usize,
    /// first row of the chunk before
    last: Option<u64>,
    damage: Option<String>,
}

unsafe extern "C" fn collect_one(
    offset: *const hsize_t,
    filter_mask: c_uint,
    address: haddr_t,
    size: hsize_t,
    data: *mut c_void,
) -> c_int {
    // SAFETY: `data` is the `Collector` of `chunked`, alive during the iteration; `offset` has one element for each dimension
    // of the dataset, which are `rank`.
    let (collector, offset) = unsafe {
        let collector = &mut *data.cast::<Collector>();
        let offset = std::slice::from_raw_parts(offset, collector.rank);
        (collector, offset)
    };
    collector.add(offset, filter_mask, address, size).map_or_else(
        |damage| {
            collector.damage = Some(damage);
            1
        },
        |()| 0,
    )
}

impl Collector {
    fn add(&mut self, offset: &[u64], filter_mask: u32, address: u64, size: u64) -> Result<(), String> {
        let Some((&row, columns)) = offset.split_first() else { return Err("a chunk has no place".into()) };
        let size = u32::try_from(size).map_err(|_| format!("a chunk of {size} bytes is larger than 4 GiB"))?;
        let in_order = self.last.is_none_or(|last| last < row);
        if !in_order || row % self.rows_per_chunk != 0 || columns.iter().any(|&column| column != 0) {
            return Err(format!("its chunk index is damaged at {offset:?}"));
        }
        self.last = Some(row);
        let index = usize::try_from(row / self.rows_per_chunk).unwrap_or(usize::MAX);
        // Chunks past the extent are left over from a dataset that was shrunk.
        if let Some(place) = self.chunks.get_mut(index) {
            *place = Some(Chunk { offset: address, size, filter_mask });
        }
        Ok(())
    }
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
        let (rank, chunks) = (shape.len(), empty_chunks(count)?);
        let mut collector = Collector { chunks, rows_per_chunk, rank, last: None, damage: None };
        if count == 0 {
            return Ok((rows_per_chunk, collector.chunks));
        }
        locked(|| {
            // SAFETY: the dataset is open and chunked; the callback matches and its data outlives the iteration.
            check(unsafe {
                H5Dchunk_iter(
                    self.handle.id(),
                    H5P_DEFAULT,
                    Some(collect_one),
                    std::ptr::from_mut(&mut collector).cast(),
                )
            })?;
            if let Some(damage) = collector.damage.take() {
                return Err(Failure::new(damage));
            }
            self.look_up(&collector)
        })?;
        Ok((rows_per_chunk, collector.chunks))
    }

    /// Whether a read finds what the pass found. Call under the lock.
    fn look_up(&self, found: &Collector) -> Result<(), Failure> {
        let mut offset = vec![0u64; found.rank];
        for (index, chunk) in (0u64..).zip(&found.chunks) {
            let (Some(chunk), Some(row)) = (chunk, offset.first_mut()) else { continue };
            let first = index * found.rows_per_chunk;
            *row = first;
            let mut size = 0;
            // SAFETY: the dataset is open, `offset` has its rank, and `size` lives through the call.
            let status = unsafe { H5Dget_chunk_storage_size(self.handle.id(), offset.as_ptr(), &mut size) };
            if status < 0 || size != u64::from(chunk.size) {
                clear();
                return Err(Failure::new(format!("its chunk index is damaged: the chunk of row {first} is not found")));
            }
        }
        Ok(())
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
