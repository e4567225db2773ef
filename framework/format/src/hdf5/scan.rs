//! Whether everything in a file lies inside of it: only then may its bytes be copied as they are.

use super::dataset::{storage, Storage};
use super::group::kind_and_size;
use super::handle::{check, failure, locked, Failure, Handle};
use super::File;
use crate::error::Result;
use hdf5_sys::h5::{herr_t, H5_INDEX_NAME, H5_ITER_NATIVE};
use hdf5_sys::h5d::{H5Dget_create_plist, H5Dopen2};
use hdf5_sys::h5i::hid_t;
use hdf5_sys::h5l::{H5L_info2_t, H5Lvisit2, H5L_TYPE_HARD, H5L_TYPE_SOFT};
use hdf5_sys::h5o::{H5O_info2_t, H5Ovisit3, H5O_INFO_BASIC, H5O_TYPE_DATASET};
use hdf5_sys::h5p::H5P_DEFAULT;
use std::ffi::CStr;
use std::os::raw::{c_char, c_int, c_void};

/// What leads outside, or why that could not be told.
type Finding = Option<std::result::Result<String, Failure>>;

unsafe extern "C" fn look_at_link(
    _group: hid_t,
    name: *const c_char,
    info: *const H5L_info2_t,
    data: *mut c_void,
) -> herr_t {
    // SAFETY: `data` is the finding of `leads_outside`, alive during the visit; `name` is a C string and `info` a valid record
    // for the time of the callback.
    unsafe {
        let (kind, _) = kind_and_size(info);
        if kind == H5L_TYPE_HARD as c_int || kind == H5L_TYPE_SOFT as c_int {
            return 0;
        }
        *data.cast::<Finding>() = Some(Ok(CStr::from_ptr(name).to_string_lossy().into_owned()));
    }
    1
}

extern "C" fn look_at_object(file: hid_t, name: *const c_char, info: *const H5O_info2_t, data: *mut c_void) -> herr_t {
    // SAFETY: as in `look_at_link`; the type is read as an integer because a damaged file may hold another.
    unsafe {
        let kind = std::ptr::addr_of!((*info).type_).cast::<c_int>().read();
        if kind != H5O_TYPE_DATASET as c_int {
            return 0;
        }
        let stored = Handle::new(H5Dopen2(file, name, H5P_DEFAULT))
            .and_then(|dataset| Handle::new(H5Dget_create_plist(dataset.id())))
            .and_then(|creation| storage(&creation));
        let finding = match stored {
            Ok(Storage::Virtual | Storage::External) => Ok(CStr::from_ptr(name).to_string_lossy().into_owned()),
            Ok(_) => return 0,
            Err(failure) => Err(failure),
        };
        *data.cast::<Finding>() = Some(finding);
    }
    1
}

impl File {
    /// An object of the file whose values lie elsewhere, or a link that leads out of it.
    ///
    /// # Errors
    /// When the file does not tell.
    pub fn leads_outside(&self) -> Result<Option<String>> {
        locked(|| -> std::result::Result<_, Failure> {
            let mut finding: Finding = None;
            let data = std::ptr::from_mut(&mut finding).cast();
            let root = self.inner.handle.id();
            // SAFETY: the file is open; the callbacks match and their data outlive the visits.
            unsafe {
                check(H5Lvisit2(root, H5_INDEX_NAME, H5_ITER_NATIVE, Some(look_at_link), data))?;
                if finding.is_none() {
                    let status =
                        H5Ovisit3(root, H5_INDEX_NAME, H5_ITER_NATIVE, Some(look_at_object), data, H5O_INFO_BASIC);
                    if status < 0 && finding.is_none() {
                        return Err(failure());
                    }
                }
            }
            finding.transpose()
        })
        .map_err(|failure| self.inner.fault("look through the file", "", failure))
    }
}
