//! Whether something is in a file: yes, no, or the file does not tell.
//!
//! libhdf5 answers a question about a path with an error both when a group on the way is missing and when it could not read
//! the file. So where it gives an error the path is walked name by name: a name that a group does not have is a certain no, and
//! everything else that fails is an error.

use super::group::{kind_and_size, text_until_nul, MAX_TARGET};
use super::handle::{c_string, check, clear, locked, Failure, Handle};
use hdf5_sys::h5i::{H5Iget_file_id, H5Iget_type, H5I_GROUP};
use hdf5_sys::h5l::{H5L_info2_t, H5Lexists, H5Lget_info2, H5Lget_val, H5L_TYPE_SOFT};
use hdf5_sys::h5o::H5Oopen;
use hdf5_sys::h5p::H5P_DEFAULT;
use std::ffi::CStr;
use std::os::raw::c_int;

/// Most soft links that lead to one another.
const MOST_LINKS: u32 = 16;

/// Whether there is a link at `path` below a group or file.
pub(super) fn has(above: &Handle, path: &str) -> Result<bool, Failure> {
    locked(|| {
        let name = c_string(path)?;
        // SAFETY: the object is open, `name` a C string.
        let found = unsafe { H5Lexists(above.id(), name.as_ptr(), H5P_DEFAULT) };
        if found >= 0 {
            return Ok(found > 0);
        }
        clear();
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
        walk(above, &names, MOST_LINKS)
    })
}

fn walk(above: &Handle, names: &[&str], links: u32) -> Result<bool, Failure> {
    let Some((first, rest)) = names.split_first() else { return Ok(true) };
    let name = c_string(first)?;
    // SAFETY: the object is open, `name` a C string.
    let found = unsafe { H5Lexists(above.id(), name.as_ptr(), H5P_DEFAULT) };
    check(found)?;
    if found == 0 || rest.is_empty() {
        return Ok(found > 0);
    }
    // SAFETY: as above.
    match Handle::new(unsafe { H5Oopen(above.id(), name.as_ptr(), H5P_DEFAULT) }) {
        // SAFETY: the object is open.
        Ok(next) if unsafe { H5Iget_type(next.id()) } == H5I_GROUP => walk(&next, rest, links),
        // nothing is below a dataset
        Ok(_) => Ok(false),
        Err(refused) => match soft_end(above, &name, links)? {
            Some(false) => Ok(false),
            _ => Err(refused),
        },
    }
}

/// Whether the end of a soft link is there; `None`: it is no soft link.
pub(super) fn leads_somewhere(above: &Handle, name: &str) -> Result<Option<bool>, Failure> {
    locked(|| soft_end(above, &c_string(name)?, MOST_LINKS))
}

fn soft_end(above: &Handle, name: &CStr, links: u32) -> Result<Option<bool>, Failure> {
    let mut info = std::mem::MaybeUninit::<H5L_info2_t>::zeroed();
    // SAFETY: `info` is written by the call before it is read.
    let (kind, size) = unsafe {
        check(H5Lget_info2(above.id(), name.as_ptr(), info.as_mut_ptr(), H5P_DEFAULT))?;
        kind_and_size(info.as_ptr())
    };
    if kind != H5L_TYPE_SOFT as c_int {
        return Ok(None);
    }
    if size > MAX_TARGET || links == 0 {
        return Err(Failure::new("a soft link leads through too many others"));
    }
    let mut value = vec![0u8; size];
    // SAFETY: `value` has the `size` bytes announced.
    check(unsafe { H5Lget_val(above.id(), name.as_ptr(), value.as_mut_ptr().cast(), size, H5P_DEFAULT) })?;
    let target = text_until_nul(&value);
    let names: Vec<&str> = target.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
    let found = if target.starts_with('/') {
        // SAFETY: the object is open.
        let file = Handle::new(unsafe { H5Iget_file_id(above.id()) })?;
        walk(&file, &names, links - 1)
    } else {
        walk(above, &names, links - 1)
    };
    found.map(Some)
}
