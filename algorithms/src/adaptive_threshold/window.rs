//! Which scores a train's threshold is made of.

use std::ops::Range;

/// The window of each train, as a range of frames of which the `valid` ones count.
///
/// Let C be the running count of valid frames (inclusive), f and l the train's first and last frame, n = C(l) - C(f) + 1
/// and e = max(0, (min_scores - n) / 2), rounded down. (Where f is not valid, n is one more than the train has.)
///
/// - e = 0: the train alone.
/// - start: 0 while fewer than e valid frames lie before f; else the first frame, from the start before on but before f,
///   with C > C(f) - e; if there is none (e = 1), the start stays where it was, so that windows grow from train to train.
/// - end: the run's where fewer than e valid frames lie behind l; else the frame with which C reaches C(l) + e, excluded.
///
/// Inside the run that is e - 1 valid frames on each side (e before an f that is not valid); at its ends the window is
/// cut, not moved. A train without
/// frames has an empty window and leaves the next ones as they are.
///
/// # Panics
/// When a train lies outside `valid`.
pub fn windows(valid: &[bool], trains: &[Range<usize>], min_scores: usize) -> Vec<Range<usize>> {
    let running: Vec<usize> = valid
        .iter()
        .scan(0, |sum, &v| {
            *sum += usize::from(v);
            Some(*sum)
        })
        .collect();
    let total = running.last().copied().unwrap_or(0);
    let mut start = 0;
    let mut place = |train: &Range<usize>| {
        let (first, end) = (train.start, train.end);
        if train.is_empty() {
            return first..first;
        }
        let (at_first, at_last) = (running[first], running[end - 1]);
        let before = at_first - usize::from(valid[first]);
        let extra = min_scores.saturating_sub(at_last - at_first + 1) / 2;
        if extra == 0 {
            start = first;
            return first..end;
        }
        if before < extra {
            start = 0;
        } else {
            let found = start + running[start..first].partition_point(|&c| c + extra <= at_first);
            if found < first {
                start = found;
            }
        }
        let stop =
            if total - at_last < extra { valid.len() } else { running.partition_point(|&c| c < at_last + extra) };
        start..stop
    };
    trains.iter().map(&mut place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trains(counts: &[usize]) -> Vec<Range<usize>> {
        let mut end = 0;
        counts
            .iter()
            .map(|c| {
                end += c;
                end - c..end
            })
            .collect()
    }

    /// How far each window reaches beyond its train.
    fn reach(valid: &[bool], counts: &[usize], min_scores: usize) -> Vec<(usize, usize)> {
        let trains = trains(counts);
        let beyond = |(w, t): (Range<usize>, &Range<usize>)| (t.start - w.start, w.end - t.end);
        windows(valid, &trains, min_scores).into_iter().zip(&trains).map(beyond).collect()
    }

    #[test]
    fn takes_one_less_than_half_of_what_is_missing_on_each_side() {
        assert_eq!(reach(&[true; 28], &[7; 4], 11), [(0, 1), (1, 1), (1, 1), (1, 0)]);
        // 31 a train, 100 asked for: 97 inside the run
        let wide = windows(&[true; 620], &trains(&[31; 20]), 100);
        assert_eq!(wide[10].len(), 97);
        assert_eq!(wide[0].len(), 31 + 33);
    }

    #[test]
    fn a_train_with_enough_stands_alone() {
        assert_eq!(reach(&[true; 21], &[7; 3], 8), [(0, 0); 3]);
        assert_eq!(reach(&[true; 21], &[7; 3], 0), [(0, 0); 3]);
    }

    #[test]
    fn one_score_short_the_start_stays() {
        assert_eq!(reach(&[true; 21], &[7; 3], 9), [(0, 0), (7, 0), (14, 0)]);
        // as EXtra-redu does it: the train with 8 sets the start, the last one keeps that of the train with 2
        let expected = [(0, 0), (2, 2), (5, 0), (12, 0), (0, 0), (0, 0), (2, 2), (4, 0)];
        assert_eq!(reach(&[true; 50], &[7, 3, 7, 7, 8, 9, 2, 7], 9), expected);
    }

    #[test]
    fn frames_without_a_score_widen_the_window() {
        // trains 0111 1111 0111: the last has 3 but counts as one with 4, and takes 2 before it instead of 1
        let valid: Vec<bool> = (0..12).map(|i| i != 0 && i != 8).collect();
        assert_eq!(reach(&valid, &[4, 4, 4], 8), [(0, 1), (1, 2), (2, 0)]);
    }

    #[test]
    fn trains_without_frames_change_nothing() {
        let with = windows(&[true; 21], &trains(&[7, 0, 7, 7, 0]), 11);
        let without = windows(&[true; 21], &trains(&[7, 7, 7]), 11);
        assert_eq!([&with[0], &with[2], &with[3]], [&without[0], &without[1], &without[2]]);
        assert!(with[1].is_empty() && with[4].is_empty());
        assert!(windows(&[], &[], 100).is_empty());
    }
}
