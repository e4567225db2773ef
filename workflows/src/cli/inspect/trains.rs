//! Trains of a run: how many, from when to when, which are missing.

use serde::Serialize;
use trainyard_format::run::Run;

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trains {
    pub count: usize,
    pub first: Option<u64>,
    pub last: Option<u64>,
    /// from the first to the last, at ten trains a second
    pub seconds: f64,
    /// ids between first and last that no file has: `A:B`, half-open
    pub gaps: Vec<String>,
    pub missing: u64,
    /// trains whose flag is 0
    pub suspect: usize,
    /// their ids: `A:B`, half-open
    pub suspects: Vec<String>,
}

impl Trains {
    pub fn of(run: &Run) -> Self {
        let suspects: Vec<u64> = run.trains.iter().filter(|train| train.flag == 0).map(|train| train.id).collect();
        Self::of_ids(&run.train_ids(), &suspects)
    }

    /// Both ascending.
    fn of_ids(ids: &[u64], suspects: &[u64]) -> Self {
        let holes = ids.windows(2).filter(|pair| pair[1] - pair[0] > 1);
        let gaps: Vec<(u64, u64)> = holes.map(|pair| (pair[0] + 1, pair[1])).collect();
        let span = ids.first().zip(ids.last()).map_or(0, |(first, last)| (last - first).saturating_add(1));
        Trains {
            count: ids.len(),
            first: ids.first().copied(),
            last: ids.last().copied(),
            seconds: span as f64 / 10.0,
            missing: gaps.iter().map(|(from, until)| until - from).sum(),
            gaps: gaps.iter().map(|(from, until)| format!("{from}:{until}")).collect(),
            suspect: suspects.len(),
            suspects: ranges(suspects),
        }
    }
}

/// Neighbours joined.
pub fn ranges(ids: &[u64]) -> Vec<String> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &id in ids {
        match ranges.last_mut() {
            Some((_, until)) if *until == id => *until = id.saturating_add(1),
            _ => ranges.push((id, id.saturating_add(1))),
        }
    }
    ranges.iter().map(|(from, until)| format!("{from}:{until}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_half_open_ranges() {
        let trains = Trains::of_ids(&[10, 11, 14, 15, 20], &[11, 14, 15]);
        assert_eq!((trains.count, trains.missing, trains.gaps), (5, 6, vec!["12:14".to_string(), "16:20".to_string()]));
        assert_eq!((trains.suspect, trains.suspects), (3, vec!["11:12".to_string(), "14:16".to_string()]));
        assert_eq!(trains.seconds, 1.1);
        let none = Trains::of_ids(&[], &[]);
        assert_eq!((none.first, none.seconds), (None, 0.0));
    }
}
