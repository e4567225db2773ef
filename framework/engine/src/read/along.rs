//! Small keys that go along with the frames (status, length, ...): they are gathered and written when a sequence ends, too late
//! to call a frame unreadable. So where damage is skipped, the rows of all candidates are read once before.

use super::is_stream;
use crate::plan::{FateCodes, Job};
use std::collections::BTreeMap;
use trainyard_format::detector::FrameTable;
use trainyard_format::map::DatasetMap;
use trainyard_format::{Error, Place, Result};

/// First row and count.
type Ranges = Vec<(u64, u64)>;

/// Trains (by position) of which a row of some key cannot be read, with what is wrong.
///
/// # Errors
/// Failures of the machine.
pub fn unreadable(job: &Job, frames: &FrameTable, fates: &[u8]) -> Result<Vec<(usize, Error)>> {
    let mut found = Vec::new();
    for (module, info) in job.detector.modules.iter().enumerate() {
        for (number, part) in info.parts.iter().enumerate() {
            let trains = rows_of(frames, fates, module, number as u32);
            let file = &job.run.files[part.file];
            let group = &file.sources[part.source].groups[part.group];
            for dataset in group.datasets.iter().filter(|d| goes_along(d)) {
                let key = group.source_key(dataset);
                if trains.is_empty() || is_stream(&key, dataset, &job.detector) {
                    continue;
                }
                let all: Ranges = trains.values().flatten().copied().collect();
                if is_readable(job, &file.path, dataset, &all)?.is_none() {
                    continue;
                }
                for (&t, ranges) in &trains {
                    if let Some(what) = is_readable(job, &file.path, dataset, ranges)? {
                        let place = Place::file(&file.path).source(format!("{}/{key}", info.source));
                        found.push((t, Error::input(what, place.train(frames.trains[t]))));
                    }
                }
            }
        }
    }
    Ok(found)
}

fn goes_along(dataset: &DatasetMap) -> bool {
    let shape = dataset.row_shape();
    let values = dataset.element.is_number() || (dataset.element.is_text() && shape.is_empty());
    !dataset.shape.is_empty() && values && !shape.contains(&0)
}

/// Rows of the frames that are kept so far, in one part of a module, by train.
fn rows_of(frames: &FrameTable, fates: &[u8], module: usize, part: u32) -> BTreeMap<usize, Ranges> {
    let mut trains: BTreeMap<usize, Ranges> = BTreeMap::new();
    for t in 0..frames.trains.len() {
        let range = frames.starts[t]..frames.starts[t + 1];
        for (row, fate) in frames.rows[module][range.clone()].iter().zip(&fates[range]) {
            let Some(row) = row.filter(|row| row.part == part && *fate == FateCodes::KEPT) else { continue };
            let ranges = trains.entry(t).or_default();
            match ranges.last_mut() {
                // the cells of a row
                Some((first, count)) if *first + *count == row.row + 1 => {}
                Some((first, count)) if *first + *count == row.row => *count += 1,
                _ => ranges.push((row.row, 1)),
            }
        }
    }
    trains
}

/// What is wrong with some rows; `None`: nothing.
fn is_readable(
    job: &Job,
    path: &std::path::Path,
    dataset: &DatasetMap,
    ranges: &[(u64, u64)],
) -> Result<Option<String>> {
    let read = if dataset.element.is_number() {
        job.pool.rows(path, &dataset.path, ranges).map(drop)
    } else {
        job.pool.strings(path, &dataset.path, ranges).map(drop)
    };
    match read {
        Ok(()) => Ok(None),
        Err(error @ Error::Input { .. }) => Ok(Some(error.to_string())),
        Err(error) => Err(error),
    }
}
