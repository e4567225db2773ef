//! Filter 3, Fletcher's checksum: the bytes as they are, then 4 bytes of checksum.
//!
//! With 16-bit big-endian words `w_1 .. w_n` (an odd last byte is the high half of a word):
//! `s1 = sum w_i`, `s2 = sum (n + 1 - i) w_i`, both modulo 65535 with 65535 instead of 0 for
//! sums that are not empty of value; the checksum is `s2 << 16 | s1`, stored little-endian.
//! HDF5 before 1.6.3 on little-endian machines swapped the bytes of each half: both are
//! accepted. Source: HDF5 file format specification, "Fletcher32".

use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::scratch::States;
use crate::{Error, Filter};

pub(crate) const ID: u32 = 3;
const CHECKSUM_BYTES: usize = 4;

struct Fletcher32;

pub(crate) fn build(_: &Filter, _: ChunkShape) -> Result<Box<dyn ChunkFilter>, Error> {
    Ok(Box::new(Fletcher32))
}

/// The checksum of `bytes`.
fn fletcher32(bytes: &[u8]) -> u32 {
    /// Bytes after which the 64-bit sums are reduced: 2^17 words sum to less than 2^50.
    const STRIDE: usize = 1 << 18;
    let fold = |sum: u64| match (sum, sum % 65535) {
        (0, _) => 0,
        (_, 0) => 65535,
        (_, rest) => rest,
    };
    let (mut s1, mut s2) = (0u64, 0u64);
    for stride in bytes.chunks(STRIDE) {
        let words = stride.chunks_exact(2);
        let last = words.remainder().first().map(|&high| u64::from(high) << 8);
        for word in words.map(|w| u64::from(u16::from_be_bytes([w[0], w[1]]))).chain(last) {
            s1 += word;
            s2 += s1;
        }
        (s1, s2) = (fold(s1), fold(s2));
    }
    (s2 as u32) << 16 | s1 as u32
}

impl ChunkFilter for Fletcher32 {
    fn encoded_size(&self, decoded: Size) -> Size {
        decoded.plus(CHECKSUM_BYTES)
    }

    fn decoded_at_most(&self, stored: usize) -> usize {
        stored
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], _: &mut States) -> Result<usize, Error> {
        let Some((bytes, &checksum)) = stored.split_last_chunk::<CHECKSUM_BYTES>() else {
            return Err(Error::damaged(format!("fletcher32: {} bytes stored", stored.len())));
        };
        let Some(out) = out.get_mut(..bytes.len()) else {
            return Err(Error::damaged(format!(
                "fletcher32: {} bytes stored, at most {} expected",
                bytes.len(),
                out.len()
            )));
        };
        let (stated, found) = (u32::from_le_bytes(checksum), fletcher32(bytes));
        let swapped = found.swap_bytes().rotate_left(16);
        if stated != found && stated != swapped {
            return Err(Error::damaged(format!("fletcher32: checksum {stated:#010x} stored, {found:#010x} found")));
        }
        out.copy_from_slice(bytes);
        Ok(bytes.len())
    }

    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, _: &mut States) -> Result<Applied, Error> {
        stored.extend_from_slice(raw);
        stored.extend_from_slice(&fletcher32(raw).to_le_bytes());
        Ok(Applied::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_check_values() {
        // The usual check values of Fletcher-32, restated for big-endian words.
        assert_eq!(fletcher32(b"badcfe"), 0x5650_2d2a);
        assert_eq!(fletcher32(b""), 0);
        assert_eq!(fletcher32(&[0; 6]), 0);
        assert_eq!(fletcher32(&[0xff; 6]), 0xffff_ffff);
        assert_eq!(fletcher32(&[1]), 0x0100_0100);
    }

    #[test]
    fn long_sums_equal_the_definition() {
        let bytes: Vec<u8> = (0..600_001u32).map(|i| (i.wrapping_mul(2654435761) >> 24) as u8).collect();
        let (mut s1, mut s2) = (0u64, 0u64);
        for word in bytes.chunks(2) {
            s1 = (s1 + (u64::from(word[0]) << 8 | word.get(1).map_or(0, |&b| b.into()))) % 65535;
            s2 = (s2 + s1) % 65535;
        }
        assert_eq!(fletcher32(&bytes), (s2 as u32) << 16 | s1 as u32);
    }

    #[test]
    fn one_flipped_bit_is_found_and_the_old_order_accepted() -> Result<(), Error> {
        let (mut stored, mut states) = (Vec::new(), States::default());
        Fletcher32.encode(b"some pixels", &mut stored, &mut states)?;
        let mut out = [0; 11];
        assert_eq!(Fletcher32.decode(&stored, &mut out, &mut states)?, 11);
        let mut old = stored.clone();
        old[11..].rotate_left(0);
        old.swap(11, 12);
        old.swap(13, 14);
        assert_eq!(Fletcher32.decode(&old, &mut out, &mut states)?, 11);
        stored[3] ^= 4;
        assert!(Fletcher32.decode(&stored, &mut out, &mut states).is_err());
        assert!(Fletcher32.decode(&stored[..3], &mut out, &mut states).is_err());
        Ok(())
    }
}
