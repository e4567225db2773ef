//! A plug-in as a stage of a pipeline: copies in and out, lengths checked.

use std::sync::Arc;

use super::{Bytes, Direction, Library, Plugins};
use crate::chunk_filter::{Applied, ChunkFilter, ChunkShape, Size};
use crate::scratch::States;
use crate::{Error, Filter};

struct Plugin {
    library: Arc<Library>,
    values: Vec<u32>,
    optional: bool,
}

/// The stage for `filter`, from whichever library has it.
pub(crate) fn build(filter: &Filter, _: ChunkShape, plugins: &Plugins) -> Result<Box<dyn ChunkFilter>, Error> {
    let library = plugins.find(filter.id)?;
    Ok(Box::new(Plugin { library, values: filter.values.clone(), optional: filter.is_optional() }))
}

impl Plugin {
    fn run(&self, direction: Direction, bytes: &[u8]) -> Result<Option<Bytes>, Error> {
        let input = Bytes::copy_of(bytes)
            .ok_or_else(|| Error::unsupported(format!("no memory for {} bytes of a chunk", bytes.len())))?;
        Ok(self.library.run(direction, &self.values, input))
    }

    fn failed(&self, verb: &str) -> String {
        format!("the plug-in of filter {} (`{}`) cannot {verb} it", self.library.id(), self.library.name())
    }
}

impl ChunkFilter for Plugin {
    fn encoded_size(&self, decoded: Size) -> Size {
        decoded.compressed()
    }

    fn decode(&self, stored: &[u8], out: &mut [u8], _: &mut States) -> Result<usize, Error> {
        let decoded = self.run(Direction::Decode, stored)?.ok_or_else(|| Error::damaged(self.failed("decode")))?;
        match out.get_mut(..decoded.len()) {
            Some(out) => out.copy_from_slice(decoded.as_slice()),
            None => {
                let id = self.library.id();
                return Err(Error::damaged(format!("filter {id}: {} bytes, at most {}", decoded.len(), out.len())));
            }
        }
        Ok(decoded.len())
    }

    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, _: &mut States) -> Result<Applied, Error> {
        match self.run(Direction::Encode, raw)? {
            Some(encoded) => {
                stored.extend_from_slice(encoded.as_slice());
                Ok(Applied::Yes)
            }
            // As in HDF5: an optional filter that fails is left out.
            None if self.optional => Ok(Applied::Skipped),
            None => Err(Error::unsupported(self.failed("encode"))),
        }
    }
}
