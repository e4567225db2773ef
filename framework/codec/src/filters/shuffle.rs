//! Filter 2, byte shuffle: first bytes of all elements, then second bytes, and so on.
//!
//! Parameters: `[element size]`; without it, the dataset's. Bytes after the last whole element
//! are copied as they are. Source: HDF5 reference manual, `H5Pset_shuffle`.

use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::processor::Processor;
use crate::scratch::States;
use crate::transpose;
use crate::{Error, Filter};

pub(crate) const ID: u32 = 2;

struct Shuffle {
    element_size: usize,
    level: Processor,
}

pub(crate) fn build(filter: &Filter, shape: ChunkShape) -> Result<Box<dyn ChunkFilter>, Error> {
    let element_size = match filter.values.first() {
        Some(&size) => size as usize,
        None => shape.element_size,
    };
    if element_size == 0 {
        return Err(Error::unsupported("shuffle: elements of 0 bytes"));
    }
    Ok(Box::new(Shuffle { element_size, level: Processor::chosen() }))
}

impl Shuffle {
    /// Bytes of whole elements among `len`.
    fn whole(&self, len: usize) -> usize {
        len - len % self.element_size
    }
}

impl ChunkFilter for Shuffle {
    fn encoded_size(&self, decoded: Size) -> Size {
        decoded
    }

    fn decoded_at_most(&self, stored: usize) -> usize {
        stored
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], _: &mut States) -> Result<usize, Error> {
        let Some(out) = out.get_mut(..stored.len()) else {
            return Err(Error::damaged(format!(
                "shuffle: {} bytes stored, at most {} expected",
                stored.len(),
                out.len()
            )));
        };
        let whole = self.whole(stored.len());
        transpose::unshuffle_bytes(self.level, &stored[..whole], &mut out[..whole], self.element_size);
        out[whole..].copy_from_slice(&stored[whole..]);
        Ok(stored.len())
    }

    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, _: &mut States) -> Result<Applied, Error> {
        let whole = self.whole(raw.len());
        stored.resize(raw.len(), 0);
        transpose::shuffle_bytes(self.level, &raw[..whole], &mut stored[..whole], self.element_size);
        stored[whole..].copy_from_slice(&raw[whole..]);
        Ok(Applied::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_grouped_and_the_rest_is_copied() -> Result<(), Error> {
        let filter = Filter { id: ID, flags: 0, values: vec![2], name: String::new() };
        let built = build(&filter, ChunkShape { element_size: 2, chunk_bytes: 7 })?;
        let (mut stored, mut states) = (Vec::new(), States::default());
        built.encode(&[1, 11, 2, 12, 3, 13, 99], &mut stored, &mut states)?;
        assert_eq!(stored, [1, 2, 3, 11, 12, 13, 99]);
        let mut out = [0; 7];
        assert_eq!(built.decode(&stored, &mut out, &mut states)?, 7);
        assert_eq!(out, [1, 11, 2, 12, 3, 13, 99]);
        assert!(built.decode(&stored, &mut out[..6], &mut states).is_err());
        Ok(())
    }
}
