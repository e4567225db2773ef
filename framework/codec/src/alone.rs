//! One filter alone, for a caller that does not know how long its output is: libhdf5 hands filters the bytes of a chunk and
//! nothing else.
//!
//! The length is the one that the stored bytes state, bounded by what they can hold, so a damaged chunk claims no memory.

use crate::chunk_filter::ChunkShape;
use crate::filters::{bitshuffle, lz4, zstandard};
use crate::plugin::{Bytes, Direction, Plugins};
use crate::scratch::States;
use crate::{registry, zstd_block, Error, Filter};
use std::cell::RefCell;

/// HDF5's largest chunk.
const LARGEST: usize = u32::MAX as usize;
/// No block of LZ4 decodes to more than this many times its bytes.
const LZ4_RATIO: usize = 255;
/// Below this any stated length is believed.
const SMALL: usize = 1 << 16;

thread_local! {
    static STATES: RefCell<States> = RefCell::default();
}

/// Decodes what `filter` made, by ours or else by a plug-in.
///
/// # Errors
/// [`Error::UnknownFilter`] where neither is there, [`Error::Damaged`] when `stored` is not what the filter writes.
pub fn decode_alone(filter: &Filter, stored: &[u8], plugins: &Plugins) -> Result<Vec<u8>, Error> {
    let Some(length) = stated_length(filter, stored)? else {
        let input = Bytes::copy_of(stored)
            .ok_or_else(|| Error::unsupported(format!("no memory for {} bytes of a chunk", stored.len())))?;
        let library = plugins.find(filter.id)?;
        let decoded = library.run(Direction::Decode, &filter.values, input);
        let failed = || Error::damaged(format!("the plug-in of filter {} cannot decode it", filter.id));
        return decoded.map(|bytes| bytes.as_slice().to_vec()).ok_or_else(failed);
    };
    let shape = ChunkShape { element_size: 1, chunk_bytes: length };
    let stage = registry::build(filter, shape, None)?;
    let mut out = Vec::new();
    out.try_reserve_exact(length)
        .map_err(|_| Error::unsupported(format!("no memory for {length} bytes of a chunk")))?;
    out.resize(length, 0);
    let found = STATES.with_borrow_mut(|states| stage.decode(stored, &mut out, states))?;
    out.truncate(found);
    Ok(out)
}

/// The decoded bytes that `stored` states; `None`: the filter is not ours, or not one that this is asked for.
fn stated_length(filter: &Filter, stored: &[u8]) -> Result<Option<usize>, Error> {
    let id = filter.id;
    let compressor = filter.values.get(4).copied();
    let stated = match id {
        bitshuffle::ID if !matches!(compressor, Some(bitshuffle::LZ4 | bitshuffle::ZSTD)) => stored.len() as u64,
        lz4::ID | bitshuffle::ID => {
            let head = stored.first_chunk::<8>().ok_or_else(|| Error::damaged(format!("filter {id}: cut short")))?;
            u64::from_be_bytes(*head)
        }
        zstandard::ID => zstd_block::longest(stored)?,
        _ => return Ok(None),
    };
    let most = match (id, compressor) {
        (lz4::ID, _) | (bitshuffle::ID, Some(bitshuffle::LZ4)) => {
            stored.len().saturating_mul(LZ4_RATIO).clamp(SMALL, LARGEST)
        }
        _ => LARGEST,
    };
    match usize::try_from(stated).ok().filter(|&length| length <= most) {
        Some(length) => Ok(Some(length)),
        None => Err(Error::damaged(format!("filter {id}: {} bytes state that they are {stated}", stored.len()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Codec, Pipeline, Scratch};

    #[test]
    fn what_a_pipeline_encodes_comes_back_without_its_length() -> Result<(), Error> {
        for length in [8usize, 33 * 4, 40_000] {
            let raw: Vec<u8> = (0..length as u32).map(|i| (i / 7 % 5) as u8).collect();
            for codec in
                [Codec::BitshuffleLz4, Codec::BitshuffleZstd { level: 3 }, Codec::Lz4, Codec::Zstd { level: 1 }]
            {
                let filters = codec.filters(4);
                let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
                Pipeline::new(&filters, 4, raw.len())?.encode(&raw, &mut stored, &mut scratch)?;
                assert_eq!(decode_alone(&filters[0], &stored, &Plugins::default())?, raw, "{codec} {length}");
                for cut in 0..stored.len().min(40) {
                    let short = decode_alone(&filters[0], &stored[..cut], &Plugins::default());
                    assert!(short.is_err(), "{codec} {length} {cut}");
                }
            }
        }
        Ok(())
    }

    #[test]
    fn lengths_that_cannot_be_are_refused() {
        for (codec, values) in [(Codec::Lz4, [0xff; 100]), (Codec::BitshuffleLz4, [0x0f; 100])] {
            let found = decode_alone(&codec.filters(2)[0], &values, &Plugins::default());
            assert!(matches!(found, Err(Error::Damaged { .. })), "{codec}");
        }
        let blosc = Filter { id: 32001, flags: 0, values: vec![], name: String::new() };
        let found = decode_alone(&blosc, &[0; 20], &Plugins::default());
        assert!(matches!(found, Err(Error::UnknownFilter { id: 32001, .. })));
    }
}
