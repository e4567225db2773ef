//! Reading rows of a dataset.

use super::block::Block;
use super::dataset::Storage;
use super::datatype::{holds_pointers, memory_type};
use super::handle::{check, locked, Failure, Handle};
use super::Dataset;
use crate::error::Result;
use crate::map::{ElementType, Layout};
use hdf5_sys::h5d::{H5Dget_space, H5Dread};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5s::{H5Screate_simple, H5Sselect_hyperslab, H5S_ALL, H5S_SELECT_SET};
use hdf5_sys::h5t::H5Tget_size;
use std::os::raw::{c_int, c_void};

impl Dataset {
    /// Elements of one row.
    pub(crate) fn row_elements(&self) -> Result<u64, Failure> {
        self.shape
            .iter()
            .skip(1)
            .try_fold(1u64, |product, &length| product.checked_mul(length))
            .ok_or_else(|| Failure::new(format!("its shape {:?} is too large", self.shape())))
    }

    /// Bytes of `count` rows of `size`-byte elements, refused above `limit`.
    pub(crate) fn bounded(&self, count: u64, size: u64, limit: u64) -> Result<usize, Failure> {
        let bytes = self.row_elements()?.checked_mul(count).and_then(|elements| elements.checked_mul(size));
        match bytes {
            Some(bytes) if bytes <= limit => {
                usize::try_from(bytes).map_err(|_| Failure::new("it does not fit the address space"))
            }
            _ => Err(Failure::new(format!("{count} rows of {:?} are more than {limit} bytes", self.shape()))),
        }
    }

    /// Everything, numbers in little-endian; more than `limit` bytes is an error.
    pub fn read_all(&self, limit: u64) -> Result<Vec<u8>> {
        self.read_rows(&[(0, self.rows())], limit)
    }

    /// Rows of the ranges (first, count) one after the other, numbers in little-endian, other types as stored.
    pub fn read_rows(&self, ranges: &[(u64, u64)], limit: u64) -> Result<Vec<u8>> {
        self.try_read_rows(ranges, limit).map_err(|failure| self.fault("read the dataset", failure))
    }

    fn try_read_rows(&self, ranges: &[(u64, u64)], limit: u64) -> Result<Vec<u8>, Failure> {
        let total = self.check_ranges(ranges)?;
        locked(|| {
            let (memory, size) = self.fixed_size()?;
            let mut bytes = zeroed(self.bounded(total, size, limit)?)?;
            let mut filled = 0usize;
            for (first, count) in merged(ranges) {
                let length = self.bounded(count, size, limit)?;
                let end = filled.saturating_add(length);
                let part = bytes.get_mut(filled..end).ok_or_else(|| Failure::new("ranges overflow"))?;
                let block = Block::of_rows(self.shape(), first, count);
                // SAFETY: `part` has exactly the bytes of the rows in the memory type.
                unsafe { self.transfer_in(&memory, &block, part.as_mut_ptr().cast())? };
                filled = end;
            }
            Ok(bytes)
        })
    }

    /// One block, numbers in little-endian, other types as stored.
    pub(crate) fn read_block(&self, block: &Block) -> Result<Vec<u8>> {
        locked(|| {
            let (memory, size) = self.fixed_size()?;
            block.check(self.shape())?;
            let mut bytes = zeroed(block.bytes(size)?)?;
            // SAFETY: `bytes` has exactly the bytes of the block in the memory type.
            unsafe { self.transfer_in(&memory, block, bytes.as_mut_ptr().cast())? };
            Ok(bytes)
        })
        .map_err(|failure| self.fault("read the dataset", failure))
    }

    /// The type of values in memory and its size, where all values have the same. Call under the lock.
    pub(super) fn fixed_size(&self) -> Result<(Handle, u64), Failure> {
        if self.has_pointers() {
            return Err(Failure::new("its values have no fixed size"));
        }
        let memory = memory_type(self.element(), &self.datatype)?;
        // SAFETY: a live datatype.
        let size = unsafe { H5Tget_size(memory.id()) } as u64;
        Ok((memory, size))
    }

    /// Whether values hold pointers into a heap: their bytes mean nothing outside.
    pub(crate) fn has_pointers(&self) -> bool {
        match self.element() {
            ElementType::VarString => true,
            ElementType::Other(_) => locked(|| holds_pointers(&self.datatype)),
            _ => false,
        }
    }

    /// Total rows of ranges that all lie inside the dataset.
    pub(crate) fn check_ranges(&self, ranges: &[(u64, u64)]) -> Result<u64, Failure> {
        let rows = self.rows();
        let mut total = 0u64;
        for &(first, count) in ranges {
            if first.checked_add(count).is_none_or(|end| end > rows) {
                return Err(Failure::new(format!("rows {first}+{count} are asked for, but it has {rows} rows")));
            }
            total = total.checked_add(count).ok_or_else(|| Failure::new("ranges overflow"))?;
        }
        Ok(total)
    }

    /// Reads a block into memory, from wherever its values lie.
    ///
    /// # Safety
    /// `buffer` must have room for the elements of the block in the memory type, zeroed. Call under the lock.
    pub(crate) unsafe fn transfer_in(
        &self,
        memory: &Handle,
        block: &Block,
        buffer: *mut c_void,
    ) -> Result<(), Failure> {
        if block.is_empty() || self.shape().contains(&0) {
            return Ok(());
        }
        match self.storage()? {
            // SAFETY: as this function's.
            Storage::Virtual => unsafe { self.read_virtual(memory, block, buffer) },
            // SAFETY: as this function's.
            Storage::External => unsafe { self.read_external(memory, block, buffer) },
            // SAFETY: as this function's.
            _ => unsafe { self.read_here(memory, block, buffer) },
        }
    }

    /// Reads a block through libhdf5.
    ///
    /// # Safety
    /// As [`transfer_in`](Self::transfer_in).
    pub(super) unsafe fn read_here(&self, memory: &Handle, block: &Block, buffer: *mut c_void) -> Result<(), Failure> {
        self.provide_filters()?;
        let (memory_space, file_space) = self.selection(block)?;
        let ids = (space_id(&memory_space), space_id(&file_space));
        // SAFETY: both spaces select the same number of elements, for which the caller's buffer has room.
        check(unsafe { H5Dread(self.handle.id(), memory.id(), ids.0, ids.1, H5P_DEFAULT, buffer) })
            .map_err(|failure| self.missing_filter().unwrap_or(failure))
    }

    /// Spaces in memory and file for a block; `None`: the whole dataset.
    pub(super) fn selection(&self, block: &Block) -> Result<(Option<Handle>, Option<Handle>), Failure> {
        if block.is_whole(self.shape()) {
            return Ok((None, None));
        }
        let (file, memory) = self.spaces(block)?;
        Ok((Some(memory), Some(file)))
    }

    /// The dataset's space with the block selected, and a space of the block alone.
    pub(super) fn spaces(&self, block: &Block) -> Result<(Handle, Handle), Failure> {
        // SAFETY: the dataset is open; start and count of the block have the rank of its space, as `check` and
        // `of_rows` see to.
        unsafe {
            let file = Handle::new(H5Dget_space(self.handle.id()))?;
            check(H5Sselect_hyperslab(
                file.id(),
                H5S_SELECT_SET,
                block.start.as_ptr(),
                std::ptr::null(),
                block.count.as_ptr(),
                std::ptr::null(),
            ))?;
            let rank = block.count.len() as c_int;
            let memory = Handle::new(H5Screate_simple(rank, block.count.as_ptr(), std::ptr::null()))?;
            Ok((file, memory))
        }
    }

    /// Rows of one chunk (those inside the dataset), decoded by HDF5, numbers in little-endian.
    pub fn read_chunk(&self, index: u64, limit: u64) -> Result<Vec<u8>> {
        let rows_per_chunk = match self.layout()? {
            Layout::Chunked { chunk } => chunk.first().copied().unwrap_or(1).max(1),
            _ => 1,
        };
        let first = index.saturating_mul(rows_per_chunk);
        if first >= self.rows() {
            let failure = Failure::new(format!("chunk {index} begins after the last row"));
            return Err(self.fault("read the chunk", failure));
        }
        self.read_rows(&[(first, rows_per_chunk.min(self.rows() - first))], limit)
    }
}

pub(super) fn space_id(space: &Option<Handle>) -> hid_t {
    space.as_ref().map_or(H5S_ALL, Handle::id)
}

/// Neighbouring ranges joined, so that each is one read; order kept.
pub(crate) fn merged(ranges: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut joined: Vec<(u64, u64)> = Vec::new();
    for &(first, count) in ranges.iter().filter(|range| range.1 > 0) {
        match joined.last_mut() {
            Some(last) if last.0.checked_add(last.1) == Some(first) => last.1 = last.1.saturating_add(count),
            _ => joined.push((first, count)),
        }
    }
    joined
}

/// Zeroed memory, or an error where the machine has not that much.
fn zeroed(length: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|_| Failure::new(format!("{length} bytes of memory are not to be had")))?;
    bytes.resize(length, 0);
    Ok(bytes)
}
