//! A first look at a file without libhdf5, for errors a person understands.

use crate::error::{Error, Place, Result};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// HDF5 file format specification 3.0, II.A "Superblock": at byte 0, 512, 1024, 2048 ...
const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";
const FIRST_USERBLOCK: u64 = 512;

/// # Errors
/// `Resource` when the operating system refuses, `Input` when it is no HDF5 file.
pub(super) fn probe(path: &Path) -> Result<()> {
    let io = |error| Error::io("open the file", path, &error);
    let metadata = std::fs::metadata(path).map_err(io)?;
    if !metadata.is_file() {
        return Err(Error::input("it is not a regular file", Place::file(path)));
    }
    let size = metadata.len();
    if size == 0 {
        // Opening still tells whether we may read it.
        File::open(path).map_err(io)?;
        return Err(Error::input("the file is empty", Place::file(path)));
    }
    let file = File::open(path).map_err(io)?;
    let mut offset = 0u64;
    while offset.saturating_add(SIGNATURE.len() as u64) <= size {
        let mut start = [0u8; SIGNATURE.len()];
        file.read_exact_at(&mut start, offset).map_err(|error| Error::io("read the file", path, &error))?;
        if start == SIGNATURE {
            return Ok(());
        }
        offset = if offset == 0 { FIRST_USERBLOCK } else { offset.saturating_mul(2) };
    }
    Err(Error::input("it is not an HDF5 file", Place::file(path)))
}
