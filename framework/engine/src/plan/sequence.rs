//! Sequences: contiguous trains, the unit of work, of output files, of restart and of merging.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// How long a sequence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SequenceSize {
    Trains(usize),
    /// stored detector bytes of the input
    Bytes(u64),
}

/// Without a wish: a few seconds of reading, so that ranks balance and a restart loses little.
const DEFAULT_BYTES: u64 = 2 << 30;
/// Tables of a sequence stay small even for runs of tiny frames.
const MOST_TRAINS: usize = 4096;

/// Maps that a sequence leaves are to be less than a tenth of what is read for them.
const READ_FOR_MAPS: u64 = 10;
/// But a run has at least so many sequences, as far as it has trains.
const FEWEST: usize = 16;

/// Cuts `trains` trains that hold `stored_bytes` together and leave maps of `map_bytes` in every sequence. Depends on nothing
/// else, least of all on the number of ranks.
pub fn cut(trains: usize, stored_bytes: u64, map_bytes: u64, size: Option<SequenceSize>) -> Vec<Range<usize>> {
    let by_bytes = |bytes: u64| {
        let per_train = (stored_bytes / trains.max(1) as u64).max(1);
        usize::try_from(bytes / per_train).unwrap_or(usize::MAX).clamp(1, MOST_TRAINS)
    };
    let length = match size {
        Some(SequenceSize::Trains(n)) => n.max(1),
        Some(SequenceSize::Bytes(bytes)) => by_bytes(bytes),
        None => {
            let for_maps = by_bytes(map_bytes.saturating_mul(READ_FOR_MAPS)).min(trains / FEWEST);
            by_bytes(DEFAULT_BYTES).max(for_maps)
        }
    };
    if trains == 0 {
        // files that list no train, so that even such a run has results
        return std::iter::once(0..0).collect();
    }
    (0..trains).step_by(length).map(|start| start..trains.min(start + length)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_has_these_numbers() {
        let (concept, keys) = (
            include_str!("../../../../docs/concepts/sequences.md"),
            include_str!("../../../../docs/reference/workflow-keys.md"),
        );
        let size = format!("{} GiB", DEFAULT_BYTES >> 30);
        assert!(concept.contains(&format!("about {size} of stored")) && keys.contains(&format!("| {size} |")));
        assert!(concept.contains(&format!("{MOST_TRAINS} trains")));
    }

    #[test]
    fn covers_every_train_once() {
        assert_eq!(cut(7, 700, 0, Some(SequenceSize::Trains(3))), vec![0..3, 3..6, 6..7]);
        assert_eq!(cut(4, 400, 0, Some(SequenceSize::Bytes(250))), vec![0..2, 2..4]);
        assert_eq!(cut(0, 0, 0, None), [Range::<usize>::default()]);
        assert_eq!(cut(3, u64::MAX, 0, Some(SequenceSize::Bytes(1))), vec![0..1, 1..2, 2..3]);
    }
    #[test]
    fn large_maps_make_sequences_longer_but_not_fewer_than_sixteen() {
        let lengths = |maps: u64| cut(1600, 1600 << 30, maps, None)[0].len();
        assert_eq!([0, 1 << 20, 1 << 30, 100 << 30].map(lengths), [2, 2, 10, 100]);
        assert_eq!(cut(10, 10 << 30, 100 << 30, None).len(), 5);
    }
}
