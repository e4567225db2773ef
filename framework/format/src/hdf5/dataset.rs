//! Datasets: opening, creating, and what they are.

use super::datatype::{classify, details, memory_type};
use super::file::{file_number, File, FileInner};
use super::handle::{c_string, check, failure, has_failed, locked, name, Failure, Handle};
use super::spec::{creation_list, pipeline, same_pipeline, space, DatasetSpec};
use super::Datatype;
use crate::error::{Error, Result};
use crate::map::{Attribute, ElementType, Layout};
use hdf5_sys::h5::HADDR_UNDEF;
use hdf5_sys::h5d::{
    H5Dcreate2, H5Dget_create_plist, H5Dget_offset, H5Dget_space, H5Dget_storage_size, H5Dget_type, H5Dopen2,
    H5D_CHUNKED, H5D_COMPACT, H5D_CONTIGUOUS, H5D_FILL_VALUE_UNDEFINED, H5D_FILL_VALUE_USER_DEFINED, H5D_VIRTUAL,
};
use hdf5_sys::h5f::H5Fget_name;
use hdf5_sys::h5i::H5Iget_file_id;
use hdf5_sys::h5p::{
    H5Pfill_value_defined, H5Pget_chunk, H5Pget_external_count, H5Pget_fill_value, H5Pget_layout, H5P_DEFAULT,
};
use hdf5_sys::h5s::{H5Sget_simple_extent_dims, H5Sget_simple_extent_ndims, H5Sget_simple_extent_type, H5S_NULL};
use std::os::raw::c_int;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use trainyard_codec::Filter;

/// HDF5's largest rank.
pub(super) const MAX_RANK: usize = 32;

#[derive(Debug)]
pub struct Dataset {
    pub(crate) handle: Handle,
    pub(crate) datatype: Handle,
    /// copied from the file when first asked for: HDF5 takes longer for it than for all else that opening does
    creation: OnceLock<Handle>,
    pub(crate) file: Arc<FileInner>,
    pub(crate) path: String,
    element: ElementType,
    big_endian: bool,
    pub(crate) shape: Vec<u64>,
    max_shape: Vec<u64>,
    /// the file that it lies in, where a link led out of its own
    elsewhere: Option<PathBuf>,
}

/// Where the values of a dataset are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Storage {
    Compact,
    Contiguous,
    Chunked,
    /// in datasets of other files, or of this one
    Virtual,
    /// in files of bytes
    External,
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

/// The path of the file that an object lies in, when that is not the file it was asked of. Call under the lock.
fn other_file(file: &FileInner, object: &Handle) -> Result<Option<PathBuf>, Failure> {
    // SAFETY: the object is open.
    let lies_in = Handle::new(unsafe { H5Iget_file_id(object.id()) })?;
    if file_number(&lies_in)? == file.number {
        return Ok(None);
    }
    // SAFETY: the file is open; the library writes at most as many bytes as it is told.
    let name = unsafe { name(|to, size| H5Fget_name(lies_in.id(), to, size)) }?;
    Ok(Some(name.into()))
}

/// Of a list of creation properties. Call under the lock.
pub(super) fn storage(creation: &Handle) -> Result<Storage, Failure> {
    // SAFETY: the property list is live.
    unsafe {
        Ok(match H5Pget_layout(creation.id()) {
            H5D_COMPACT => Storage::Compact,
            H5D_CONTIGUOUS => {
                let files = H5Pget_external_count(creation.id());
                check(files)?;
                if files > 0 {
                    Storage::External
                } else {
                    Storage::Contiguous
                }
            }
            H5D_CHUNKED => Storage::Chunked,
            H5D_VIRTUAL => Storage::Virtual,
            _ => return Err(Failure::new("its layout is of an unknown kind")),
        })
    }
}

impl Dataset {
    pub(crate) fn open(file: &Arc<FileInner>, path: &str) -> Result<Dataset> {
        Self::open_below(&file.handle, path, file, path)
    }

    /// Opens `name` below a group, which spares looking up the way there; `path` is its absolute path.
    pub(crate) fn open_below(above: &Handle, name: &str, file: &Arc<FileInner>, path: &str) -> Result<Dataset> {
        locked(|| {
            let name = c_string(name)?;
            // SAFETY: the file or group is open, `name` a C string.
            let handle = Handle::new(unsafe { H5Dopen2(above.id(), name.as_ptr(), H5P_DEFAULT) })?;
            Self::describe(file, path, handle)
        })
        .map_err(|failure| file.fault("open the dataset", path, failure))
    }

    fn describe(file: &Arc<FileInner>, path: &str, handle: Handle) -> Result<Dataset, Failure> {
        // SAFETY: the dataset is open.
        let datatype = Handle::new(unsafe { H5Dget_type(handle.id()) })?;
        let (element, big_endian) = classify(&datatype)?;
        let (shape, max_shape) = shape_of(&handle)?;
        let elsewhere = if file.writable { None } else { other_file(file, &handle)? };
        Ok(Dataset {
            handle,
            datatype,
            creation: OnceLock::new(),
            file: Arc::clone(file),
            path: path.into(),
            element,
            big_endian,
            shape,
            max_shape,
            elsewhere,
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
            same_pipeline(spec.filters, &pipeline(dataset.creation()?)?)?;
            Ok(dataset)
        })
        .map_err(|failure| file.fault("create the dataset", path, failure))
    }

    /// The list of properties that the dataset was created with. Call under the lock.
    pub(super) fn creation(&self) -> Result<&Handle, Failure> {
        if let Some(list) = self.creation.get() {
            return Ok(list);
        }
        // SAFETY: the dataset is open.
        let list = Handle::new(unsafe { H5Dget_create_plist(self.handle.id()) })?;
        Ok(self.creation.get_or_init(|| list))
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

    /// How values are stored in the file that the dataset lies in. Call under the lock.
    pub(super) fn storage(&self) -> Result<Storage, Failure> {
        storage(self.creation()?)
    }

    /// The file that the dataset lies in.
    pub(super) fn lies_in(&self) -> &Path {
        self.elsewhere.as_deref().unwrap_or(&self.file.path)
    }

    /// A dataset that a link found in another file counts as [`Layout::External`]: places in that file mean nothing in this.
    pub fn layout(&self) -> Result<Layout> {
        locked(|| -> Result<_, Failure> {
            let creation = self.creation()?;
            let storage = storage(creation)?;
            if self.elsewhere.is_some() && storage != Storage::Virtual {
                return Ok(Layout::External);
            }
            Ok(match storage {
                Storage::Compact => Layout::Compact,
                Storage::External => Layout::External,
                Storage::Virtual => Layout::Virtual,
                Storage::Contiguous => {
                    // SAFETY: the dataset is open.
                    let offset = unsafe { H5Dget_offset(self.handle.id()) };
                    if offset == HADDR_UNDEF && has_failed() {
                        return Err(failure());
                    }
                    Layout::Contiguous { offset: (offset != HADDR_UNDEF).then_some(offset) }
                }
                Storage::Chunked => {
                    let mut chunk = [0u64; MAX_RANK];
                    // SAFETY: the list is live; the buffer has room for the rank announced.
                    let rank = unsafe { H5Pget_chunk(creation.id(), MAX_RANK as c_int, chunk.as_mut_ptr()) };
                    check(rank)?;
                    Layout::Chunked { chunk: chunk[..(rank as usize).min(MAX_RANK)].to_vec() }
                }
            })
        })
        .map_err(|failure| self.fault("read the layout", failure))
    }

    /// What the element leaves open of the type: character set and padding of strings, all of a type that is none of the usual ones.
    pub fn type_details(&self) -> Result<Vec<u8>> {
        locked(|| details(&self.datatype)).map_err(|failure| self.fault("read the datatype", failure))
    }

    pub fn filters(&self) -> Result<Vec<Filter>> {
        locked(|| pipeline(self.creation()?)).map_err(|failure| self.fault("read the filters", failure))
    }

    /// Fill value of one number, little-endian; zeros when the file states nothing of it or the element is no number, empty
    /// when it states that there is none: rows that were never written are then of no value at all.
    pub fn fill_value(&self) -> Result<Vec<u8>> {
        let mut fill = vec![0u8; self.element.size().min(64)];
        if !self.element.is_number() {
            return Ok(fill);
        }
        locked(|| -> Result<_, Failure> {
            let creation = self.creation()?;
            let mut status = H5D_FILL_VALUE_UNDEFINED;
            // SAFETY: the list is live; `fill` has the size of the memory type.
            unsafe {
                check(H5Pfill_value_defined(creation.id(), &mut status))?;
                match status {
                    H5D_FILL_VALUE_UNDEFINED => fill.clear(),
                    H5D_FILL_VALUE_USER_DEFINED => {
                        let memory = memory_type(self.element, &self.datatype)?;
                        check(H5Pget_fill_value(creation.id(), memory.id(), fill.as_mut_ptr().cast()))?;
                    }
                    _ => {}
                }
            }
            Ok(())
        })
        .map_err(|failure| self.fault("read the fill value", failure))?;
        Ok(fill)
    }

    /// Bytes allocated in the file.
    ///
    /// # Errors
    /// When the index of its chunks cannot be read.
    pub fn stored_bytes(&self) -> Result<u64> {
        locked(|| {
            // SAFETY: the dataset is open.
            match unsafe { H5Dget_storage_size(self.handle.id()) } {
                0 if has_failed() => Err(failure()),
                bytes => Ok(bytes),
            }
        })
        .map_err(|failure| self.fault("ask for the size of the dataset", failure))
    }

    pub fn attributes(&self) -> Result<Vec<Attribute>> {
        super::attribute::read_all(&self.handle, &self.file, &self.path)
    }

    pub fn write_attribute(&self, attribute: &Attribute) -> Result<()> {
        super::attribute::write(&self.handle, &self.file, &self.path, attribute)
    }
}
