//! One row of a stream, decoded: straight into place, or out of a chunk that frames share.

use crate::read::{Access, ChunkState, StoredChunk, Stream, StreamChunks, StreamPart};
use trainyard_codec::Scratch;
use trainyard_format::detector::Row;
use trainyard_format::{Error, Place, Result};

/// Decodes a whole chunk into `out`.
pub fn decode_chunk(
    stream: &Stream,
    part: &StreamPart,
    chunk: &StoredChunk,
    out: &mut [u8],
    scratch: &mut Scratch,
) -> Result<()> {
    let damaged =
        |what: String| Error::input(what, Place::default().source(format!("{}/{}", part.dataset, stream.key)));
    match &chunk.state {
        ChunkState::Failed(error) => Err(error.clone()),
        ChunkState::Absent { fill } => {
            if fill.is_empty() || !out.len().is_multiple_of(fill.len()) {
                return Err(damaged("the chunk was never written, and there is no fill value".into()));
            }
            out.chunks_exact_mut(fill.len()).for_each(|c| c.copy_from_slice(fill));
            Ok(())
        }
        ChunkState::Rows => {
            if chunk.bytes().len() != out.len() {
                return Err(damaged("a row has the wrong length".into()));
            }
            out.copy_from_slice(chunk.bytes());
            Ok(())
        }
        ChunkState::Stored { filter_mask } => match &part.access {
            Access::Chunks(pipeline) => {
                pipeline.decode(chunk.bytes(), *filter_mask, out, scratch).map_err(|e| damaged(e.to_string()))
            }
            Access::Opener => Err(Error::bug("stored bytes of a dataset that HDF5 decodes", Place::default())),
        },
    }
}

/// Names file and row in a decoding error.
pub fn locate(error: Error, file: &std::path::Path, source: &str, key: &str, row: u64, train: u64) -> Error {
    match error {
        Error::Input { what, place, hint } => Error::Input {
            what: format!("{what} (row {row})"),
            place: Place {
                file: place.file.or_else(|| Some(file.into())),
                source: Some(format!("{source}/{key}")),
                train: Some(train),
            },
            hint,
        },
        other => other,
    }
}

/// Decodes the row `row` of a stream into `out` (`row_bytes` long).
pub fn decode_row(
    stream: &Stream,
    chunks: &StreamChunks,
    row: Row,
    share: bool,
    out: &mut Vec<u8>,
    scratch: &mut Scratch,
) -> Result<()> {
    let missing = || Error::bug("a chunk was not fetched", Place::default().source(&stream.key));
    let part = stream.parts.get(row.part as usize).and_then(Option::as_ref).ok_or_else(missing)?;
    let number = row.row / part.rows_per_chunk;
    let index = chunks.find(row.part, number).ok_or_else(missing)?;
    out.resize(stream.row_bytes, 0);
    if part.rows_per_chunk == 1 && !share {
        return decode_chunk(stream, part, &chunks.chunks[index], out, scratch);
    }
    let decoded = chunks.shared[index].get_or_init(|| {
        let mut whole = vec![0; stream.row_bytes * part.rows_per_chunk as usize];
        decode_chunk(stream, part, &chunks.chunks[index], &mut whole, scratch).map(|()| whole)
    });
    let whole = decoded.as_ref().map_err(Clone::clone)?;
    let start = (row.row % part.rows_per_chunk) as usize * stream.row_bytes;
    out.copy_from_slice(&whole[start..start + stream.row_bytes]);
    Ok(())
}
