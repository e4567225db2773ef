//! Filter 32008, bitshuffle: bits of equal rank together, then LZ4 or Zstandard per block.
//!
//! Parameters: `[major, minor, element size, elements per block, compressor, level]`, where
//! elements per block 0 (or absent) means the default, 8192 bytes rounded down to 8 elements
//! and at least 128 elements, and the compressor is 2 (LZ4), 3 (Zstandard) or anything else
//! (or absent) for none.
//!
//! Stored: with a compressor, u64 BE decoded bytes and u32 BE bytes of a block (this one
//! counts, not the parameter), then per block u32 BE stored bytes and the compressed block;
//! without one, the blocks alone. Blocks are full ones, then one of the remaining elements
//! rounded down to 8, then fewer than 8 elements copied as they are, without a length.
//!
//! A block of `n` elements of `e` bytes is `8 e` rows of `n / 8` bytes: row `8 k + b` holds bit
//! `b` of byte `k` of every element, element `j` at byte `j / 8`, bit `j % 8`.
//!
//! A block is decompressed to a buffer that stays in the first-level cache and transposed from
//! there to its place, so that the pixels are written to memory once. Unlike the reference,
//! every length is checked against the bytes there are and the chunk that is asked for.

use crate::big_endian::Reader;
use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::processor::Processor;
use crate::scratch::{at_least, States};
use crate::transpose;
use crate::{lz4_block, zstd_block, Error, Filter};

pub(crate) const ID: u32 = 32008;
/// Client data values of the compressor.
pub(crate) const LZ4: u32 = 2;
pub(crate) const ZSTD: u32 = 3;
/// Bytes of a block by default, and the fewest elements. Part of the format: never to change.
const TARGET_BLOCK_BYTES: usize = 8192;
const MIN_BLOCK_ELEMENTS: usize = 128;

#[derive(Clone, Copy)]
enum Compressor {
    None,
    Lz4,
    Zstd { level: i32 },
}

struct Bitshuffle {
    element_size: usize,
    block_bytes: usize,
    compressor: Compressor,
    level: Processor,
}

/// The transposed bytes of one block.
#[derive(Default)]
struct Block(Vec<u8>);

pub(crate) fn build(filter: &Filter, _: ChunkShape) -> Result<Box<dyn ChunkFilter>, Error> {
    let value = |at: usize| filter.values.get(at).copied();
    let element_size = match value(2) {
        Some(size) if size > 0 => size as usize,
        _ => {
            return Err(Error::unsupported(format!(
                "bitshuffle: no element size in the client data values {:?}",
                filter.values
            )))
        }
    };
    let block_bytes = match value(3) {
        None | Some(0) => default_block_bytes(element_size),
        Some(elements) if elements % 8 == 0 => (elements as usize).checked_mul(element_size),
        Some(_) => None,
    };
    let Some(block_bytes) = block_bytes.filter(|&bytes| u32::try_from(bytes).is_ok()) else {
        return Err(Error::unsupported(format!(
            "bitshuffle: blocks of {:?} elements of {element_size} bytes",
            value(3)
        )));
    };
    let compressor = match value(4) {
        Some(LZ4) => Compressor::Lz4,
        Some(ZSTD) => Compressor::Zstd { level: zstd_block::level(value(5)) },
        _ => Compressor::None,
    };
    Ok(Box::new(Bitshuffle { element_size, block_bytes, compressor, level: Processor::chosen() }))
}

fn default_block_bytes(element_size: usize) -> Option<usize> {
    let elements = (TARGET_BLOCK_BYTES / element_size / 8 * 8).max(MIN_BLOCK_ELEMENTS);
    elements.checked_mul(element_size)
}

impl Bitshuffle {
    /// Bytes of the smallest transposable block: 8 elements.
    fn granule(&self) -> usize {
        self.element_size.saturating_mul(8)
    }

    /// The first part: full blocks and one shorter. The rest is fewer than 8 elements.
    fn transposed_bytes(&self, total: usize) -> usize {
        total - total % self.granule()
    }

    fn whole_elements(&self, total: usize) -> bool {
        total.is_multiple_of(self.element_size)
    }

    fn decode_plain(&self, stored: &[u8], out: &mut [u8]) -> Result<usize, Error> {
        let total = stored.len();
        let Some(out) = out.get_mut(..total).filter(|_| self.whole_elements(total)) else {
            return Err(Error::damaged(format!("bitshuffle: {total} bytes stored")));
        };
        let (rows, rest) = stored.split_at(self.transposed_bytes(total));
        let (pixels, tail) = out.split_at_mut(rows.len());
        for (rows, pixels) in rows.chunks(self.block_bytes).zip(pixels.chunks_mut(self.block_bytes)) {
            transpose::unshuffle_bits(self.level, rows, pixels, self.element_size);
        }
        tail.copy_from_slice(rest);
        Ok(total)
    }

    /// Reads and checks what precedes the blocks: bytes in all, bytes of a block.
    fn header(&self, reader: &mut Reader, capacity: usize) -> Result<(usize, usize), Error> {
        let (total, stated) = (reader.u64()?, reader.u32()?);
        let block_bytes = match stated {
            0 => default_block_bytes(self.element_size).unwrap_or(0),
            stated => stated,
        };
        if total > capacity
            || !self.whole_elements(total)
            || block_bytes == 0
            || !block_bytes.is_multiple_of(self.granule())
        {
            return Err(Error::damaged(format!(
                "bitshuffle: states {total} bytes in blocks of {stated}, with elements of {} and \
                 at most {capacity} bytes expected",
                self.element_size
            )));
        }
        Ok((total, block_bytes))
    }

    fn decode_blocks(
        &self,
        stored: &[u8],
        out: &mut [u8],
        states: &mut States,
        mut decompress: impl FnMut(&[u8], &mut [u8], &mut States) -> Result<usize, Error>,
    ) -> Result<usize, Error> {
        let mut reader = Reader::new("bitshuffle", stored);
        let (total, block_bytes) = self.header(&mut reader, out.len())?;
        let (pixels, tail) = out[..total].split_at_mut(self.transposed_bytes(total));
        // Taken out of its place while `states` lends others.
        let mut buffer = std::mem::take(&mut states.get::<Block>().0);
        let decode = || {
            let rows = at_least(&mut buffer, block_bytes.min(pixels.len()));
            for pixels in pixels.chunks_mut(block_bytes) {
                let len = reader.u32()?;
                let rows = &mut rows[..pixels.len()];
                let found = decompress(reader.bytes(len)?, rows, states)?;
                if found != rows.len() {
                    return Err(Error::damaged(format!("bitshuffle: a block of {} bytes has {found}", rows.len())));
                }
                transpose::unshuffle_bits(self.level, rows, pixels, self.element_size);
            }
            tail.copy_from_slice(reader.bytes(tail.len())?);
            reader.end()
        };
        let decoded = decode();
        states.get::<Block>().0 = buffer;
        decoded.map(|()| total)
    }

    fn encode_blocks(
        &self,
        raw: &[u8],
        stored: &mut Vec<u8>,
        states: &mut States,
        mut compress: impl FnMut(&[u8], &mut Vec<u8>, &mut States) -> Result<(), Error>,
    ) -> Result<(), Error> {
        stored.extend_from_slice(&(raw.len() as u64).to_be_bytes());
        // `build` made sure that it fits.
        stored.extend_from_slice(&(self.block_bytes as u32).to_be_bytes());
        let (pixels, tail) = raw.split_at(self.transposed_bytes(raw.len()));
        let mut buffer = std::mem::take(&mut states.get::<Block>().0);
        let mut encode = || {
            let rows = at_least(&mut buffer, self.block_bytes.min(pixels.len()));
            for pixels in pixels.chunks(self.block_bytes) {
                let rows = &mut rows[..pixels.len()];
                transpose::shuffle_bits(self.level, pixels, rows, self.element_size);
                let start = stored.len();
                stored.extend_from_slice(&[0; 4]);
                compress(rows, stored, states)?;
                let len = u32::try_from(stored.len() - start - 4)
                    .map_err(|_| Error::unsupported("bitshuffle: block beyond 4 GiB"))?;
                stored[start..start + 4].copy_from_slice(&len.to_be_bytes());
            }
            Ok(())
        };
        let encoded = encode();
        states.get::<Block>().0 = buffer;
        stored.extend_from_slice(tail);
        encoded
    }

    fn encode_plain(&self, raw: &[u8], stored: &mut Vec<u8>) {
        stored.resize(raw.len(), 0);
        let (pixels, tail) = raw.split_at(self.transposed_bytes(raw.len()));
        let (rows, rest) = stored.split_at_mut(pixels.len());
        for (pixels, rows) in pixels.chunks(self.block_bytes).zip(rows.chunks_mut(self.block_bytes)) {
            transpose::shuffle_bits(self.level, pixels, rows, self.element_size);
        }
        rest.copy_from_slice(tail);
    }
}

impl ChunkFilter for Bitshuffle {
    fn encoded_size(&self, decoded: Size) -> Size {
        match self.compressor {
            Compressor::None => decoded,
            Compressor::Lz4 | Compressor::Zstd { .. } => decoded.compressed(),
        }
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], states: &mut States) -> Result<usize, Error> {
        match self.compressor {
            Compressor::None => self.decode_plain(stored, out),
            Compressor::Lz4 => {
                self.decode_blocks(stored, out, states, |stored, rows, _| lz4_block::decompress(stored, rows))
            }
            Compressor::Zstd { .. } => self.decode_blocks(stored, out, states, zstd_block::decompress),
        }
    }

    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, states: &mut States) -> Result<Applied, Error> {
        if !self.whole_elements(raw.len()) {
            return Err(Error::unsupported(format!(
                "bitshuffle: {} bytes are no whole number of elements of {}",
                raw.len(),
                self.element_size
            )));
        }
        match self.compressor {
            Compressor::None => self.encode_plain(raw, stored),
            Compressor::Lz4 => {
                self.encode_blocks(raw, stored, states, |rows, stored, _| lz4_block::compress(rows, stored))?
            }
            Compressor::Zstd { level } => {
                self.encode_blocks(raw, stored, states, |rows, stored, states| {
                    zstd_block::compress(rows, level, stored, states)
                })?;
            }
        }
        Ok(Applied::Yes)
    }
}
