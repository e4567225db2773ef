//! Every stored byte of a file: chunks lie inside it and decode.
//!
//! Chunks are read by position and decoded in parallel by the codec crate; datasets that it cannot decode, or that are
//! not cut into whole rows, are read by HDF5.

use super::finding::{Report, Severity};
use super::stored::{Buffers, StoredChunks};
use crate::map::{DatasetMap, ElementType, FileMap, Layout};
use crate::opener::OpenerPool;
use crate::positional::Positional;
use crate::words::counted;
use crate::{Error, Place, Result};
use rayon::prelude::*;

/// Rows are read through HDF5 in blocks of about this size.
const BLOCK_BYTES: u64 = 64 << 20;

pub(super) fn decode(file: &FileMap, pool: &OpenerPool, report: &mut Report) {
    let handle = Positional::new(&file.path, pool.limits().time);
    let own = file.sources.iter().filter(|source| source.legacy_target.is_none());
    for source in own {
        for dataset in source.groups.iter().flat_map(|group| &group.datasets).chain(&source.run_values) {
            let place = Place::file(&file.path).source(source.name.as_str());
            match &dataset.layout {
                Layout::Chunked { .. } if dataset.element != ElementType::VarString => {
                    chunked(file, dataset, &handle, pool, &place, report);
                }
                _ => through_hdf5(file, dataset, pool, report),
            }
        }
    }
}

fn chunked(
    file: &FileMap,
    dataset: &DatasetMap,
    handle: &Positional,
    pool: &OpenerPool,
    place: &Place,
    report: &mut Report,
) {
    let whole_rows = dataset.chunk().is_some_and(|chunk| chunk.get(1..) == dataset.shape.get(1..));
    if !whole_rows {
        return through_hdf5(file, dataset, pool, report);
    }
    let table = match pool.chunks(&file.path, &[&dataset.path]).map(|mut tables| tables.pop()) {
        Ok(Some(table)) => table,
        Ok(None) => return,
        Err(error) => return report.failed(&error),
    };
    let (rows_per_chunk, count) = (table.rows_per_chunk, table.chunks.len());
    let unwritten = table.chunks.iter().filter(|chunk| chunk.is_none()).count();
    if unwritten > 0 {
        let what = format!("never written, read as the fill value: {unwritten} of {}", counted(count, "chunk"));
        report.add(place.clone(), what).at(dataset.path.as_str()).severity = Severity::Warning;
    }
    let Some(chunks) = StoredChunks::new(file, handle, dataset, table) else {
        report.add(place.clone(), "a chunk is larger than HDF5 allows").at(dataset.path.as_str());
        return;
    };
    let one = |index: usize, buffers: &mut Buffers| -> Result<()> {
        if chunks.pipeline.is_some() || chunks.table.chunks.get(index).copied().flatten().is_none() {
            return chunks.decode(index, buffers).map(drop);
        }
        chunks.inside(index)?;
        pool.decode_chunk(&file.path, &dataset.path, index as u64).map(drop)
    };
    let faults: Vec<(usize, Error)> = (0..count)
        .into_par_iter()
        .map_init(Buffers::default, |buffers, index| one(index, buffers).err().map(|what| (index, what)))
        .flatten()
        .collect();
    // where storage fails nothing is known of the chunks
    if let Some((_, error)) = faults.iter().find(|(_, error)| !matches!(error, Error::Input { .. })) {
        return report.failed(error);
    }
    if let Some((index, what)) = faults.first() {
        let what = format!("damaged: {} of {}, first chunk {index}: {what}", faults.len(), counted(count, "chunk"));
        let mut place = place.clone();
        place.train = train_of_row(file, dataset, *index as u64 * rows_per_chunk);
        report.add(place, what).at(dataset.path.as_str());
    }
}

/// The train that a row of a dataset belongs to.
fn train_of_row(file: &FileMap, dataset: &DatasetMap, row: u64) -> Option<u64> {
    let groups = file.sources.iter().flat_map(|source| &source.groups);
    let group = groups.into_iter().find(|group| group.datasets.iter().any(|other| other.path == dataset.path))?;
    let mut rows = group.first.iter().zip(&group.count);
    let position = rows.position(|(&first, &count)| row >= first && row - first < count)?;
    file.trains.get(position).copied()
}

fn through_hdf5(file: &FileMap, dataset: &DatasetMap, pool: &OpenerPool, report: &mut Report) {
    let row_bytes = dataset.row_bytes().unwrap_or(u64::MAX).max(1);
    let block = (BLOCK_BYTES / row_bytes).max(1);
    let mut first = 0;
    while first < dataset.rows() {
        let count = block.min(dataset.rows() - first);
        let read = match dataset.element {
            ElementType::VarString => pool.strings(&file.path, &dataset.path, &[(first, count)]).map(drop),
            ElementType::Other(_) => return,
            _ => pool.rows(&file.path, &dataset.path, &[(first, count)]).map(drop),
        };
        if let Err(error) = read {
            return report.failed(&error);
        }
        first += count;
    }
}
