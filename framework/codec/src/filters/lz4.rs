//! Filter 32004, LZ4: u64 BE decoded bytes, u32 BE block bytes, then per block u32 BE stored
//! bytes and the block. A block stored with as many bytes as it decodes to is a plain copy.
//!
//! Parameters: `[block bytes]`; 0 or none: 1 GiB. A block size beyond the chunk means one
//! block. Source: the filter's description in the HDF Group's registry.

use crate::big_endian::Reader;
use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::scratch::States;
use crate::{lz4_block, Error, Filter};

pub(crate) const ID: u32 = 32004;
const DEFAULT_BLOCK: usize = 1 << 30;

struct Lz4 {
    block_bytes: usize,
}

pub(crate) fn build(filter: &Filter, _: ChunkShape) -> Result<Box<dyn ChunkFilter>, Error> {
    let block_bytes = match filter.values.first() {
        None | Some(0) => DEFAULT_BLOCK,
        Some(&bytes) => bytes as usize,
    };
    if block_bytes > lz4_block::MAX_BLOCK {
        return Err(Error::unsupported(format!("lz4: blocks of {block_bytes} bytes")));
    }
    Ok(Box::new(Lz4 { block_bytes }))
}

impl ChunkFilter for Lz4 {
    fn encoded_size(&self, decoded: Size) -> Size {
        decoded.compressed()
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], _: &mut States) -> Result<usize, Error> {
        let mut reader = Reader::new("lz4", stored);
        let (total, block_bytes) = (reader.u64()?, reader.u32()?);
        if total > out.len() || (block_bytes == 0 && total > 0) {
            return Err(Error::damaged(format!(
                "lz4: states {total} bytes in blocks of {block_bytes}, at most {} expected",
                out.len()
            )));
        }
        for block in out[..total].chunks_mut(block_bytes.max(1)) {
            let len = reader.u32()?;
            let bytes = reader.bytes(len)?;
            if len == block.len() {
                block.copy_from_slice(bytes);
            } else if lz4_block::decompress(bytes, block)? != block.len() {
                return Err(Error::damaged(format!("lz4: short block of {} bytes", block.len())));
            }
        }
        reader.end()?;
        Ok(total)
    }

    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, _: &mut States) -> Result<Applied, Error> {
        let block_bytes = self.block_bytes.min(raw.len());
        stored.extend_from_slice(&(raw.len() as u64).to_be_bytes());
        // At most MAX_BLOCK.
        stored.extend_from_slice(&(block_bytes as u32).to_be_bytes());
        for block in raw.chunks(block_bytes.max(1)) {
            let start = stored.len();
            stored.extend_from_slice(&[0; 4]);
            lz4_block::compress(block, stored)?;
            if stored.len() - start - 4 >= block.len() {
                stored.truncate(start + 4);
                stored.extend_from_slice(block);
            }
            let len = (stored.len() - start - 4) as u32;
            stored[start..start + 4].copy_from_slice(&len.to_be_bytes());
        }
        Ok(Applied::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(block: u32) -> Result<Box<dyn ChunkFilter>, Error> {
        let filter = Filter { id: ID, flags: 0, values: vec![block], name: String::new() };
        build(&filter, ChunkShape { element_size: 1, chunk_bytes: 12 })
    }

    #[test]
    fn layout_with_a_plain_and_a_compressed_block() -> Result<(), Error> {
        // Blocks of 8: "abcdefgh" is copied; "zzzz" comes as literals (token 0x40).
        let mut golden = vec![0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 8, 0, 0, 0, 8];
        golden.extend_from_slice(b"abcdefgh\0\0\0\x05\x40zzzz");
        let (mut out, mut states) = ([0; 12], States::default());
        assert_eq!(built(0)?.decode(&golden, &mut out, &mut states)?, 12);
        assert_eq!(&out, b"abcdefghzzzz");
        let mut stored = Vec::new();
        built(8)?.encode(b"abcdefghzzzz", &mut stored, &mut states)?;
        assert_eq!(&stored[..24], &golden[..24]);
        assert_eq!(stored[24..], *b"\0\0\0\x04zzzz");
        Ok(())
    }

    #[test]
    fn stated_sizes_are_checked() -> Result<(), Error> {
        let (mut out, mut states) = ([0; 12], States::default());
        let header = |total: u64, block: u32| [&total.to_be_bytes()[..], &block.to_be_bytes()[..]].concat();
        for (total, block) in [(u64::MAX, 8), (13, 8), (12, 0), (12, u32::MAX)] {
            let found = built(0)?.decode(&header(total, block), &mut out, &mut states);
            assert!(matches!(found, Err(Error::Damaged { .. })), "{total} {block}");
        }
        Ok(())
    }
}
