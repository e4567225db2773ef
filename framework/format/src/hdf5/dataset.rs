//! Datasets: what they are, reading rows, writing.

use super::datatype::{classify, holds_pointers, memory_type};
use super::file::{File, FileInner};
use super::handle::{c_string, check, clear, locked, Failure, Handle};
use super::spec::{creation_list, pipeline, same_pipeline, space, DatasetSpec};
use super::Datatype;
use crate::error::{Error, Result};
use crate::map::{Attribute, ElementType, Layout};
use hdf5_sys::h5::HADDR_UNDEF;
use hdf5_sys::h5d::{
    H5D_CHUNKED, H5D_COMPACT, H5D_CONTIGUOUS, H5D_FILL_VALUE_UNDEFINED, H5D_FILL_VALUE_USER_DEFINED, H5D_VIRTUAL,
    H5Dcreate2, H5Dget_create_plist, H5Dget_offset, H5Dget_space, H5Dget_storage_size, H5Dget_type, H5Dopen2, H5Dread,
    H5Dset_extent, H5Dwrite, H5Dwrite_chunk,
};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5p::{
    H5P_DEFAULT, H5Pfill_value_defined, H5Pget_chunk, H5Pget_external_count, H5Pget_fill_value, H5Pget_layout,
};
use hdf5_sys::h5s::{
    H5S_ALL, H5S_NULL, H5S_SELECT_SET, H5Screate_simple, H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims,
    H5Sget_simple_extent_type, H5Sselect_hyperslab,
};
use hdf5_sys::h5t::H5Tget_size;
use std::os::raw::c_int;
use std::sync::Arc;
use trainyard_codec::Filter;

/// HDF5's largest rank.
const MAX_RANK: usize = 32;

#[derive(Debug)]
pub struct Dataset {
    pub(crate) handle: Handle,
    pub(crate) datatype: Handle,
    pub(crate) creation: Handle,
    pub(crate) file: Arc<FileInner>,
    pub(crate) path: String,
    element: ElementType,
    big_endian: bool,
    shape: Vec<u64>,
    max_shape: Vec<u64>,
}

fn shape_of(dataset: &Handle) -> Result<(Vec<u64>, Vec<u64>), Failure> {
    // SAFETY: the dataset is open; the buffers hold the rank the library allows.
    unsafe {
        let space = Handle::new(H5Dget_space(dataset.id()))?;
        if H5Sget_simple_extent_type(space.id()) == H5S_NULL {
            return Ok((vec![0], vec![0]));
        }
        let rank = H5Sget_simple_extent_ndims(space.id());
        check(rank)?;
        let rank = rank as usize;
        if rank > MAX_RANK {
            return Err(Failure::new(format!("it has {rank} dimensions")));
        }
        let (mut shape, mut max_shape) = ([0u64; MAX_RANK], [0u64; MAX_RANK]);
        check(H5Sget_simple_extent_dims(space.id(), shape.as_mut_ptr(), max_shape.as_mut_ptr()))?;
        Ok((shape[..rank].to_vec(), max_shape[..rank].to_vec()))
    }
}

impl Dataset {
    pub(crate) fn open(file: &Arc<FileInner>, path: &str) -> Result<Dataset> {
        locked(|| {
            let name = c_string(path)?;
            // SAFETY: the file is open, `name` a C string.
            let handle = Handle::new(unsafe { H5Dopen2(file.handle.id(), name.as_ptr(), H5P_DEFAULT) })?;
            Self::describe(file, path, handle)
        })
        .map_err(|failure| file.fault("open the dataset", path, failure))
    }

    fn describe(file: &Arc<FileInner>, path: &str, handle: Handle) -> Result<Dataset, Failure> {
        // SAFETY: the dataset is open.
        let (datatype, creation) =
            unsafe { (Handle::new(H5Dget_type(handle.id()))?, Handle::new(H5Dget_create_plist(handle.id()))?) };
        let (element, big_endian) = classify(&datatype)?;
        let (shape, max_shape) = shape_of(&handle)?;
        Ok(Dataset {
            handle,
            datatype,
            creation,
            file: Arc::clone(file),
            path: path.into(),
            element,
            big_endian,
            shape,
            max_shape,
        })
    }

    /// Creates a dataset and checks that its filters came out as asked for.
    pub(crate) fn create(file: &Arc<FileInner>, path: &str, spec: &DatasetSpec<'_>) -> Result<Dataset> {
        locked(|| {
            let name = c_string(path)?;
            let (element, _) = classify(&spec.datatype.handle)?;
            let memory = memory_type(element, &spec.datatype.handle)?;
            let list = creation_list(spec, &memory, element.size())?;
            let space = space(spec.shape, spec.max_shape)?;
            // SAFETY: all identifiers are live, `name` a C string.
            let handle = Handle::new(unsafe {
                H5Dcreate2(
                    file.handle.id(),
                    name.as_ptr(),
                    spec.datatype.handle.id(),
                    space.id(),
                    H5P_DEFAULT,
                    list.id(),
                    H5P_DEFAULT,
                )
            })?;
            let dataset = Self::describe(file, path, handle)?;
            same_pipeline(spec.filters, &pipeline(&dataset.creation)?)?;
            Ok(dataset)
        })
        .map_err(|failure| file.fault("create the dataset", path, failure))
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn file(&self) -> File {
        File { inner: Arc::clone(&self.file) }
    }

    pub fn element(&self) -> ElementType {
        self.element
    }

    pub fn big_endian(&self) -> bool {
        self.big_endian
    }

    /// Empty for a scalar.
    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// `u64::MAX`: unlimited.
    pub fn max_shape(&self) -> &[u64] {
        &self.max_shape
    }

    /// First dimension; 1 for a scalar.
    pub fn rows(&self) -> u64 {
        self.shape.first().copied().unwrap_or(1)
    }

    /// The type as stored, to create a dataset like this one.
    pub fn datatype(&self) -> Result<Datatype> {
        // SAFETY: the datatype is live.
        locked(|| Handle::new(unsafe { hdf5_sys::h5t::H5Tcopy(self.datatype.id()) }))
            .map(|handle| Datatype { handle })
            .map_err(|failure| self.fault("copy the datatype", failure))
    }

    pub(crate) fn fault(&self, action: &str, failure: Failure) -> Error {
        self.file.fault(action, &self.path, failure)
    }

    pub fn layout(&self) -> Result<Layout> {
        locked(|| -> Result<_, Failure> {
            // SAFETY: the property list is live; the chunk buffer has room for the rank announced.
            unsafe {
                Ok(match H5Pget_layout(self.creation.id()) {
                    H5D_COMPACT => Layout::Compact,
                    H5D_CONTIGUOUS if H5Pget_external_count(self.creation.id()) > 0 => Layout::External,
                    H5D_CONTIGUOUS => {
                        let offset = H5Dget_offset(self.handle.id());
                        if offset == HADDR_UNDEF {
                            clear();
                        }
                        Layout::Contiguous { offset: (offset != HADDR_UNDEF).then_some(offset) }
                    }
                    H5D_CHUNKED => {
                        let mut chunk = [0u64; MAX_RANK];
                        let rank = H5Pget_chunk(self.creation.id(), MAX_RANK as c_int, chunk.as_mut_ptr());
                        check(rank)?;
                        Layout::Chunked { chunk: chunk[..(rank as usize).min(MAX_RANK)].to_vec() }
                    }
                    H5D_VIRTUAL => Layout::Virtual,
                    _ => return Err(Failure::new("its layout is of an unknown kind")),
                })
            }
        })
        .map_err(|failure| self.fault("read the layout", failure))
    }

    pub fn filters(&self) -> Result<Vec<Filter>> {
        locked(|| pipeline(&self.creation)).map_err(|failure| self.fault("read the filters", failure))
    }

    /// Fill value of one number, little-endian; zeros when the file states none or the element is no number.
    pub fn fill_value(&self) -> Result<Vec<u8>> {
        let mut fill = vec![0u8; self.element.size().min(64)];
        if !self.element.is_number() {
            return Ok(fill);
        }
        locked(|| -> Result<_, Failure> {
            let mut status = H5D_FILL_VALUE_UNDEFINED;
            // SAFETY: the list is live; `fill` has the size of the memory type.
            unsafe {
                check(H5Pfill_value_defined(self.creation.id(), &mut status))?;
                if status == H5D_FILL_VALUE_USER_DEFINED {
                    let memory = memory_type(self.element, &self.datatype)?;
                    check(H5Pget_fill_value(self.creation.id(), memory.id(), fill.as_mut_ptr().cast()))?;
                }
            }
            Ok(())
        })
        .map_err(|failure| self.fault("read the fill value", failure))?;
        Ok(fill)
    }

    /// Bytes allocated in the file.
    pub fn stored_bytes(&self) -> u64 {
        // SAFETY: the dataset is open.
        locked(|| unsafe { H5Dget_storage_size(self.handle.id()) })
    }

    pub fn attributes(&self) -> Result<Vec<Attribute>> {
        super::attribute::read_all(&self.handle, &self.file, &self.path)
    }

    pub fn write_attribute(&self, attribute: &Attribute) -> Result<()> {
        super::attribute::write(&self.handle, &self.file, &self.path, attribute)
    }

    /// Elements of one row.
    pub(crate) fn row_elements(&self) -> Result<u64, Failure> {
        self.shape
            .iter()
            .skip(1)
            .try_fold(1u64, |product, &length| product.checked_mul(length))
            .ok_or_else(|| Failure::new(format!("its shape {:?} is too large", self.shape)))
    }

    /// Bytes of `count` rows of `size`-byte elements, refused above `limit`.
    pub(crate) fn bounded(&self, count: u64, size: u64, limit: u64) -> Result<usize, Failure> {
        let bytes = self.row_elements()?.checked_mul(count).and_then(|elements| elements.checked_mul(size));
        match bytes {
            Some(bytes) if bytes <= limit => {
                usize::try_from(bytes).map_err(|_| Failure::new("it does not fit the address space"))
            }
            _ => Err(Failure::new(format!("{count} rows of {:?} are more than {limit} bytes", self.shape))),
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
            let pointers = matches!(self.element, ElementType::VarString)
                || (matches!(self.element, ElementType::Other(_)) && holds_pointers(&self.datatype));
            if pointers {
                return Err(Failure::new("its values have no fixed size"));
            }
            let memory = memory_type(self.element, &self.datatype)?;
            // SAFETY: a live datatype.
            let size = unsafe { H5Tget_size(memory.id()) } as u64;
            let mut bytes = zeroed(self.bounded(total, size, limit)?)?;
            let mut filled = 0usize;
            for (first, count) in merged(ranges) {
                let length = self.bounded(count, size, limit)?;
                let end = filled.saturating_add(length);
                let part = bytes.get_mut(filled..end).ok_or_else(|| Failure::new("ranges overflow"))?;
                // SAFETY: `part` has exactly the bytes of the rows in the memory type.
                unsafe { self.transfer_in(&memory, first, count, part.as_mut_ptr().cast())? };
                filled = end;
            }
            Ok(bytes)
        })
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

    /// Reads rows into memory.
    ///
    /// # Safety
    /// `buffer` must have room for `count` rows of the memory type. Call under the lock.
    pub(crate) unsafe fn transfer_in(
        &self,
        memory: &Handle,
        first: u64,
        count: u64,
        buffer: *mut std::os::raw::c_void,
    ) -> Result<(), Failure> {
        if count == 0 || self.shape.contains(&0) {
            return Ok(());
        }
        let (memory_space, file_space) = self.selection(first, count)?;
        let ids = (space_id(&memory_space), space_id(&file_space));
        // SAFETY: both spaces select the same number of elements, for which the caller's buffer has room.
        check(unsafe { H5Dread(self.handle.id(), memory.id(), ids.0, ids.1, H5P_DEFAULT, buffer) })
    }

    /// Spaces in memory and file for some rows; `None`: the whole dataset.
    fn selection(&self, first: u64, count: u64) -> Result<(Option<Handle>, Option<Handle>), Failure> {
        if self.shape.is_empty() || (first == 0 && count == self.rows()) {
            return Ok((None, None));
        }
        let mut start = vec![0u64; self.shape.len()];
        let mut extent = self.shape.clone();
        start[0] = first;
        extent[0] = count;
        // SAFETY: the dataset is open; `start` and `extent` have the rank of its space.
        unsafe {
            let file = Handle::new(H5Dget_space(self.handle.id()))?;
            check(H5Sselect_hyperslab(
                file.id(),
                H5S_SELECT_SET,
                start.as_ptr(),
                std::ptr::null(),
                extent.as_ptr(),
                std::ptr::null(),
            ))?;
            let memory = Handle::new(H5Screate_simple(extent.len() as c_int, extent.as_ptr(), std::ptr::null()))?;
            Ok((Some(memory), Some(file)))
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

    /// Writes everything at once; `bytes` in little-endian.
    pub fn write_all(&self, bytes: &[u8]) -> Result<()> {
        self.write_rows(0, self.rows(), bytes)
    }

    /// Writes rows; `bytes` in little-endian.
    pub fn write_rows(&self, first: u64, count: u64, bytes: &[u8]) -> Result<()> {
        locked(|| -> Result<_, Failure> {
            self.check_ranges(&[(first, count)])?;
            if matches!(self.element, ElementType::VarString) || holds_pointers(&self.datatype) && !self.is_text() {
                return Err(Failure::new("its values have no fixed size"));
            }
            let memory = memory_type(self.element, &self.datatype)?;
            // SAFETY: a live datatype.
            let size = unsafe { H5Tget_size(memory.id()) } as u64;
            let expected = self.bounded(count, size, u64::MAX)?;
            if expected != bytes.len() {
                return Err(Failure::new(format!("{} bytes are given instead of {expected}", bytes.len())));
            }
            // SAFETY: `bytes` has exactly the bytes of the rows in the memory type.
            unsafe { self.transfer_out(&memory, first, count, bytes.as_ptr().cast()) }
        })
        .map_err(|failure| self.fault("write the dataset", failure))
    }

    fn is_text(&self) -> bool {
        matches!(self.element, ElementType::FixedString(_))
    }

    /// Writes rows from memory.
    ///
    /// # Safety
    /// `buffer` must hold `count` rows of the memory type. Call under the lock.
    pub(crate) unsafe fn transfer_out(
        &self,
        memory: &Handle,
        first: u64,
        count: u64,
        buffer: *const std::os::raw::c_void,
    ) -> Result<(), Failure> {
        if count == 0 || self.shape.contains(&0) {
            return Ok(());
        }
        let (memory_space, file_space) = self.selection(first, count)?;
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
        locked(|| -> Result<_, Failure> {
            let mut offset = vec![0u64; self.shape.len().max(1)];
            offset[0] = chunk
                .first()
                .and_then(|rows| rows.checked_mul(index))
                .filter(|&row| row < self.rows())
                .ok_or_else(|| Failure::new(format!("chunk {index} lies outside")))?;
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
        .map_err(|failure| self.fault("write the chunk", failure))
    }

    /// Sets the number of rows of a dataset that may grow.
    pub fn set_rows(&mut self, rows: u64) -> Result<()> {
        let mut shape = self.shape.clone();
        if let Some(first) = shape.first_mut() {
            *first = rows;
        }
        // SAFETY: `shape` has the rank of the dataset.
        locked(|| check(unsafe { H5Dset_extent(self.handle.id(), shape.as_ptr()) }))
            .map_err(|failure| self.fault("resize the dataset", failure))?;
        self.shape = shape;
        Ok(())
    }
}

fn space_id(space: &Option<Handle>) -> hid_t {
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
