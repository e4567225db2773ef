//! Rows of a key by train.

use super::key::KeyPart;
use super::view::Run;
use crate::error::{Error, Place, Result};
use crate::map::{ElementType, FileMap};
use crate::opener::{OpenerPool, RowData};

/// Rows of one key for some trains, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRows {
    /// trains that have rows, in the order asked for
    pub trains: Vec<u64>,
    /// rows of train `t` are `starts[t]..starts[t + 1]`; length `trains.len() + 1`
    pub starts: Vec<usize>,
    pub element: ElementType,
    /// shape of one row
    pub row_shape: Vec<u64>,
    /// numbers in little-endian
    pub bytes: Vec<u8>,
}

impl GroupRows {
    pub fn rows(&self) -> usize {
        self.starts.last().copied().unwrap_or(0)
    }

    /// Bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.row_shape.iter().fold(self.element.size(), |product, &length| product.saturating_mul(length as usize))
    }
}

/// First row and number of rows of the train at `position`, checked against a dataset of `rows` rows.
pub(crate) fn row_range(
    part: &KeyPart<'_>,
    position: usize,
    file: &FileMap,
    source: &str,
    train: u64,
) -> Result<(u64, u64)> {
    let first = part.group.first.get(position).copied().unwrap_or(0);
    let count = part.group.count.get(position).copied().unwrap_or(0);
    let rows = part.dataset.rows();
    if count > 0 && first.checked_add(count).is_none_or(|end| end > rows) {
        let text = format!("the index leads to rows {first}+{count}, the dataset has {rows}");
        let place = Place::file(&file.path).source(format!("{source}/{}", part.dataset.key)).train(train);
        return Err(Error::input(text, place));
    }
    Ok((first, count))
}

impl Run {
    /// Rows of a key for the trains asked for; trains without rows are left out.
    ///
    /// # Errors
    /// No such source or key; files with these trains that disagree in type or shape; an index that leads beyond the data.
    pub fn group_rows(&self, source: &str, key: &str, trains: &[u64], pool: &OpenerPool) -> Result<GroupRows> {
        let parts = self.key_in(source, key, &self.files_of(trains))?;
        let shape = agreed(self, source, &parts)?;
        // What to read of each file, and for each train the pieces of it: (part, first row of what is read, rows).
        let mut ranges: Vec<Vec<(u64, u64)>> = vec![Vec::new(); parts.len()];
        let mut pieces: Vec<(u64, usize, u64, u64)> = Vec::new();
        let mut read: Vec<u64> = vec![0; parts.len()];
        for &train in trains {
            for &file in self.files_with(train) {
                let Ok(number) = parts.binary_search_by_key(&(file as usize), |part| part.file) else { continue };
                let Some(part) = parts.get(number) else { continue };
                let Some(position) = self.position(part.file, train) else { continue };
                let Some(file) = self.files.get(part.file) else { continue };
                let (first, count) = row_range(part, position, file, source, train)?;
                if count > 0 {
                    pieces.push((train, number, read[number], count));
                    ranges[number].push((first, count));
                    read[number] = read[number].saturating_add(count);
                }
            }
        }
        let wanted: Vec<(usize, &KeyPart<'_>)> = parts.iter().enumerate().collect();
        let data = pool.in_parallel(&wanted, |&(number, part)| match ranges.get(number) {
            Some(ranges) if !ranges.is_empty() => match self.files.get(part.file) {
                Some(file) => pool.rows(&file.path, &part.dataset.path, ranges).map(Some),
                None => Ok(None),
            },
            _ => Ok(None),
        });
        let data: Vec<Option<RowData>> = data.into_iter().collect::<Result<_>>()?;
        gather(shape, &pieces, &data)
    }
}

/// Element and row shape, the same in all files.
fn agreed(run: &Run, source: &str, parts: &[KeyPart<'_>]) -> Result<(ElementType, Vec<u64>)> {
    let layout =
        |part: &KeyPart<'_>| (part.dataset.element, part.dataset.shape.iter().skip(1).copied().collect::<Vec<u64>>());
    let Some(first) = parts.first() else {
        return Err(Error::bug("a key without datasets", Place::default().source(source)));
    };
    let expected = layout(first);
    match parts.iter().find(|part| layout(part) != expected) {
        None => Ok(expected),
        Some(other) => {
            let (found, file) = (layout(other), run.files.get(other.file));
            let place = file.map(|file| Place::file(&file.path)).unwrap_or_default().source(source);
            Err(Error::input(
                format!(
                    "`{}` is {:?} {:?} here, {:?} {:?} in other files",
                    first.dataset.key, found.0, found.1, expected.0, expected.1
                ),
                place,
            ))
        }
    }
}

fn gather(
    (element, row_shape): (ElementType, Vec<u64>),
    pieces: &[(u64, usize, u64, u64)],
    data: &[Option<RowData>],
) -> Result<GroupRows> {
    let row_bytes = row_shape
        .iter()
        .try_fold(element.size() as u64, |product, &length| product.checked_mul(length))
        .ok_or_else(|| Error::input("a row is too large", Place::default()))?;
    let (mut trains, mut starts, mut bytes, mut rows) = (Vec::new(), vec![0usize], Vec::new(), 0usize);
    for &(train, part, first, count) in pieces {
        let range = usize::try_from(first.saturating_mul(row_bytes)).unwrap_or(usize::MAX)
            ..usize::try_from(first.saturating_add(count).saturating_mul(row_bytes)).unwrap_or(usize::MAX);
        let read = data.get(part).and_then(Option::as_ref).and_then(|data| data.bytes.get(range));
        bytes.extend_from_slice(
            read.ok_or_else(|| Error::bug("fewer rows came than were asked for", Place::default()))?,
        );
        rows += usize::try_from(count).unwrap_or(0);
        if trains.last() == Some(&train) {
            starts.pop();
        } else {
            trains.push(train);
        }
        starts.push(rows);
    }
    Ok(GroupRows { trains, starts, element, row_shape, bytes })
}
