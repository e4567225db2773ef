//! The files behind a virtual dataset. HDF5 reads fill values where one of them is not there and says nothing: a frame would
//! be lost without a trace. So before rows are read, every file that they come from is looked for.
//!
//! A source is looked for where HDF5 looks: under its name, beside the virtual file, and beside it without its folders.
//! Sources whose names hold a `%`, one file for each block, are left to HDF5.

use super::dataset::MAX_RANK;
use super::handle::{check, locked, Failure, Handle};
use super::{Dataset, File};
use crate::error::Result;
use hdf5_sys::h5p::{
    H5Pget_layout, H5Pget_virtual_count, H5Pget_virtual_dsetname, H5Pget_virtual_filename, H5Pget_virtual_vspace,
};
use hdf5_sys::h5s::{H5Sget_select_bounds, H5Sget_select_npoints};
use std::collections::BTreeSet;
use std::os::raw::c_char;
use std::path::{Path, PathBuf};

/// Longest name that we take; a longer one is damage.
const LONGEST_NAME: usize = 1 << 16;

impl Dataset {
    /// Refuses rows whose sources are missing. Call under the lock.
    pub(super) fn check_sources(&self, ranges: &[(u64, u64)]) -> Result<(), Failure> {
        let creation = self.creation()?;
        let mut count = 0usize;
        // SAFETY: the list is live; asking for its layout first makes asking for virtual sources valid.
        unsafe {
            if H5Pget_layout(creation.id()) != hdf5_sys::h5d::H5D_VIRTUAL {
                return Ok(());
            }
            check(H5Pget_virtual_count(creation.id(), &mut count))?;
        }
        for index in 0..count {
            // SAFETY: the list is live, `index` below the number of sources.
            let (space, file, dataset) = unsafe {
                (
                    Handle::new(H5Pget_virtual_vspace(creation.id(), index))?,
                    name(|to, size| H5Pget_virtual_filename(creation.id(), index, to, size))?,
                    name(|to, size| H5Pget_virtual_dsetname(creation.id(), index, to, size))?,
                )
            };
            if !file.contains('%') && !dataset.contains('%') && overlaps(&space, ranges)? {
                self.check_source(&file, &dataset)?;
            }
        }
        Ok(())
    }

    /// Names of the other files that the values of a virtual dataset lie in, each once.
    pub fn virtual_files(&self) -> Result<Vec<String>> {
        let names = locked(|| -> Result<_, Failure> {
            let creation = self.creation()?;
            let (mut count, mut names) = (0usize, BTreeSet::new());
            // SAFETY: the list is live; asking for its layout first makes asking for virtual sources valid.
            unsafe {
                if H5Pget_layout(creation.id()) == hdf5_sys::h5d::H5D_VIRTUAL {
                    check(H5Pget_virtual_count(creation.id(), &mut count))?;
                }
            }
            for index in 0..count {
                // SAFETY: the list is live, `index` below the number of sources.
                names.insert(unsafe { name(|to, size| H5Pget_virtual_filename(creation.id(), index, to, size))? });
            }
            Ok(names)
        });
        let names = names.map_err(|failure| self.fault("read the virtual sources", failure))?;
        Ok(names.into_iter().filter(|name| name != ".").collect())
    }

    fn check_source(&self, file: &str, dataset: &str) -> Result<(), Failure> {
        let missing = |what: String| Err(Failure::new(format!("{what}, which the virtual dataset leads to")));
        let own = self.file.path.as_path();
        if file == "." {
            let there = File { inner: self.file.clone() }.root().is_ok_and(|root| root.has(dataset));
            return if there { Ok(()) } else { missing(format!("`{dataset}` is not there")) };
        }
        let Some(found) = candidates(own, file).into_iter().find(|path| path.exists()) else {
            return missing(format!("the file `{file}` is not there"));
        };
        match File::open(&found).and_then(|source| source.root().map(|root| root.has(dataset.trim_start_matches('/'))))
        {
            Ok(true) => Ok(()),
            Ok(false) => missing(format!("`{dataset}` is not in the file `{file}`")),
            Err(error) => missing(format!("the file `{file}` cannot be opened ({error})")),
        }
    }
}

/// Where HDF5 looks for a source.
fn candidates(own: &Path, file: &str) -> Vec<PathBuf> {
    let folder = own.parent().unwrap_or(Path::new(""));
    let name = Path::new(file).file_name();
    let mut all = vec![PathBuf::from(file), folder.join(file)];
    all.extend(name.map(|name| folder.join(name)));
    all
}

/// Whether the bounds of a selection touch any of the rows (first, count).
fn overlaps(space: &Handle, ranges: &[(u64, u64)]) -> Result<bool, Failure> {
    let (mut start, mut end) = ([0u64; MAX_RANK], [0u64; MAX_RANK]);
    // SAFETY: a live space, whose rank is at most what the buffers hold.
    unsafe {
        if H5Sget_select_npoints(space.id()) <= 0 {
            return Ok(false);
        }
        check(H5Sget_select_bounds(space.id(), start.as_mut_ptr(), end.as_mut_ptr()))?;
    }
    Ok(ranges.iter().any(|&(first, count)| count > 0 && first <= end[0] && start[0] < first.saturating_add(count)))
}

/// A name that HDF5 first tells the length of.
///
/// # Safety
/// `get` must write at most as many bytes as it is told, or none to a null pointer.
unsafe fn name(get: impl Fn(*mut c_char, usize) -> isize) -> Result<String, Failure> {
    let length = get(std::ptr::null_mut(), 0);
    let length = usize::try_from(length).ok().filter(|&length| length <= LONGEST_NAME);
    let length = length.ok_or_else(|| Failure::new("the name of a source is not readable"))?;
    let mut bytes = vec![0u8; length + 1];
    let written = get(bytes.as_mut_ptr().cast(), bytes.len());
    bytes.truncate(usize::try_from(written).unwrap_or(0).min(length));
    String::from_utf8(bytes).map_err(|_| Failure::new("the name of a source is not UTF-8"))
}
