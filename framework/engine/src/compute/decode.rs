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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Role;
    use trainyard_format::map::{DatasetMap, ElementType, Layout};

    /// `fill` over a chunk of two rows that was never written.
    fn absent(fill: &[u8]) -> Result<[u8; 8]> {
        let dataset = DatasetMap {
            key: "data".into(),
            path: "/data".into(),
            element: ElementType::U16,
            big_endian: false,
            shape: vec![2, 2],
            max_shape: vec![2, 2],
            layout: Layout::Chunked { chunk: vec![2, 2] },
            filters: Vec::new(),
            attributes: Vec::new(),
            stored_bytes: 0,
        };
        let part = StreamPart::of(0, &dataset, 4);
        let stream = Stream {
            key: "data".into(),
            role: Role::Image,
            element: dataset.element,
            row_shape: vec![2],
            row_bytes: 4,
            decoded: true,
            written: false,
            parts: Vec::new(),
        };
        let (chunk, mut out) = (StoredChunk::new(ChunkState::Absent { fill: fill.to_vec() }, None, 0..0), [9; 8]);
        decode_chunk(&stream, &part, &chunk, &mut out, &mut Scratch::default()).map(|()| out)
    }

    #[test]
    fn a_chunk_never_written_is_fill_value_or_damage_where_there_is_none() {
        assert_eq!(absent(&[7, 1]).unwrap(), [7, 1, 7, 1, 7, 1, 7, 1]);
        assert!(matches!(absent(&[]), Err(Error::Input { .. })));
    }
}
