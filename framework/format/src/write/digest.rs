//! Checksums of values, the same when they are written and when they are read back.
//!
//! Numbers and fixed-length strings: xxh3-64 of their little-endian bytes in C order. Variable-length strings: xxh3-64 of
//! the length (u64) and the bytes of each.

use crate::error::Result;
use crate::hdf5::{blocks, Dataset};
use crate::map::ElementType;
use crate::write::copy::{POINTER_BLOCK_BYTES, POINTER_BYTES};
use xxhash_rust::xxh3::Xxh3;

/// Values are read in blocks of at most this size.
const BLOCK_BYTES: u64 = 64 << 20;

/// Bytes or strings that come in pieces.
#[derive(Default)]
pub(crate) struct Digest(Xxh3);

impl Digest {
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub fn string(&mut self, text: &[u8]) {
        self.0.update(&(text.len() as u64).to_le_bytes());
        self.0.update(text);
    }

    pub fn finish(&self) -> u64 {
        self.0.digest()
    }
}

/// The checksum of a list of variable-length strings.
pub(crate) fn strings<'a>(texts: impl Iterator<Item = &'a [u8]>) -> u64 {
    let mut digest = Digest::default();
    texts.for_each(|text| digest.string(text));
    digest.finish()
}

/// The checksum of the values of a dataset, as HDF5 reads them.
pub(crate) fn dataset(dataset: &Dataset) -> Result<u64> {
    let rows = dataset.rows();
    if dataset.element() == ElementType::VarString {
        let texts = dataset.read_byte_strings(&[(0, rows)], 4 * BLOCK_BYTES)?;
        return Ok(strings(texts.iter().map(Vec::as_slice)));
    }
    let fault = |failure| dataset.fault("read the dataset", failure);
    let mut digest = Digest::default();
    if dataset.has_pointers() {
        for block in blocks(dataset.shape(), (0, rows), POINTER_BYTES, POINTER_BLOCK_BYTES).map_err(fault)? {
            digest.bytes(&dataset.read_pointers(&block)?.content()?);
        }
        return Ok(digest.finish());
    }
    let size = dataset.element().size() as u64;
    for block in blocks(dataset.shape(), (0, rows), size, BLOCK_BYTES).map_err(fault)? {
        digest.bytes(&dataset.read_block(&block)?);
    }
    Ok(digest.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn pieces_do_not_matter_and_borders_between_strings_do() {
        let mut digest = Digest::default();
        digest.bytes(b"ab");
        digest.bytes(b"c");
        assert_eq!(digest.finish(), xxh3_64(b"abc"));
        assert_ne!(strings([&b"ab"[..], b"c"].into_iter()), strings([&b"a"[..], b"bc"].into_iter()));
    }
}
