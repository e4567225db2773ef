//! Filter 1, deflate: one zlib stream (RFC 1950).
//!
//! Parameters: `[level 0-9]`, of no meaning to the decoder. As in HDF5, an optional deflate
//! that would not shrink a chunk is skipped for it. libdeflate instead of zlib: whole chunks
//! in memory, decoded about three times faster, the same format.

use libdeflater::{CompressionLvl, Compressor, Decompressor};

use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::scratch::States;
use crate::{Error, Filter};

pub(crate) const ID: u32 = 1;

struct Deflate {
    level: CompressionLvl,
    optional: bool,
}

pub(crate) fn build(filter: &Filter, _: ChunkShape) -> Result<Box<dyn ChunkFilter>, Error> {
    let stated = filter.values.first().copied().unwrap_or(6);
    let level = match i32::try_from(stated).ok().filter(|level| (0..=9).contains(level)) {
        Some(level) => CompressionLvl::new(level),
        None => return Err(Error::unsupported(format!("deflate: level {stated}, not 0 to 9"))),
    };
    let level = level.map_err(|_| Error::unsupported(format!("deflate: level {stated}")))?;
    Ok(Box::new(Deflate { level, optional: filter.is_optional() }))
}

#[derive(Default)]
struct State {
    decompressor: Option<Decompressor>,
    /// With the level it was made for.
    compressor: Option<(CompressionLvl, Compressor)>,
}

impl ChunkFilter for Deflate {
    fn encoded_size(&self, decoded: Size) -> Size {
        decoded.compressed()
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], states: &mut States) -> Result<usize, Error> {
        let state: &mut State = states.get();
        state
            .decompressor
            .get_or_insert_with(Decompressor::new)
            .zlib_decompress(stored, out)
            .map_err(|e| Error::damaged(format!("deflate: {e}, for {} bytes", out.len())))
    }

    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, states: &mut States) -> Result<Applied, Error> {
        let state: &mut State = states.get();
        if state.compressor.as_ref().is_none_or(|(level, _)| *level != self.level) {
            state.compressor = None;
        }
        let (_, compressor) = state.compressor.get_or_insert_with(|| (self.level, Compressor::new(self.level)));
        stored.resize(compressor.zlib_compress_bound(raw.len()), 0);
        let len = compressor.zlib_compress(raw, stored).map_err(|e| Error::unsupported(format!("deflate: {e}")))?;
        stored.truncate(len);
        Ok(if self.optional && len >= raw.len() { Applied::Skipped } else { Applied::Yes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(level: u32, flags: u32) -> Result<Box<dyn ChunkFilter>, Error> {
        let filter = Filter { id: ID, flags, values: vec![level], name: String::new() };
        build(&filter, ChunkShape { element_size: 1, chunk_bytes: 4 })
    }

    #[test]
    fn reads_a_stream_of_zlib() -> Result<(), Error> {
        // Python: zlib.compress(b"trainyard" * 3, 9)
        let golden = [
            0x78, 0xda, 0x2b, 0x29, 0x4a, 0xcc, 0xcc, 0xab, 0x4c, 0x2c, 0x4a, 0x29, 0xc1, 0x60, 0x00, 0x00, 0xa0, 0x77,
            0x0b, 0x6b,
        ];
        let mut out = [0; 27];
        let n = built(9, 0)?.decode(&golden, &mut out, &mut States::default())?;
        assert_eq!(&out[..n], "trainyard".repeat(3).as_bytes());
        Ok(())
    }

    #[test]
    fn skipped_only_where_optional_and_useless() -> Result<(), Error> {
        let (mut stored, mut states) = (Vec::new(), States::default());
        assert_eq!(built(1, 1)?.encode(&[1, 7, 3, 9], &mut stored, &mut states)?, Applied::Skipped);
        stored.clear();
        assert_eq!(built(1, 0)?.encode(&[1, 7, 3, 9], &mut stored, &mut states)?, Applied::Yes);
        stored.clear();
        assert_eq!(built(1, 1)?.encode(&[0; 400], &mut stored, &mut states)?, Applied::Yes);
        Ok(())
    }

    #[test]
    fn levels_are_checked() {
        assert!(built(10, 0).is_err() && built(u32::MAX, 0).is_err() && built(0, 0).is_ok());
    }
}
