//! Small rows and strings of two datasets, compared through the opener in blocks.

use super::side::{Pair, Parts, RowAt};
use super::tally::Check;
use std::path::Path;
use trainyard_format::map::{DatasetMap, ElementType};
use trainyard_format::opener::OpenerPool;
use trainyard_format::{Error, Place, Result};

/// Rows are compared in blocks of about this size.
const BLOCK_BYTES: u64 = 16 << 20;
/// Strings have no length before they are read.
const STRING_BYTES: u64 = 256;

/// A key in the files of one run.
pub(super) type Datasets<'a> = [Option<(&'a Path, &'a DatasetMap)>];

enum Values {
    Bytes(Vec<u8>),
    Texts(Vec<String>),
}

/// Positions in `pairs` of rows that differ, with what differs.
///
/// # Errors
/// Failures of the machine. Damage is what differs.
pub(super) fn differences(
    pairs: &[Pair],
    input: &Datasets<'_>,
    output: &Datasets<'_>,
    pool: &OpenerPool,
) -> Result<Vec<(usize, String)>> {
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(first) = pairs.get(start) {
        // a block has one file on either side
        let files = (first.input.0, first.output.0);
        let same =
            pairs.get(start..).unwrap_or_default().iter().take_while(|p| (p.input.0, p.output.0) == files).count();
        let (from, to) = (dataset(input, files.0), dataset(output, files.1));
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) => (from, to),
            // a key that neither file has
            (None, None) => {
                start += same;
                continue;
            }
            (one, _) => {
                let lacking = if one.is_some() {
                    "a file of the output lacks the key"
                } else {
                    "a file of the input lacks the key"
                };
                found.push((start, lacking.into()));
                start += same;
                continue;
            }
        };
        if let Some(what) = unlike(from.1, to.1) {
            found.push((start, what));
            start += same;
            continue;
        }
        let row_bytes = if is_text(from.1) {
            from.1.row_elements().and_then(|n| n.checked_mul(STRING_BYTES))
        } else {
            from.1.row_bytes()
        };
        let rows = (BLOCK_BYTES / row_bytes.unwrap_or(u64::MAX).max(1)).max(1);
        let count = same.min(usize::try_from(rows).unwrap_or(usize::MAX));
        let block = pairs.get(start..start + count).unwrap_or_default();
        found.extend(block_differences(block, from, to, pool)?.into_iter().map(|(n, what)| (start + n, what)));
        start += count;
    }
    Ok(found)
}

/// Whether every key of some rows can be read.
///
/// # Errors
/// Failures of the machine.
pub(super) fn can_be_read<'a>(
    rows: &[RowAt],
    keys: impl Iterator<Item = &'a Parts<'a>>,
    pool: &OpenerPool,
) -> Result<bool> {
    for key in keys {
        for of_part in rows.chunk_by(|a, b| a.0 == b.0) {
            let Some((path, of)) = of_part.first().and_then(|row| dataset(key, row.0)) else { continue };
            if !matches!(of.element, ElementType::Other(_)) {
                match values(path, of, of_part.iter().copied(), pool) {
                    Ok(_) => {}
                    Err(Error::Input { .. }) => return Ok(false),
                    Err(error) => return Err(error),
                }
            }
        }
    }
    Ok(true)
}

/// What a difference in a key belongs to.
pub(super) fn check(of_detector: bool) -> Check {
    if of_detector {
        Check::Values
    } else {
        Check::Sources
    }
}

fn dataset<'a>(datasets: &Datasets<'a>, part: u32) -> Option<(&'a Path, &'a DatasetMap)> {
    datasets.get(usize::try_from(part).ok()?).copied().flatten()
}

fn is_text(dataset: &DatasetMap) -> bool {
    dataset.element.is_text()
}

/// Why rows of the two cannot be compared.
fn unlike(input: &DatasetMap, output: &DatasetMap) -> Option<String> {
    let texts = is_text(input) && is_text(output);
    if input.element != output.element && !texts {
        return Some(format!("the type is {:?}, in the input {:?}", output.element, input.element));
    }
    let shapes = (input.shape.get(1..).unwrap_or_default(), output.shape.get(1..).unwrap_or_default());
    (shapes.0 != shapes.1).then(|| format!("rows have shape {:?}, in the input {:?}", shapes.1, shapes.0))
}

fn block_differences(
    pairs: &[Pair],
    input: (&Path, &DatasetMap),
    output: (&Path, &DatasetMap),
    pool: &OpenerPool,
) -> Result<Vec<(usize, String)>> {
    let read = |(path, dataset): (&Path, &DatasetMap), row: fn(&Pair) -> RowAt| {
        values(path, dataset, pairs.iter().map(row), pool)
    };
    let damaged = |side: &str, error: Error| match error {
        Error::Input { .. } => Ok(vec![(0, format!("the {side} cannot be read: {error}"))]),
        other => Err(other),
    };
    let a = match read(input, |pair| pair.input) {
        Ok(values) => values,
        Err(error) => return damaged("input", error),
    };
    let b = match read(output, |pair| pair.output) {
        Ok(values) => values,
        Err(error) => return damaged("output", error),
    };
    let unequal = match (&a, &b) {
        (Values::Bytes(a), Values::Bytes(b)) => unequal_rows(a, b, pairs.len()),
        (Values::Texts(a), Values::Texts(b)) => unequal_rows(a, b, pairs.len()),
        _ => None,
    };
    let unequal = unequal.ok_or_else(|| Error::bug("other rows came than were asked for", Place::file(output.0)))?;
    Ok(unequal.into_iter().map(|row| (row, "the values differ".to_owned())).collect())
}

/// Positions of rows that differ; `None`: the lists are no such rows.
fn unequal_rows<T: PartialEq>(a: &[T], b: &[T], rows: usize) -> Option<Vec<usize>> {
    if a.len() != b.len() || rows == 0 || !a.len().is_multiple_of(rows) {
        return None;
    }
    if a == b {
        return Some(Vec::new());
    }
    let length = a.len() / rows;
    let both = a.chunks_exact(length.max(1)).zip(b.chunks_exact(length.max(1)));
    Some(both.enumerate().filter(|(_, (a, b))| a != b).map(|(row, _)| row).collect())
}

fn values(path: &Path, dataset: &DatasetMap, rows: impl Iterator<Item = RowAt>, pool: &OpenerPool) -> Result<Values> {
    let ranges = ranges(rows.map(|(_, row)| row));
    if ranges.iter().any(|&(first, count)| first.saturating_add(count) > dataset.rows()) {
        let what = format!("the index leads beyond the {} rows", dataset.rows());
        return Err(Error::input(what, Place::file(path).source(&dataset.path)));
    }
    Ok(match is_text(dataset) {
        true => Values::Texts(pool.strings(path, &dataset.path, &ranges)?),
        false => Values::Bytes(pool.rows(path, &dataset.path, &ranges)?.bytes),
    })
}

/// Neighbouring rows as (first, count).
pub(super) fn ranges(rows: impl Iterator<Item = u64>) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for row in rows {
        match ranges.last_mut() {
            Some((first, count)) if first.checked_add(*count) == Some(row) => *count += 1,
            _ => ranges.push((row, 1)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_a_range_and_rows_are_told_apart() {
        assert_eq!(ranges([3, 4, 9, 2].into_iter()), [(3, 2), (9, 1), (2, 1)]);
        assert_eq!(unequal_rows(b"abcdef", b"abcDef", 3), Some(vec![1]));
        assert_eq!(unequal_rows(b"abcdef", b"abcdef", 3), Some(vec![]));
        assert_eq!(unequal_rows(b"abcdef", b"abcd", 3), None);
    }
}
