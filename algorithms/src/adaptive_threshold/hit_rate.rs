//! The hit rate about each train.

use std::ops::Range;

/// Trains that the running hit rate is taken over.
pub const TRAINS: usize = 200;

/// Hits / frames over `window` trains, from window/2 - 1 before each to window/2 behind it, cut at the ends of the run.
/// All frames count, also those that can be neither hit nor miss. 0 where there are none.
///
/// # Panics
/// When a train lies outside `hits`.
pub fn hit_rate(hits: &[bool], trains: &[Range<usize>], window: usize) -> Vec<f64> {
    let half = (window / 2).max(1);
    let running: Vec<(u64, u64)> = std::iter::once((0, 0))
        .chain(trains.iter().scan((0, 0), |(hit, all), train| {
            *hit += hits[train.clone()].iter().filter(|h| **h).count() as u64;
            *all += train.len() as u64;
            Some((*hit, *all))
        }))
        .collect();
    let rate = |train: usize| {
        let from = running[(train + 1).saturating_sub(half)];
        let to = running[train.saturating_add(half).saturating_add(1).min(trains.len())];
        let frames = to.1 - from.1;
        if frames == 0 {
            0.0
        } else {
            (to.0 - from.0) as f64 / frames as f64
        }
    };
    (0..trains.len()).map(rate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_cut_at_the_ends() {
        // one hit, in the third of five trains of two frames
        let hits: Vec<bool> = (0..10).map(|i| i == 4).collect();
        let trains: Vec<Range<usize>> = (0..5).map(|t| 2 * t..2 * t + 2).collect();
        assert_eq!(hit_rate(&hits, &trains, 4), [1.0 / 6.0, 1.0 / 8.0, 1.0 / 8.0, 1.0 / 6.0, 0.0]);
        assert_eq!(hit_rate(&[], &[0..0, 0..0], TRAINS), [0.0; 2]);
    }
}
