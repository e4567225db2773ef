//! Reads the big-endian lengths of block formats from bytes that may end anywhere.

use crate::Error;

/// What is left to read of a stored chunk.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    /// Names the format in errors.
    format: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(format: &'static str, stored: &'a [u8]) -> Self {
        Self { rest: stored, format }
    }

    /// The next `n` bytes.
    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8], Error> {
        match self.rest.split_at_checked(n) {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => Err(Error::damaged(format!("{}: {n} bytes expected, {} left", self.format, self.rest.len()))),
        }
    }

    /// An unsigned 32-bit length.
    pub(crate) fn u32(&mut self) -> Result<usize, Error> {
        let length = self.bytes(4)?.iter().fold(0u32, |sum, &byte| sum << 8 | u32::from(byte));
        self.size(length.into())
    }

    /// An unsigned 64-bit length.
    pub(crate) fn u64(&mut self) -> Result<usize, Error> {
        let length = self.bytes(8)?.iter().fold(0u64, |sum, &byte| sum << 8 | u64::from(byte));
        self.size(length)
    }

    fn size(&self, length: u64) -> Result<usize, Error> {
        usize::try_from(length).map_err(|_| Error::damaged(format!("{}: states {length} bytes", self.format)))
    }

    /// Checks that all was read.
    pub(crate) fn end(self) -> Result<(), Error> {
        match self.rest.len() {
            0 => Ok(()),
            n => Err(Error::damaged(format!("{}: {n} bytes after the last block", self.format))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_big_endian_and_the_end_is_checked() {
        let stored = [0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 3, 4, 9];
        let mut reader = Reader::new("test", &stored);
        assert_eq!(reader.u32(), Ok(0x102));
        assert_eq!(reader.u64(), Ok(0x304));
        assert!(reader.u32().is_err());
        assert_eq!(reader.bytes(1), Ok(&[9][..]));
        assert_eq!(reader.end(), Ok(()));
        assert!(Reader::new("test", &stored).end().is_err());
    }
}
