//! What a filter must provide. One filter is one file in `filters/` and one line in
//! `registry.rs`; it is built once per dataset and shared by all workers.

use crate::{scratch::States, Error};

/// What a filter is told of the chunks it will see, before the first one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChunkShape {
    /// Bytes of one element of the dataset's type.
    pub element_size: usize,
    /// Bytes of a chunk before the first filter.
    pub chunk_bytes: usize,
}

/// How many bytes stand between two filters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// Always this many.
    Exact(usize),
    /// Any number up to this.
    AtMost(usize),
}

impl Size {
    /// The largest number of bytes.
    pub(crate) fn bound(self) -> usize {
        match self {
            Self::Exact(n) | Self::AtMost(n) => n,
        }
    }

    /// After a filter that adds `n` bytes.
    pub(crate) fn plus(self, n: usize) -> Self {
        match self {
            Self::Exact(size) => Self::Exact(size.saturating_add(n)),
            Self::AtMost(size) => Self::AtMost(size.saturating_add(n)),
        }
    }

    /// After a compressor. The worst in use is LZ4 in blocks of one byte, each with its length
    /// of 4; the bound keeps damaged chunks from claiming any amount of memory.
    pub(crate) fn compressed(self) -> Self {
        Self::AtMost(self.bound().saturating_mul(6).saturating_add(4096))
    }
}

/// Whether a filter was applied to a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    Yes,
    /// It would not have made the chunk smaller: the chunk goes on as it was, and the filter's
    /// bit is set in the filter mask.
    Skipped,
}

/// A filter with its parameters, for one dataset.
pub(crate) trait ChunkFilter: Send + Sync {
    /// The bytes that come out of encoding that many.
    fn encoded_size(&self, decoded: Size) -> Size;

    /// The most bytes that so many stored ones decode to, where the filter cannot compress.
    fn decoded_at_most(&self, _stored: usize) -> usize {
        usize::MAX
    }

    /// Decodes `stored` to the start of `out` and returns the number of bytes written.
    ///
    /// `out` is as long as the decoded bytes are, or may be at most; the caller compares.
    ///
    /// # Errors
    /// [`Error::Damaged`] when `stored` is not what the filter writes or does not fit `out`.
    fn decode(&self, stored: &[u8], out: &mut [u8], states: &mut States) -> Result<usize, Error>;

    /// Encodes `raw` and appends it to `stored`, which is empty.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the parameters do not allow for these bytes.
    fn encode(&self, raw: &[u8], stored: &mut Vec<u8>, states: &mut States) -> Result<Applied, Error>;
}
