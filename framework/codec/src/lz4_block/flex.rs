//! LZ4 blocks by `lz4_flex`, in safe Rust.

use super::MAX_BLOCK;
use crate::Error;

/// Decodes `stored` to the start of `out`; returns the number of bytes.
pub(crate) fn decompress(stored: &[u8], out: &mut [u8]) -> Result<usize, Error> {
    lz4_flex::block::decompress_into(stored, out)
        .map_err(|e| Error::damaged(format!("LZ4 block: {e}, for {} bytes", out.len())))
}

/// Appends `raw` as one block.
pub(crate) fn compress(raw: &[u8], stored: &mut Vec<u8>) -> Result<(), Error> {
    if raw.len() > MAX_BLOCK {
        return Err(Error::unsupported(format!("LZ4 block of {} bytes", raw.len())));
    }
    let start = stored.len();
    stored.resize(start + lz4_flex::block::get_maximum_output_size(raw.len()), 0);
    let len = lz4_flex::block::compress_into(raw, &mut stored[start..])
        .map_err(|e| Error::unsupported(format!("LZ4 block: {e}")))?;
    stored.truncate(start + len);
    Ok(())
}
