//! `first` and `count` of one index group, whichever of the two layouts the file has.

use super::Context;
use crate::error::{Error, Result};
use crate::map::StoredIndex;

/// Rows of an index group by position in the list of trains.
pub(super) struct Index {
    pub first: Vec<u64>,
    pub count: Vec<u64>,
    pub stored: StoredIndex,
}

/// `None`: the file has no such index.
///
/// Before format 0.5 the index is first, last, status: `count = (last - first + 1) * status`. Which one it is shows in
/// the presence of `count`, not in the version.
pub(super) fn read(context: &mut Context, path: &str, trains: usize) -> Result<Option<Index>> {
    let Some((first, stored_first)) = column(context, &format!("{path}/first"))? else { return Ok(None) };
    let (count, stored_count) = match column(context, &format!("{path}/count"))? {
        Some(count) => count,
        None => {
            let last = column(context, &format!("{path}/last"))?;
            let (Some((last, stored)), Some((status, _))) = (last, column(context, &format!("{path}/status"))?) else {
                return Err(context.missing(&format!("{path}/count")));
            };
            let rows = first.iter().zip(&last).zip(&status).map(|((&first, &last), &status)| {
                if status == 0 {
                    0
                } else {
                    last.saturating_add(1).saturating_sub(first).saturating_mul(status)
                }
            });
            (rows.collect(), stored)
        }
    };
    let stored = StoredIndex { first: stored_first, count: stored_count };
    for (name, length) in [("first", first.len()), ("count", count.len())] {
        if length < trains {
            context.odd(&format!("{path}/{name}"), format!("{length} entries for {trains} trains"));
        }
    }
    let fit = |mut values: Vec<u64>| {
        values.resize(trains, 0);
        values
    };
    Ok(Some(Index { first: fit(first), count: fit(count), stored }))
}

/// Values and stored length of an index column; values of more than one dimension count as none. `None`: missing.
fn column(context: &mut Context, path: &str) -> Result<Option<(Vec<u64>, Option<u64>)>> {
    if !context.has(path)? {
        return Ok(None);
    }
    let dataset = context.file.dataset(path)?;
    let [length] = dataset.shape() else {
        context.odd(path, format!("shape {:?} instead of one dimension", dataset.shape()));
        return Ok(Some((Vec::new(), None)));
    };
    let length = *length;
    let limit = (context.file.size() / 8).max(super::MIN_TRAINS).saturating_mul(8);
    let values = context
        .integers::<u64>(path, limit)?
        .ok_or_else(|| Error::bug(format!("{path} has vanished"), context.place(path)))?;
    Ok(Some((values, Some(length))))
}
