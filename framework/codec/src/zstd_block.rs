//! One Zstandard frame in memory, with contexts kept between calls.

use zstd::bulk::{Compressor, Decompressor};

use crate::scratch::{at_least, States};
use crate::Error;

/// The level of the reference where a filter states none.
const DEFAULT_LEVEL: i32 = 3;

/// The level that a client data value states: a signed number in unsigned clothes, brought
/// into the range of the library as the reference does.
pub(crate) fn level(value: Option<u32>) -> i32 {
    let range = zstd::compression_level_range();
    value.map_or(DEFAULT_LEVEL, |level| (level as i32).clamp(*range.start(), *range.end()))
}

#[derive(Default)]
struct State {
    decompressor: Option<Decompressor<'static>>,
    /// With the level it was made for.
    compressor: Option<(i32, Compressor<'static>)>,
    frame: Vec<u8>,
}

/// Decodes `stored` to the start of `out`; returns the number of bytes.
pub(crate) fn decompress(stored: &[u8], out: &mut [u8], states: &mut States) -> Result<usize, Error> {
    let state: &mut State = states.get();
    let decompressor = match &mut state.decompressor {
        Some(decompressor) => decompressor,
        none => none.insert(Decompressor::new().map_err(|e| Error::unsupported(format!("zstd: {e}")))?),
    };
    decompressor
        .decompress_to_buffer(stored, out)
        .map_err(|e| Error::damaged(format!("zstd: {e}, for {} bytes", out.len())))
}

/// The most bytes that `stored` decodes to.
pub(crate) fn longest(stored: &[u8]) -> Result<u64, Error> {
    let stated = zstd::zstd_safe::get_frame_content_size(stored).map_err(|_| Error::damaged("zstd: no frame"))?;
    // a frame that does not state it: no block of 128 KiB takes less than its head of 3 bytes
    Ok(stated.unwrap_or((stored.len() as u64 / 3).saturating_mul(128 << 10)))
}

/// Appends `raw` as one frame.
pub(crate) fn compress(raw: &[u8], level: i32, stored: &mut Vec<u8>, states: &mut States) -> Result<(), Error> {
    let failed = |e: std::io::Error| Error::unsupported(format!("zstd: {e}"));
    let state: &mut State = states.get();
    let compressor = match &mut state.compressor {
        Some((of, compressor)) if *of == level => compressor,
        other => &mut other.insert((level, Compressor::new(level).map_err(failed)?)).1,
    };
    let frame = at_least(&mut state.frame, zstd::zstd_safe::compress_bound(raw.len()));
    let len = compressor.compress_to_buffer(raw, frame).map_err(failed)?;
    stored.extend_from_slice(&frame[..len]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_signed_and_bounded() {
        assert_eq!((level(None), level(Some(5)), level(Some(-2i32 as u32))), (3, 5, -2));
        assert_eq!(level(Some(1000)), 22);
    }
}
