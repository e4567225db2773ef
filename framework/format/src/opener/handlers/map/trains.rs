//! INDEX/trainId, timestamp, flag, origin.

use super::{Context, MIN_TRAINS};
use crate::error::Result;
use crate::map::FormatVersion;

pub(super) struct Trains {
    pub ids: Vec<u64>,
    /// entries of INDEX/trainId with its padding
    pub stored: u64,
    pub timestamps: Vec<u64>,
    pub flags: Vec<i32>,
    pub origins: Vec<i32>,
}

pub(super) fn read(context: &mut Context, version: &FormatVersion) -> Result<Trains> {
    // A train takes at least its 8 bytes of id.
    let limit = (context.file.size() / 8).max(MIN_TRAINS).saturating_mul(8);
    let mut ids: Vec<u64> =
        context.integers("INDEX/trainId", limit)?.ok_or_else(|| context.missing("INDEX/trainId"))?;
    let stored = ids.len() as u64;
    ids.truncate(ids.iter().rposition(|&id| id != 0).map_or(0, |last| last + 1));
    let zeros = ids.iter().filter(|&&id| id == 0).count();
    if zeros > 0 {
        context.odd("INDEX/trainId", format!("{zeros} zeros before the last train id"));
    }
    let count = ids.len();
    let timestamps = context.integers("INDEX/timestamp", limit)?;
    let timestamps = fitted(context, "INDEX/timestamp", timestamps, count, 0u64);
    let origins = context.integers("INDEX/origin", limit)?;
    let origins = fitted(context, "INDEX/origin", origins, count, -1i32);
    let stored_flags = context.integers("INDEX/flag", limit)?;
    let flags = match (version, stored_flags) {
        (FormatVersion::Legacy, None) => guessed_flags(&ids),
        (FormatVersion::Stated(_), None) => return Err(context.missing("INDEX/flag")),
        (FormatVersion::Stated(version), Some(flags)) if version == "1.1" => {
            // 1.1 stored an index of the source that first told of the train, 0 being the time server.
            let flags = flags.into_iter().map(|flag: i32| i32::from(flag == 0)).collect();
            fitted(context, "INDEX/flag", Some(flags), count, 1)
        }
        (_, Some(flags)) => fitted(context, "INDEX/flag", Some(flags), count, 1),
    };
    Ok(Trains { ids, stored, timestamps, flags, origins })
}

/// Cut to the number of trains, or filled up with `missing` and noted; empty when the file has none.
fn fitted<T: Clone>(context: &mut Context, path: &str, values: Option<Vec<T>>, count: usize, missing: T) -> Vec<T> {
    let Some(mut values) = values else { return Vec::new() };
    if values.len() < count {
        context.odd(path, format!("{} entries for {count} trains", values.len()));
    }
    values.resize(count, missing);
    values
}

/// Files before 1.0 have no flags. Where ids descend, the side that loses fewer trains is suspect: those before with ids
/// from the next one on, or those after with ids up to the previous one; what remains increases.
fn guessed_flags(ids: &[u64]) -> Vec<i32> {
    let mut flags = vec![1; ids.len()];
    for step in 1..ids.len() {
        let (previous, next) = (ids[step - 1], ids[step]);
        if next > previous {
            continue;
        }
        let before = ids[..step].iter().rev().take_while(|&&id| id >= next).count();
        let after = ids[step..].iter().take_while(|&&id| id <= previous).count();
        if before < after {
            flags[step - before..step].fill(0);
        } else {
            flags[step..step + after].fill(0);
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::guessed_flags;

    #[test]
    fn the_smaller_side_of_a_descent_is_suspect() {
        assert_eq!(guessed_flags(&[1, 2, 3]), [1, 1, 1]);
        assert_eq!(guessed_flags(&[1, 2, 9, 3, 4, 5]), [1, 1, 0, 1, 1, 1]);
        assert_eq!(guessed_flags(&[5, 6, 7, 1, 8, 9]), [1, 1, 1, 0, 1, 1]);
        assert_eq!(guessed_flags(&[1, 2, 2, 3]), [1, 1, 0, 1]);
        assert_eq!(guessed_flags(&[]), [0i32; 0]);
    }
}
