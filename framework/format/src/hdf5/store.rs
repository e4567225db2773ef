//! Writing rows and chunks of a dataset.

use super::block::Block;
use super::datatype::{holds_pointers, memory_type};
use super::driver;
use super::handle::{check, locked, Failure, Handle};
use super::read::space_id;
use super::Dataset;
use crate::error::Result;
use crate::map::{ElementType, Layout};
use hdf5_sys::h5d::{H5Dset_extent, H5Dwrite, H5Dwrite_chunk};
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5t::H5Tget_size;
use std::os::raw::c_void;

impl Dataset {
    /// Writes everything at once; `bytes` in little-endian.
    pub fn write_all(&self, bytes: &[u8]) -> Result<()> {
        self.write_rows(0, self.rows(), bytes)
    }

    /// Writes rows; `bytes` in little-endian.
    pub fn write_rows(&self, first: u64, count: u64, bytes: &[u8]) -> Result<()> {
        let _underway = self.file.writing();
        locked(|| -> Result<_, Failure> {
            self.check_ranges(&[(first, count)])?;
            if matches!(self.element(), ElementType::VarString) || holds_pointers(&self.datatype) && !self.is_text() {
                return Err(Failure::new("its values have no fixed size"));
            }
            let memory = memory_type(self.element(), &self.datatype)?;
            // SAFETY: a live datatype.
            let size = unsafe { H5Tget_size(memory.id()) } as u64;
            let expected = self.bounded(count, size, u64::MAX)?;
            if expected != bytes.len() {
                return Err(Failure::new(format!("{} bytes are given instead of {expected}", bytes.len())));
            }
            let block = Block::of_rows(self.shape(), first, count);
            // SAFETY: `bytes` has exactly the bytes of the rows in the memory type.
            unsafe { self.transfer_out(&memory, &block, bytes.as_ptr().cast()) }
        })
        .map_err(|failure| self.fault("write the dataset", failure))
    }

    /// Writes one block; `bytes` in little-endian.
    pub(crate) fn write_block(&self, block: &Block, bytes: &[u8]) -> Result<()> {
        let _underway = self.file.writing();
        locked(|| -> Result<_, Failure> {
            let (memory, size) = self.fixed_size()?;
            block.check(self.shape())?;
            if block.bytes(size)? != bytes.len() {
                return Err(Failure::new(format!("{} bytes are given for {block:?}", bytes.len())));
            }
            // SAFETY: `bytes` has exactly the bytes of the block in the memory type.
            unsafe { self.transfer_out(&memory, block, bytes.as_ptr().cast()) }
        })
        .map_err(|failure| self.fault("write the dataset", failure))
    }

    fn is_text(&self) -> bool {
        matches!(self.element(), ElementType::FixedString(_))
    }

    /// Writes a block from memory.
    ///
    /// # Safety
    /// `buffer` must hold the elements of the block in the memory type. Call under the lock.
    pub(crate) unsafe fn transfer_out(
        &self,
        memory: &Handle,
        block: &Block,
        buffer: *const c_void,
    ) -> Result<(), Failure> {
        if block.is_empty() || self.shape().contains(&0) {
            return Ok(());
        }
        let (memory_space, file_space) = self.selection(block)?;
        let ids = (space_id(&memory_space), space_id(&file_space));
        // SAFETY: both spaces select the same number of elements, which the caller's buffer holds.
        check(unsafe { H5Dwrite(self.handle.id(), memory.id(), ids.0, ids.1, H5P_DEFAULT, buffer) })
    }

    /// Stores a chunk as it is: already filtered, `filter_mask` bit i set where filter i was skipped.
    pub fn write_chunk(&self, index: u64, filter_mask: u32, stored: &[u8]) -> Result<()> {
        let chunk = match self.layout()? {
            Layout::Chunked { chunk } => chunk,
            _ => return Err(self.fault("write the chunk", Failure::new("it has no chunks"))),
        };
        let _underway = self.file.writing();
        locked(|| -> Result<_, Failure> {
            let mut offset = vec![0u64; self.shape().len().max(1)];
            offset[0] = chunk
                .first()
                .and_then(|rows| rows.checked_mul(index))
                .filter(|&row| row < self.rows())
                .ok_or_else(|| Failure::new(format!("chunk {index} lies outside")))?;
            driver::of_chunk(stored, || {
                // SAFETY: `offset` has the rank of the dataset, `stored` the length given.
                check(unsafe {
                    H5Dwrite_chunk(
                        self.handle.id(),
                        H5P_DEFAULT,
                        filter_mask,
                        offset.as_ptr(),
                        stored.len(),
                        stored.as_ptr().cast(),
                    )
                })
            })
        })
        .map_err(|failure| self.fault("write the chunk", failure))
    }

    /// Sets the number of rows of a dataset that may grow.
    pub fn set_rows(&mut self, rows: u64) -> Result<()> {
        let mut shape = self.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = rows;
        }
        let _underway = self.file.writing();
        // SAFETY: `shape` has the rank of the dataset.
        locked(|| check(unsafe { H5Dset_extent(self.handle.id(), shape.as_ptr()) }))
            .map_err(|failure| self.fault("resize the dataset", failure))?;
        self.shape = shape;
        Ok(())
    }
}
