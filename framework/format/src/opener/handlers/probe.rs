//! A first look at a file without libhdf5, for errors a person understands.

use crate::bounded::patiently;
use crate::error::{Error, Place, Result};
use std::fs::{File, FileType, TryLockError};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::Path;

/// HDF5 file format specification 3.0, II.A "Superblock": at byte 0, 512, 1024, 2048 ...
const SIGNATURE: [u8; 8] = *b"\x89HDF\r\n\x1a\n";
const FIRST_USERBLOCK: u64 = 512;
/// Bytes of the superblock that are looked at.
const START: usize = 12;
/// In byte 11 of a superblock of version 3: bit 0 says that a writer has the file open, bit 2 that it writes while
/// others read.
const WRITER_FLAGS: u8 = 0b101;

/// # Errors
/// `Resource` when the operating system refuses or a writer is at work, `Input` when it is no closed HDF5 file.
pub(super) fn probe(path: &Path) -> Result<()> {
    let wrong = |what: &str| Error::input(what, Place::file(path));
    let metadata = patiently(|| std::fs::metadata(path)).map_err(|error| unreachable(path, &error))?;
    if !metadata.is_file() {
        return Err(wrong(&format!("it is not a regular file but {}", kind(metadata.file_type()))));
    }
    // opening an empty file still tells whether we may read it
    let file = patiently(|| File::open(path)).map_err(|error| unreachable(path, &error))?;
    let size = metadata.len();
    if size == 0 {
        return Err(wrong("the file is empty"));
    }
    no_writer(&file, path)?;
    let mut offset = 0u64;
    while offset.saturating_add(SIGNATURE.len() as u64) <= size {
        let mut start = [0u8; START];
        let length = START.min(usize::try_from(size - offset).unwrap_or(START));
        patiently(|| file.read_exact_at(&mut start[..length], offset))
            .map_err(|error| Error::io("read the file", path, &error))?;
        if start.starts_with(&SIGNATURE) {
            return closed(start, path);
        }
        offset = if offset == 0 { FIRST_USERBLOCK } else { offset.saturating_mul(2) };
    }
    Err(wrong("it is not an HDF5 file"))
}

/// A path that leads nowhere stays so; what the system refuses may pass.
fn unreachable(path: &Path, error: &std::io::Error) -> Error {
    let input = |what: String| Error::input(what, Place::file(path));
    let failed = || Error::io("open the file", path, error);
    match (error.raw_os_error(), patiently(|| std::fs::read_link(path))) {
        (Some(libc::ENOENT), Ok(target)) => {
            input(format!("it is a link to `{}`, which is not there", target.display()))
        }
        (Some(libc::ELOOP), _) => input("it is a link that leads back to itself".into()),
        (Some(libc::ENOENT), _) => failed().with_hint("bring the file back, then run again"),
        (Some(libc::EACCES | libc::EPERM), _) => {
            failed().with_hint("check the permissions of the file and of the folders above it")
        }
        _ => failed(),
    }
}

fn kind(of: FileType) -> &'static str {
    match of {
        of if of.is_dir() => "a folder",
        of if of.is_fifo() => "a named pipe",
        of if of.is_socket() => "a socket",
        of if of.is_block_device() || of.is_char_device() => "a device",
        _ => "something else",
    }
}

/// HDF5 locks a file while it is open for writing. Storage that knows no locks does not hinder, nor does a user who
/// turned them off the way HDF5 lets them.
fn no_writer(file: &File, path: &Path) -> Result<()> {
    let off = std::env::var("HDF5_USE_FILE_LOCKING").is_ok_and(|value| matches!(value.as_str(), "FALSE" | "0"));
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) if !off => {
            Err(Error::resource("the file is locked: another program has it open for writing", Place::file(path))
                .with_hint("wait until that program closes it; HDF5_USE_FILE_LOCKING=FALSE reads it all the same"))
        }
        _ => Ok(()),
    }
}

/// Only superblocks of version 3 tell.
fn closed(superblock: [u8; START], path: &Path) -> Result<()> {
    let [.., version, _, _, flags] = superblock;
    if version == 3 && flags & WRITER_FLAGS != 0 {
        let what = "the file was not closed: it is still being written, or its writer was killed";
        return Err(Error::input(what, Place::file(path)).with_hint(
            "wait until its writer closes it; where nobody writes it any more, `h5clear -s FILE` makes it readable",
        ));
    }
    Ok(())
}
