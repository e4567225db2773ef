//! How rows of a stream leave: as the stored chunk, encoded anew, or as part of a chunk still to be put together.

use crate::read::{Access, Stream, StoredChunk, StreamPart};
use trainyard_codec::{Codec, Filter, Pipeline};
use trainyard_format::{Error, Place, Result};

/// A stream in the reduced run.
#[derive(Clone)]
pub struct StreamOutput {
    pub filters: Vec<Filter>,
    pub rows_per_chunk: u64,
    pub pipeline: Pipeline,
    /// by part: chunks may be copied as they are
    pub copies: Vec<bool>,
}

/// `[module][stream]`; `None` where the stream is not written in this pass.
#[derive(Clone, Default)]
pub struct OutputPlan {
    pub streams: Vec<Vec<Option<StreamOutput>>>,
}

impl StreamOutput {
    /// `codec` replaces the filters of the input.
    ///
    /// # Errors
    /// A filter that cannot be written here.
    pub fn new(stream: &Stream, codec: Option<&Codec>) -> Result<Self> {
        let (same, rows_per_chunk) = stream.same_as_input();
        let filters = codec.map_or(same, |c| c.filters(stream.element.size()));
        let bytes = usize::try_from(rows_per_chunk).ok().and_then(|r| r.checked_mul(stream.row_bytes));
        let bytes = bytes.ok_or_else(|| Error::input("a chunk is too large", Place::default().source(&stream.key)))?;
        let pipeline = Pipeline::new(&filters, stream.element.size(), bytes)
            .map_err(|e| Error::input(e.to_string(), Place::default().source(&stream.key)))?;
        let same = |a: &[Filter], b: &[Filter]| {
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.id == y.id && x.values == y.values)
        };
        let copies = stream.parts.iter().map(|part| match part {
            Some(StreamPart { access: Access::Chunks(_), rows_per_chunk: rows, filters: own, .. }) => {
                *rows == rows_per_chunk && same(own, &filters)
            }
            _ => false,
        });
        Ok(StreamOutput { copies: copies.collect(), filters, rows_per_chunk, pipeline })
    }
}

/// One row of one stream on its way out.
pub enum RowOut {
    /// the row is a chunk of its own and goes as it is
    Copy(StoredChunk),
    /// a chunk of its own, encoded
    Encoded { bytes: Vec<u8>, filter_mask: u32 },
    /// `row` of a chunk of several rows, to be copied with its neighbours or taken out of the decoded chunk
    Piece { part: u32, chunk: u64, row: u64, stored: StoredChunk },
}
