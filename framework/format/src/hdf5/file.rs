//! A file, open for reading or being written.

use super::driver;
use super::group::Group;
use super::handle::{c_string, check, locked, Failure, Handle};
use super::Dataset;
use crate::bounded::{is_there, patiently};
use crate::error::{Error, Place, Result};
use crate::stuck::{underway, Underway};
use hdf5_sys::h5f::{
    H5Fcreate, H5Fflush, H5Fget_fileno, H5Fopen, H5F_ACC_EXCL, H5F_ACC_RDONLY, H5F_CLOSE_SEMI, H5F_LIBVER_EARLIEST,
    H5F_LIBVER_V110, H5F_SCOPE_GLOBAL,
};
use hdf5_sys::h5o::H5Ocopy;
use hdf5_sys::h5p::{
    H5Pcreate, H5Pset_create_intermediate_group, H5Pset_fclose_degree, H5Pset_file_locking, H5Pset_libver_bounds,
    H5Pset_obj_track_times, H5P_CLS_FILE_ACCESS, H5P_CLS_FILE_CREATE, H5P_CLS_LINK_CREATE, H5P_DEFAULT,
};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Shared by all objects of a file, so that it closes last.
#[derive(Debug)]
pub(crate) struct FileInner {
    pub handle: Handle,
    pub path: PathBuf,
    pub writable: bool,
    /// bytes on disk when it was opened for reading, else 0
    pub size: u64,
    /// tells it from other files that are open, which links lead to
    pub number: u64,
}

impl FileInner {
    /// Kept while something is written; nothing for a file that is read.
    pub fn writing(&self) -> Option<Underway> {
        self.writable.then(|| underway("write", &self.path))
    }

    /// `failed to {action}: {what libhdf5 says}`, at `object` in this file.
    ///
    /// What the operating system refused is a resource; what libhdf5 refuses in a file we write is our bug; what it
    /// refuses in a file we read is the input.
    pub fn fault(&self, action: &str, object: &str, failure: Failure) -> Error {
        fault(&self.path, self.writable, action, object, failure)
    }
}

fn place(path: &Path, object: &str) -> Place {
    let place = Place::file(path);
    if object.is_empty() {
        place
    } else {
        place.source(object)
    }
}

fn fault(path: &Path, writable: bool, action: &str, object: &str, failure: Failure) -> Error {
    let what = format!("failed to {action}: {}", failure.text);
    let place = place(path, object);
    if let Some(system) = failure.system() {
        Error::io(action, path, &system).at(place)
    } else if let Some(error) = failure.elsewhere {
        *error
    } else if writable {
        Error::bug(what, place)
    } else if failure.text.contains("truncated file") {
        Error::input(what, place).with_hint("the file was cut short, or is still being copied")
    } else {
        Error::input(what, place)
    }
}

#[derive(Clone, Debug)]
pub struct File {
    pub(crate) inner: Arc<FileInner>,
}

impl File {
    /// Opens for reading, with file locking off: parallel file systems often refuse locks.
    pub fn open(path: &Path) -> Result<File> {
        let size = patiently(|| std::fs::metadata(path)).map_err(|error| Error::io("open", path, &error))?.len();
        let name = path_string(path)?;
        let (handle, number) = locked(|| -> Result<_, Failure> {
            // SAFETY: property lists and the file are live handles; `name` is a C string that outlives the call.
            let handle = unsafe {
                let access = Handle::new(H5Pcreate(*H5P_CLS_FILE_ACCESS))?;
                check(H5Pset_file_locking(access.id(), 0, 1))?;
                Handle::new(H5Fopen(name.as_ptr(), H5F_ACC_RDONLY, access.id()))?
            };
            let number = file_number(&handle)?;
            Ok((handle, number))
        })
        .map_err(|failure| fault(path, false, "open the file", "", failure))?;
        Ok(File { inner: Arc::new(FileInner { handle, path: path.into(), writable: false, size, number }) })
    }

    /// Creates a file that must not exist yet. Format bounds (earliest, 1.10) so that every installed reader opens it;
    /// no object times, so that equal content gives equal bytes.
    pub fn create_new(path: &Path) -> Result<File> {
        if is_there(path)? {
            return Err(Error::io("create", path, &std::io::ErrorKind::AlreadyExists.into()));
        }
        let name = path_string(path)?;
        let _underway = underway("create the file", path);
        let handle = locked(|| -> Result<_, Failure> {
            // SAFETY: as in `open`.
            unsafe {
                let access = Handle::new(H5Pcreate(*H5P_CLS_FILE_ACCESS))?;
                check(H5Pset_file_locking(access.id(), 0, 1))?;
                check(H5Pset_libver_bounds(access.id(), H5F_LIBVER_EARLIEST, H5F_LIBVER_V110))?;
                check(H5Pset_fclose_degree(access.id(), H5F_CLOSE_SEMI))?;
                driver::set(&access)?;
                let creation = Handle::new(H5Pcreate(*H5P_CLS_FILE_CREATE))?;
                check(H5Pset_obj_track_times(creation.id(), 0))?;
                Handle::new(H5Fcreate(name.as_ptr(), H5F_ACC_EXCL, creation.id(), access.id()))
            }
        })
        .map_err(|failure| fault(path, true, "create the file", "", failure))?;
        Ok(File { inner: Arc::new(FileInner { handle, path: path.into(), writable: true, size: 0, number: 0 }) })
    }

    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Bytes on disk when it was opened for reading.
    pub fn size(&self) -> u64 {
        self.inner.size
    }

    pub fn root(&self) -> Result<Group> {
        Group::open(&self.inner, "/")
    }

    /// Opens a group by absolute path.
    pub fn group(&self, path: &str) -> Result<Group> {
        Group::open(&self.inner, path)
    }

    /// Opens a dataset by absolute path.
    pub fn dataset(&self, path: &str) -> Result<Dataset> {
        Dataset::open(&self.inner, path)
    }

    /// Copies an object with everything below it from another file; missing groups on the way are created.
    pub fn copy_object(&self, source: &File, from: &str, to: &str) -> Result<()> {
        locked(|| -> Result<_, Failure> {
            let (from, to) = (c_string(from)?, c_string(to)?);
            // SAFETY: both files are open; the names are C strings that outlive the call.
            unsafe {
                let link = Handle::new(H5Pcreate(*H5P_CLS_LINK_CREATE))?;
                check(H5Pset_create_intermediate_group(link.id(), 1))?;
                check(H5Ocopy(
                    source.inner.handle.id(),
                    from.as_ptr(),
                    self.inner.handle.id(),
                    to.as_ptr(),
                    H5P_DEFAULT,
                    link.id(),
                ))
            }
        })
        .map_err(|failure| source.inner.fault("copy the object", from, failure))
    }

    /// Hands everything written so far to the operating system.
    pub fn flush(&self) -> Result<()> {
        let _underway = self.inner.writing();
        // SAFETY: the file is open.
        locked(|| check(unsafe { H5Fflush(self.inner.handle.id(), H5F_SCOPE_GLOBAL) }))
            .map_err(|failure| self.inner.fault("flush the file", "", failure))
    }

    /// Closes and reports what closing finds; all groups and datasets of the file must be gone. What the library wrote around
    /// the values of a new file: (offset, size, xxh3-64).
    pub fn close(self) -> Result<Vec<(u64, u64, u64)>> {
        let inner = Arc::try_unwrap(self.inner).map_err(|inner| {
            Error::bug("failed to close the file: some of its objects are still open", Place::file(&inner.path))
        })?;
        let _underway = inner.writing();
        let FileInner { handle, path, writable, .. } = inner;
        handle.close().map_err(|failure| fault(&path, writable, "close the file", "", failure))?;
        Ok(if writable { driver::pieces(&path) } else { Vec::new() })
    }
}

/// The number that the library gives an open file. Call under the lock.
pub(super) fn file_number(file: &Handle) -> Result<u64, Failure> {
    let mut number = 0;
    // SAFETY: the file is open, and `number` lives through the call.
    check(unsafe { H5Fget_fileno(file.id(), &mut number) })?;
    Ok(number)
}

fn path_string(path: &Path) -> Result<std::ffi::CString> {
    std::ffi::CString::new(path.as_os_str().as_bytes())
        .map_err(|_| Error::request("the path contains a NUL byte", Place::file(path)))
}
