//! Which rows of a group belong to the chosen trains.

use crate::map::{DatasetMap, FileMap, GroupMap, SourceMap};
use crate::write::TrainRow;
use crate::{Error, Place, Result};
use std::collections::HashMap;

/// Where in the input each chosen train stands.
pub(super) struct Selection {
    /// by train of the output: its position in the input, if it is there
    positions: Vec<Option<usize>>,
}

impl Selection {
    pub fn new(trains: &[TrainRow], map: &FileMap) -> Self {
        let mut places: HashMap<u64, usize> = HashMap::with_capacity(map.trains.len());
        for (position, &id) in map.trains.iter().enumerate() {
            places.entry(id).or_insert(position);
        }
        Selection { positions: trains.iter().map(|train| places.get(&train.id).copied()).collect() }
    }

    fn row_range(&self, group: &GroupMap, position: Option<usize>) -> (u64, u64) {
        let at = |list: &[u64]| position.and_then(|position| list.get(position)).copied().unwrap_or(0);
        (at(&group.first), at(&group.count))
    }

    /// Rows of each chosen train.
    pub fn counts(&self, group: &GroupMap) -> Vec<u64> {
        self.positions.iter().map(|&position| self.row_range(group, position).1).collect()
    }

    /// Ranges (first, count) to copy, in order of the chosen trains, neighbours joined; all inside the dataset.
    pub fn rows(
        &self,
        map: &FileMap,
        source: &SourceMap,
        group: &GroupMap,
        dataset: &DatasetMap,
    ) -> Result<Vec<(u64, u64)>> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for &position in &self.positions {
            let (first, count) = self.row_range(group, position);
            if count == 0 {
                continue;
            }
            if first.checked_add(count).is_none_or(|end| end > dataset.rows()) {
                let mut place = Place::file(&map.path).source(format!("{}/{}", source.name, dataset.key));
                place.train = position.and_then(|position| map.trains.get(position)).copied();
                let what = format!("the index leads to rows {first}+{count}, the dataset has {}", dataset.rows());
                return Err(Error::input(what, place));
            }
            match ranges.last_mut() {
                Some(last) if last.0 + last.1 == first => last.1 += count,
                _ => ranges.push((first, count)),
            }
        }
        Ok(ranges)
    }
}

/// The input rows of output rows `from .. from + count`.
pub(super) fn slice(ranges: &[(u64, u64)], from: u64, count: u64) -> Vec<(u64, u64)> {
    let (mut skip, mut left) = (from, count);
    let mut pieces = Vec::new();
    for &(first, length) in ranges {
        if skip >= length {
            skip -= length;
            continue;
        }
        let take = (length - skip).min(left);
        if take > 0 {
            pieces.push((first + skip, take));
        }
        left -= take;
        skip = 0;
        if left == 0 {
            break;
        }
    }
    pieces
}

/// All rows of the ranges.
pub(super) fn total(ranges: &[(u64, u64)]) -> u64 {
    ranges.iter().map(|range| range.1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_of_ranges_is_found() {
        let ranges = [(10, 3), (20, 2), (5, 4)];
        assert_eq!(slice(&ranges, 0, 9), ranges);
        assert_eq!(slice(&ranges, 2, 3), [(12, 1), (20, 2)]);
        assert_eq!(slice(&ranges, 4, 2), [(21, 1), (5, 1)]);
        assert_eq!(slice(&ranges, 9, 2), []);
        assert_eq!(total(&ranges), 9);
    }
}
