//! Filter 32015, zstd: one Zstandard frame (RFC 8878).
//!
//! Parameters: `[level]`, of no meaning to the decoder; without it, 3.

use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::scratch::States;
use crate::{zstd_block, Error, Filter};

pub(crate) const ID: u32 = 32015;

struct Zstandard {
    level: i32,
}

pub(crate) fn build(filter: &Filter, _: ChunkShape) -> Result<Box<dyn ChunkFilter>, Error> {
    Ok(Box::new(Zstandard { level: zstd_block::level(filter.values.first().copied()) }))
}

impl ChunkFilter for Zstandard {
    fn encoded_size(&self, decoded: Size) -> Size {
        decoded.compressed()
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], states: &mut States) -> Result<usize, Error> {
        zstd_block::decompress(stored, out, states)
    }

    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, states: &mut States) -> Result<Applied, Error> {
        zstd_block::compress(raw, self.level, stored, states)?;
        Ok(Applied::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_too_long_is_refused() -> Result<(), Error> {
        let filter = Filter { id: ID, flags: 0, values: vec![], name: String::new() };
        let built = build(&filter, ChunkShape { element_size: 1, chunk_bytes: 100 })?;
        let (mut stored, mut states) = (Vec::new(), States::default());
        built.encode(&[5; 100], &mut stored, &mut states)?;
        let mut out = [0; 100];
        assert_eq!(built.decode(&stored, &mut out, &mut states)?, 100);
        assert_eq!(out, [5; 100]);
        assert!(built.decode(&stored, &mut out[..99], &mut states).is_err());
        Ok(())
    }
}
