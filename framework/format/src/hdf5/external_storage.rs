//! Datasets whose values lie in files of bytes outside of the HDF5 file ("external storage").
//!
//! HDF5 reads zeros behind the end of such a file, looks for relative names in the current folder, and does not tell a file
//! that is not there from one that storage refuses. So we read them: a relative name belongs to the folder of the HDF5 file,
//! and every byte must be there.

use super::block::Block;
use super::handle::{check, Failure, Handle};
use super::Dataset;
use crate::bounded::{is_absence, patiently};
use crate::error::{Error, Place};
use hdf5_sys::h5f::H5F_UNLIMITED;
use hdf5_sys::h5p::{H5Pget_external, H5Pget_external_count, H5P_DEFAULT};
use hdf5_sys::h5t::{H5Tconvert, H5Tequal, H5Tget_size};
use std::fs::File;
use std::io::ErrorKind;
use std::os::raw::{c_uint, c_void};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Longest name of a file.
const LONGEST_NAME: usize = 1 << 14;

/// Bytes of values in one file.
struct Segment {
    path: PathBuf,
    /// where they begin in the file
    offset: u64,
    /// `H5F_UNLIMITED`: to the end of the values
    length: u64,
}

impl Dataset {
    /// Reads a block.
    ///
    /// # Safety
    /// As [`transfer_in`](Self::transfer_in).
    pub(super) unsafe fn read_external(
        &self,
        memory: &Handle,
        block: &Block,
        buffer: *mut c_void,
    ) -> Result<(), Failure> {
        // SAFETY: live datatypes.
        let (stored, held) = unsafe { (H5Tget_size(self.datatype.id()), H5Tget_size(memory.id())) };
        if self.has_pointers() || stored != held {
            return Err(Failure::new("its values cannot lie outside of the file"));
        }
        let length = block.bytes(stored as u64)?;
        let first = self.first_byte(block, stored as u64)?;
        // SAFETY: the caller vouches for room for the elements of the block, zeroed.
        let bytes = unsafe { std::slice::from_raw_parts_mut(buffer.cast::<u8>(), length) };
        self.read_segments(first, bytes)?;
        // SAFETY: both types have the same size, and the buffer has the elements of the block.
        unsafe {
            if H5Tequal(self.datatype.id(), memory.id()) <= 0 {
                let elements = length / stored.max(1);
                let none = std::ptr::null_mut();
                check(H5Tconvert(self.datatype.id(), memory.id(), elements, buffer, none, H5P_DEFAULT))?;
            }
        }
        Ok(())
    }

    /// Whether all files that values lie in can be read to their end.
    pub(super) fn check_external(&self) -> Result<(), Failure> {
        // SAFETY: a live datatype.
        let size = unsafe { H5Tget_size(self.datatype.id()) } as u64;
        let whole = Block::of_rows(self.shape(), 0, self.rows());
        let Some(last) = (whole.bytes(size)? as u64).checked_sub(1) else { return Ok(()) };
        self.read_segments(last, &mut [0])
    }

    /// Where a block begins among the values. A block is in one piece, so the rest follows.
    fn first_byte(&self, block: &Block, size: u64) -> Result<u64, Failure> {
        let place = block
            .start
            .iter()
            .zip(self.shape())
            .try_fold(0u64, |place, (&start, &length)| place.checked_mul(length)?.checked_add(start));
        place.and_then(|place| place.checked_mul(size)).ok_or_else(|| Failure::new("its values overflow"))
    }

    fn segments(&self) -> Result<Vec<Segment>, Failure> {
        let creation = self.creation()?;
        // SAFETY: the list is live.
        let count = unsafe { H5Pget_external_count(creation.id()) };
        check(count)?;
        let folder = self.lies_in().parent().unwrap_or(Path::new(""));
        (0..count as c_uint)
            .map(|index| {
                let mut name = vec![0u8; LONGEST_NAME];
                let (mut offset, mut length) = (0, 0);
                // SAFETY: the list is live, `index` below the number of files; the name is cut to the room given.
                check(unsafe {
                    H5Pget_external(
                        creation.id(),
                        index,
                        name.len() - 1,
                        name.as_mut_ptr().cast(),
                        &mut offset,
                        &mut length,
                    )
                })?;
                let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
                let path = folder.join(std::ffi::OsStr::from_bytes(&name[..end]));
                let offset =
                    u64::try_from(offset).map_err(|_| Failure::new("an external file begins before itself"))?;
                Ok(Segment { path, offset, length })
            })
            .collect()
    }

    /// Bytes of the values from `first` on.
    fn read_segments(&self, first: u64, bytes: &mut [u8]) -> Result<(), Failure> {
        let (mut skip, mut rest) = (first, bytes);
        for segment in self.segments()? {
            if rest.is_empty() {
                break;
            }
            let endless = segment.length == H5F_UNLIMITED;
            if !endless && skip >= segment.length {
                skip -= segment.length;
                continue;
            }
            let here = if endless { u64::MAX } else { segment.length - skip };
            let count = usize::try_from(here).unwrap_or(usize::MAX).min(rest.len());
            let (part, later) = rest.split_at_mut(count);
            let offset = segment.offset.checked_add(skip).ok_or_else(|| Failure::new("its values overflow"))?;
            read_part(&segment.path, offset, part)?;
            (skip, rest) = (0, later);
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(Failure::new("its external files hold fewer bytes than it has values"))
        }
    }
}

fn read_part(path: &Path, offset: u64, bytes: &mut [u8]) -> Result<(), Failure> {
    let leads = "which the dataset leads to";
    let read = patiently(|| File::open(path)?.read_exact_at(bytes, offset));
    read.map_err(|error| match error.kind() {
        _ if is_absence(&error) => Failure::new(format!("the file `{}` is not there, {leads}", path.display())),
        ErrorKind::UnexpectedEof => {
            Failure::new(format!("the file `{}` ends before the values do, {leads}", path.display()))
        }
        _ => Failure::from(Error::io("read", path, &error).at(Place::file(path))),
    })
}
