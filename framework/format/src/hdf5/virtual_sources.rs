//! Virtual datasets, whose values lie in datasets of other files.
//!
//! HDF5 reads fill values where one of them is not there, or cannot be opened, and says nothing: frames would be lost without
//! a trace. So we read each source ourselves, and what cannot be read is an error with its own place.
//!
//! A source is looked for where HDF5 looks: an absolute name as it is; then, without its folders, and a relative name as it
//! is, beside the virtual file, in the current folder, and beside the file that a link to the virtual one leads to.
//! Sources without end and those whose names hold a `%`, one file for each block, are left to HDF5 once all others are known
//! to be there; so are sources that are virtual themselves.

use super::block::Block;
use super::dataset::{Storage, MAX_RANK};
use super::datatype::memory_type;
use super::handle::{check, locked, name, Failure, Handle};
use super::{Dataset, File};
use crate::bounded::{look, patiently};
use crate::error::Error;
use hdf5_sys::h5d::{H5Dfill, H5Dget_space, H5Dread};
use hdf5_sys::h5p::{
    H5Pfill_value_defined, H5Pget_fill_value, H5Pget_virtual_count, H5Pget_virtual_dsetname, H5Pget_virtual_filename,
    H5Pget_virtual_srcspace, H5Pget_virtual_vspace, H5P_DEFAULT,
};
use hdf5_sys::h5s::{
    H5Sget_select_bounds, H5Sget_select_npoints, H5Sget_select_type, H5Sget_simple_extent_dims,
    H5Sselect_project_intersection, H5S_SEL_ALL, H5S_UNLIMITED,
};
use std::collections::BTreeSet;
use std::os::raw::c_void;
use std::path::{Path, PathBuf};

/// Most virtual datasets that lead to one another.
const MOST_LEVELS: u32 = 4;

/// One piece of a virtual dataset and where it lies.
struct Piece {
    file: String,
    dataset: String,
    /// what it fills of the virtual dataset, and with what
    fills: Handle,
    with: Handle,
}

impl Piece {
    fn is_open_ended(&self) -> Result<bool, Failure> {
        Ok(self.file.contains('%') || self.dataset.contains('%') || bounds(&self.fills)?.is_some_and(|b| b.unlimited))
    }

    fn touches(&self, block: &Block) -> Result<bool, Failure> {
        let Some(Bounds { start, end, .. }) = bounds(&self.fills)? else { return Ok(false) };
        let meets = |((&first, &count), (&low, &high)): ((&u64, &u64), (&u64, &u64))| {
            first <= high && low < first.saturating_add(count)
        };
        Ok(block.start.iter().zip(&block.count).zip(start.iter().zip(&end)).all(meets))
    }
}

impl Dataset {
    /// Reads a block out of the sources that it lies in.
    ///
    /// # Safety
    /// As [`transfer_in`](Self::transfer_in).
    pub(super) unsafe fn read_virtual(
        &self,
        memory: &Handle,
        block: &Block,
        buffer: *mut c_void,
    ) -> Result<(), Failure> {
        let mut touched = Vec::new();
        let mut open_ended = false;
        for piece in self.pieces()? {
            open_ended |= piece.is_open_ended()?;
            if piece.touches(block)? {
                touched.push(piece);
            }
        }
        let mut sources = Vec::with_capacity(touched.len());
        for piece in touched {
            if !piece.is_open_ended()? {
                sources.push((self.source(&piece.file, &piece.dataset)?, piece));
            }
        }
        let mut nested = false;
        for (source, _) in &sources {
            nested |= source.is_virtual_within(MOST_LEVELS)?;
        }
        if open_ended || nested {
            // SAFETY: as this function's.
            return unsafe { self.read_here(memory, block, buffer) };
        }
        let (file_space, memory_space) = self.spaces(block)?;
        // SAFETY: the buffer has room for the elements of `memory_space`.
        unsafe { self.fill(memory, &memory_space, buffer)? };
        for (source, piece) in &sources {
            // SAFETY: all spaces are live. What is selected of the source and of memory is the same: the part of the piece
            // that the block needs.
            let (from, to) = unsafe {
                let whole = if H5Sget_select_type(piece.with.id()) == H5S_SEL_ALL {
                    Some(Handle::new(H5Dget_space(source.handle.id()))?)
                } else {
                    None
                };
                let with = whole.as_ref().unwrap_or(&piece.with);
                let from = Handle::new(H5Sselect_project_intersection(piece.fills.id(), with.id(), file_space.id()))?;
                let to =
                    Handle::new(H5Sselect_project_intersection(file_space.id(), memory_space.id(), piece.fills.id()))?;
                (from, to)
            };
            // SAFETY: live spaces.
            let points = unsafe { (H5Sget_select_npoints(from.id()), H5Sget_select_npoints(to.id())) };
            if points.0 != points.1 || points.0 < 0 {
                return Err(Failure::new("a source does not fit the virtual dataset"));
            }
            if points.0 > 0 {
                // SAFETY: `to` selects within the buffer, and as many elements as `from` does of the source.
                unsafe { source.read_selected(memory, &to, &from, buffer) }
                    .map_err(|failure| Failure::from(source.fault("read the dataset", failure)))?;
            }
        }
        Ok(())
    }

    /// Reads a selection through libhdf5.
    ///
    /// # Safety
    /// `to` must select elements that `buffer` has room for in the memory type, as many as `from` selects.
    unsafe fn read_selected(
        &self,
        memory: &Handle,
        to: &Handle,
        from: &Handle,
        buffer: *mut c_void,
    ) -> Result<(), Failure> {
        self.provide_filters()?;
        // SAFETY: as the caller vouches.
        check(unsafe { H5Dread(self.handle.id(), memory.id(), to.id(), from.id(), H5P_DEFAULT, buffer) })
            .map_err(|failure| self.missing_filter().unwrap_or(failure))
    }

    /// Fill values for what no piece covers.
    ///
    /// # Safety
    /// `buffer` must have room for the elements of `space` in the memory type, zeroed.
    unsafe fn fill(&self, memory: &Handle, space: &Handle, buffer: *mut c_void) -> Result<(), Failure> {
        if !self.element().is_number() {
            return Ok(());
        }
        let mut value = [0u8; 8];
        let mut status = hdf5_sys::h5d::H5D_FILL_VALUE_UNDEFINED;
        let creation = self.creation()?;
        let own = memory_type(self.element(), &self.datatype)?;
        // SAFETY: numbers have at most 8 bytes; the buffer is as the caller vouches.
        unsafe {
            check(H5Pfill_value_defined(creation.id(), &mut status))?;
            if status == hdf5_sys::h5d::H5D_FILL_VALUE_USER_DEFINED {
                check(H5Pget_fill_value(creation.id(), own.id(), value.as_mut_ptr().cast()))?;
                check(H5Dfill(value.as_ptr().cast(), own.id(), buffer, memory.id(), space.id()))?;
            }
        }
        Ok(())
    }

    /// Names of the other files that the values of a virtual dataset lie in, each once.
    ///
    /// # Errors
    /// A list that cannot be read.
    pub fn virtual_files(&self) -> crate::error::Result<Vec<String>> {
        let pieces = locked(|| match self.storage()? {
            Storage::Virtual => self.pieces(),
            _ => Ok(Vec::new()),
        });
        let pieces = pieces.map_err(|failure| self.fault("read the virtual sources", failure))?;
        let names: BTreeSet<String> = pieces.into_iter().map(|piece| piece.file).filter(|name| name != ".").collect();
        Ok(names.into_iter().collect())
    }

    fn pieces(&self) -> Result<Vec<Piece>, Failure> {
        let creation = self.creation()?;
        let mut count = 0usize;
        // SAFETY: the list is live and that of a virtual dataset.
        check(unsafe { H5Pget_virtual_count(creation.id(), &mut count) })?;
        (0..count)
            .map(|index| {
                // SAFETY: the list is live, `index` below the number of sources; the library writes at most as many bytes
                // as it is told.
                unsafe {
                    Ok(Piece {
                        fills: Handle::new(H5Pget_virtual_vspace(creation.id(), index))?,
                        with: Handle::new(H5Pget_virtual_srcspace(creation.id(), index))?,
                        file: name(|to, size| H5Pget_virtual_filename(creation.id(), index, to, size))?,
                        dataset: name(|to, size| H5Pget_virtual_dsetname(creation.id(), index, to, size))?,
                    })
                }
            })
            .collect()
    }

    /// Whether it is virtual or leads out of its file, with everything that it leads to there.
    fn is_virtual_within(&self, levels: u32) -> Result<bool, Failure> {
        match self.storage()? {
            Storage::Virtual if levels == 0 => Err(Failure::new("virtual datasets lead through too many others")),
            Storage::Virtual => {
                for piece in self.pieces()? {
                    if !piece.is_open_ended()? {
                        self.source(&piece.file, &piece.dataset)?.is_virtual_within(levels - 1)?;
                    }
                }
                Ok(true)
            }
            Storage::External => {
                self.check_external()?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// A source, opened.
    fn source(&self, file: &str, dataset: &str) -> Result<Dataset, Failure> {
        let missing = |what: String| Failure::new(format!("{what}, which the virtual dataset leads to"));
        let own = self.lies_in();
        let opened = if file == "." {
            match own == self.file.path {
                true => File { inner: self.file.clone() },
                false => File::open(own)?,
            }
        } else {
            let mut found = None;
            for candidate in candidates(own, file)? {
                if look(&candidate)?.is_some_and(|about| about.is_file()) {
                    found = Some(candidate);
                    break;
                }
            }
            let path = found.ok_or_else(|| missing(format!("the file `{file}` is not there")))?;
            File::open(&path)?
        };
        if !opened.root()?.has(dataset.trim_start_matches('/'))? {
            return Err(missing(match file {
                "." => format!("`{dataset}` is not there"),
                _ => format!("`{dataset}` is not in the file `{file}`"),
            }));
        }
        Ok(opened.dataset(dataset)?)
    }
}

/// Where HDF5 looks for a file that another one names.
///
/// # Errors
/// When storage does not tell where the other one really lies.
pub(super) fn candidates(own: &Path, file: &str) -> Result<Vec<PathBuf>, Error> {
    let folder = own.parent().unwrap_or(Path::new(""));
    let named = Path::new(file);
    let beside = if named.is_absolute() { Path::new(named.file_name().unwrap_or_default()) } else { named };
    let mut all = Vec::new();
    if named.is_absolute() {
        all.push(named.to_path_buf());
    }
    all.extend([folder.join(beside), beside.to_path_buf()]);
    all.extend(named.file_name().map(|name| folder.join(name)));
    let real = patiently(|| std::fs::canonicalize(own)).map_err(|error| Error::io("find", own, &error))?;
    all.extend(real.parent().map(|real| real.join(beside)));
    all.dedup();
    Ok(all)
}

struct Bounds {
    start: Vec<u64>,
    end: Vec<u64>,
    unlimited: bool,
}

/// The box around a selection; nothing where nothing is selected.
fn bounds(space: &Handle) -> Result<Option<Bounds>, Failure> {
    let (mut start, mut end) = ([0u64; MAX_RANK], [0u64; MAX_RANK]);
    // SAFETY: a live space, whose rank is at most what the buffers hold.
    let rank = unsafe {
        if H5Sget_select_npoints(space.id()) == 0 {
            return Ok(None);
        }
        check(H5Sget_select_bounds(space.id(), start.as_mut_ptr(), end.as_mut_ptr()))?;
        H5Sget_simple_extent_dims(space.id(), std::ptr::null_mut(), std::ptr::null_mut())
    };
    check(rank)?;
    let rank = (rank as usize).min(MAX_RANK);
    let unlimited = end[..rank].contains(&H5S_UNLIMITED);
    Ok(Some(Bounds { start: start[..rank].to_vec(), end: end[..rank].to_vec(), unlimited }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_name_belongs_to_the_folder_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("a.h5");
        std::fs::write(&own, b"").unwrap();
        assert_eq!(candidates(&own, "other.h5").unwrap().first(), Some(&folder.path().join("other.h5")));
        let all = candidates(&own, "/away/other.h5").unwrap();
        assert_eq!(all[..2], [PathBuf::from("/away/other.h5"), folder.path().join("other.h5")]);
    }
}
