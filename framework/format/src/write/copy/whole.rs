//! A file copied as it is, and compared with its original.

use crate::bounded::patiently;
use crate::write::digest::Digest;
use crate::write::FileReceipt;
use crate::{Error, Place, Result};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::Path;

/// Read and hashed while it lies in the cache.
const PIECE: usize = 1 << 20;

/// Copies a file byte by byte; the receipt has the checksum of what was read. Whoever reads the copy back syncs it. `None`:
/// something in it leads out of it, and a copy would lead elsewhere or nowhere.
///
/// # Errors
/// The output exists, or a disk fails.
pub fn copy_whole(input: &Path, output: &Path) -> Result<Option<FileReceipt>> {
    if crate::hdf5::File::open(input)?.leads_outside()?.is_some() {
        return Ok(None);
    }
    copy_bytes(input, output).map(Some)
}

fn copy_bytes(input: &Path, output: &Path) -> Result<FileReceipt> {
    let mut from = patiently(|| File::open(input)).map_err(|error| Error::io("open", input, &error))?;
    let mut to = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(output)
        .map_err(|error| Error::io("create", output, &error))?;
    let expected = patiently(|| from.metadata()).map_err(|error| Error::io("look at", input, &error))?.len();
    let mut digest = Digest::default();
    let mut piece = vec![0; PIECE];
    let mut size = 0u64;
    loop {
        let length = read_full(&mut from, &mut piece).map_err(|error| Error::io("read", input, &error))?;
        if length == 0 {
            break;
        }
        digest.bytes(&piece[..length]);
        to.write_all(&piece[..length]).map_err(|error| Error::io("copy to", output, &error))?;
        size += length as u64;
    }
    if size != expected {
        let what = format!("the file changed while it was copied: {size} of {expected} bytes");
        return Err(Error::input(what, Place::file(input)));
    }
    Ok(FileReceipt { path: output.into(), size, checksum: Some(digest.finish()), ..FileReceipt::default() })
}

/// Compares a copy with its original, byte by byte.
///
/// # Errors
/// [`Error::Resource`] naming the first byte that differs.
pub fn verify_whole(input: &Path, output: &Path) -> Result<()> {
    let open = |path: &Path| File::open(path).map_err(|error| Error::io("open", path, &error));
    let (mut original, mut copy) = (open(input)?, open(output)?);
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut position = 0u64;
    loop {
        let length = read_full(&mut original, &mut left).map_err(|error| Error::io("read", input, &error))?;
        let copied = read_full(&mut copy, &mut right).map_err(|error| Error::io("read", output, &error))?;
        if left[..length] != right[..copied] {
            let same = left[..length].iter().zip(&right[..copied]).take_while(|(a, b)| a == b).count();
            let what = format!("the copy differs from `{}` at byte {}", input.display(), position + same as u64);
            return Err(Error::resource(what, Place::file(output)));
        }
        if length == 0 {
            return Ok(());
        }
        position += length as u64;
    }
}

/// Reads until `buffer` is full or the file ends; returns how much that was.
///
/// # Errors
/// When the file cannot be read.
pub fn read_full(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match patiently(|| file.read(&mut buffer[filled..])) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_equal_and_a_changed_byte_is_found() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (input, output) = (folder.path().join("a"), folder.path().join("b"));
        let bytes: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        std::fs::write(&input, &bytes).expect("written");
        let receipt = copy_bytes(&input, &output).expect("copied");
        assert_eq!((receipt.size, receipt.checksum), (3_000_000, Some(xxhash_rust::xxh3::xxh3_64(&bytes))));
        verify_whole(&input, &output).expect("equal");
        assert!(matches!(copy_bytes(&input, &output), Err(Error::Resource { .. })), "the output exists");
        let mut changed = bytes;
        changed[2_500_000] ^= 1;
        std::fs::write(&output, &changed).expect("written");
        let error = verify_whole(&input, &output).expect_err("a difference");
        assert!(error.to_string().ends_with("byte 2500000"), "{error}");
        std::fs::write(&output, &changed[..100]).expect("written");
        assert!(verify_whole(&input, &output).expect_err("short").to_string().ends_with("byte 100"));
    }
}
