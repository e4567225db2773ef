//! Filtered datasets, chunk by chunk: stored bytes where a chunk's rows stay together, else decoded and encoded again.

use super::selection::{slice, total};
use super::{Target, BLOCK_BYTES};
use crate::hdf5::Dataset;
use crate::map::{Chunk, ChunkTable, DatasetMap, ElementType};
use crate::write::{FileWriter, PixelSpec};
use crate::{Error, Place, Result};
use std::fs::File;
use std::os::unix::fs::FileExt;
use trainyard_codec::{Codec, Pipeline, Scratch};

/// Larger chunks are not held in memory several times over: their values are copied in blocks.
const LARGEST_CHUNK: u64 = 512 << 20;

/// Whether a dataset is copied this way: chunks of whole rows, filters, and values that do not lie elsewhere.
pub(super) fn apply(dataset: &DatasetMap) -> bool {
    let chunk_rows = dataset.chunk().and_then(|chunk| chunk.first()).copied().unwrap_or(0);
    if dataset.row_bytes().and_then(|bytes| bytes.checked_mul(chunk_rows)).is_none_or(|bytes| bytes > LARGEST_CHUNK) {
        return false;
    }
    let whole_rows = dataset.chunk().is_some_and(|chunk| {
        chunk.len() == dataset.shape.len() && chunk.first().is_some_and(|&n| n > 0) && chunk[1..] == dataset.shape[1..]
    });
    whole_rows && !dataset.filters.is_empty() && dataset.element != ElementType::VarString
}

/// Copies rows to the same path through the same filters.
pub(super) fn copy(
    writer: &mut FileWriter,
    input: &Dataset,
    map: &DatasetMap,
    rows: &[(u64, u64)],
    target: Target,
) -> Result<()> {
    let place = Place::file(input.file().path()).source(map.path.as_str());
    let table = input.chunk_table()?;
    let rows_per_chunk = table.rows_per_chunk;
    let row_bytes = map.row_bytes().filter(|&n| n > 0 && n <= u64::from(u32::MAX));
    let chunk_bytes = row_bytes.and_then(|n| n.checked_mul(rows_per_chunk)).and_then(|n| usize::try_from(n).ok());
    let (Some(row_bytes), Some(chunk_bytes)) = (row_bytes, chunk_bytes) else {
        return Err(Error::input(format!("chunks of {rows_per_chunk} rows are too large"), place));
    };
    let count = total(rows);
    let chunks = count.div_ceil(rows_per_chunk);
    let moves = (0..chunks).map(|index| table_entry(&table, &slice(rows, index * rows_per_chunk, rows_per_chunk)));
    let moves: Vec<Option<Chunk>> = moves.collect();
    let recode = moves.iter().any(Option::is_none);

    let (decoder, filters) = match Pipeline::new(&map.filters, map.element.size(), chunk_bytes) {
        Ok(pipeline) => (Some(pipeline), map.filters.clone()),
        Err(_) if !recode => (None, map.filters.clone()),
        Err(error) => {
            let filters = Codec::Deflate { level: 1 }.filters(map.element.size());
            writer.note(&map.path, format!("stored with shuffle and deflate instead: {error}"));
            (None, filters)
        }
    };
    let raw_allowed = filters == map.filters;
    let encoder = Pipeline::new(&filters, map.element.size(), chunk_bytes).ok();
    let spec = PixelSpec {
        element: map.element,
        row_shape: map.row_shape().to_vec(),
        rows_per_chunk,
        filters,
        capacity_rows: count,
        attributes: input.attributes()?,
    };
    let path = map.path.trim_start_matches('/');
    let datatype = input.datatype()?;
    let output = writer.begin_pixels(target.section, target.source, target.group, path, &spec, Some(&datatype))?;
    let file = File::open(input.file().path()).map_err(|error| Error::io("open", input.file().path(), &error))?;
    let mut source = Source { input, file, table: &table, decoder, scratch: Scratch::default(), decoded: None, place };
    let mut stored = Vec::new();
    for (index, whole) in (0u64..).zip(&moves) {
        let pieces = slice(rows, index * rows_per_chunk, rows_per_chunk);
        let mask = match whole {
            Some(chunk) if raw_allowed => source.stored(chunk, &mut stored).map(|()| chunk.filter_mask)?,
            _ => {
                let mut values = source.rows(&pieces, row_bytes)?;
                values.resize(chunk_bytes, 0);
                let encoder =
                    encoder.as_ref().ok_or_else(|| Error::bug("no filters to encode with", source.place.clone()))?;
                stored.clear();
                encoder.encode(&values, &mut stored, &mut source.scratch).map_err(|error| {
                    Error::bug(format!("failed to encode chunk {index}: {error}"), source.place.clone())
                })?
            }
        };
        writer.write_chunk(output, index, mask, &stored)?;
    }
    writer.finish_pixels(output, count)
}

/// The stored chunk that holds exactly these rows, from its first on.
fn table_entry(table: &ChunkTable, pieces: &[(u64, u64)]) -> Option<Chunk> {
    let &[(first, count)] = pieces else { return None };
    let held = table.rows_per_chunk.min(table.rows.checked_sub(first)?);
    let aligned = first % table.rows_per_chunk == 0 && count == held;
    let index = usize::try_from(first / table.rows_per_chunk).ok()?;
    table.chunks.get(index).copied().flatten().filter(|_| aligned)
}

/// Rows of the input, one decoded chunk kept.
struct Source<'a> {
    input: &'a Dataset,
    file: File,
    table: &'a ChunkTable,
    /// `None`: HDF5 decodes
    decoder: Option<Pipeline>,
    scratch: Scratch,
    decoded: Option<(u64, Vec<u8>)>,
    place: Place,
}

impl Source<'_> {
    fn stored(&self, chunk: &Chunk, bytes: &mut Vec<u8>) -> Result<()> {
        let end = chunk.offset.checked_add(u64::from(chunk.size));
        if end.is_none_or(|end| end > self.input.file().size()) {
            return Err(Error::input("a chunk lies outside the file", self.place.clone()));
        }
        bytes.clear();
        bytes.resize(chunk.size as usize, 0);
        let path = self.input.file().path().to_owned();
        self.file.read_exact_at(bytes, chunk.offset).map_err(|error| Error::io("read", &path, &error))
    }

    fn rows(&mut self, pieces: &[(u64, u64)], row_bytes: u64) -> Result<Vec<u8>> {
        if self.decoder.is_none() {
            return self.input.read_rows(pieces, row_bytes.saturating_mul(self.table.rows_per_chunk).max(BLOCK_BYTES));
        }
        let per_chunk = self.table.rows_per_chunk;
        let mut values = Vec::new();
        for &(first, count) in pieces {
            let mut row = first;
            while row < first + count {
                let index = row / per_chunk;
                let within = row % per_chunk;
                let take = (per_chunk - within).min(first + count - row);
                let chunk = self.decoded_chunk(index, row_bytes)?;
                let part = (within * row_bytes) as usize..((within + take) * row_bytes) as usize;
                values.extend_from_slice(&chunk[part]);
                row += take;
            }
        }
        Ok(values)
    }

    fn decoded_chunk(&mut self, index: u64, row_bytes: u64) -> Result<&[u8]> {
        if self.decoded.as_ref().is_none_or(|(held, _)| *held != index) {
            let length = (row_bytes * self.table.rows_per_chunk) as usize;
            let mut values = self.decoded.take().map(|(_, values)| values).unwrap_or_default();
            let entry = usize::try_from(index).ok().and_then(|index| self.table.chunks.get(index)).copied().flatten();
            match (entry, &self.decoder) {
                (Some(chunk), Some(decoder)) => {
                    let mut stored = Vec::new();
                    self.stored(&chunk, &mut stored)?;
                    values.clear();
                    values.resize(length, 0);
                    decoder.decode(&stored, chunk.filter_mask, &mut values, &mut self.scratch).map_err(|error| {
                        Error::input(format!("failed to decode chunk {index}: {error}"), self.place.clone())
                    })?;
                }
                (None, _) if self.table.fill.is_empty() => {
                    let text = format!("chunk {index} was never written, and there is no fill value");
                    return Err(Error::input(text, self.place.clone()));
                }
                // never written: reads as the fill value
                _ => {
                    values.clear();
                    values.extend(self.table.fill.iter().copied().cycle().take(length));
                    values.resize(length, 0);
                }
            }
            self.decoded = Some((index, values));
        }
        match &self.decoded {
            Some((_, values)) => Ok(values),
            None => Err(Error::bug("the decoded chunk is gone", self.place.clone())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_chunk_whose_rows_all_stay_together_is_moved() {
        let chunk = Chunk { offset: 0, size: 1, filter_mask: 0 };
        let table = ChunkTable {
            dataset: "d".into(),
            rows: 10,
            rows_per_chunk: 4,
            chunks: vec![Some(chunk), None, Some(chunk)],
            fill: vec![],
        };
        assert!(table_entry(&table, &[(0, 4)]).is_some());
        assert!(table_entry(&table, &[(8, 2)]).is_some(), "the edge");
        assert!(table_entry(&table, &[(8, 1)]).is_none(), "a dropped row would stay in the padding");
        assert!(table_entry(&table, &[(1, 4)]).is_none());
        assert!(table_entry(&table, &[(4, 4)]).is_none(), "never written");
        assert!(table_entry(&table, &[(0, 2), (8, 2)]).is_none());
        assert!(table_entry(&table, &[(12, 4)]).is_none());
    }
}
