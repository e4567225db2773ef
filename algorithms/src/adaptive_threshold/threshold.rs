//! Thresholds by train.

use super::{quartiles, windows, Quartiles};
use std::ops::Range;

/// Interquartile range of a normal distribution in units of its sigma, as EXtra-redu rounds it.
const QUARTILES_APART: f64 = 1.34896;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// how many sigma above the centre
    pub snr: f64,
    /// scores that a window should have
    pub min_scores: usize,
    /// sigma from the lower quartile alone
    pub lower_quartile: bool,
}

/// What a train's scores are compared with, in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    pub value: f64,
    /// median of the window
    pub mu: f64,
    pub sigma: f64,
}

impl Threshold {
    fn new(Quartiles([q25, q50, q75]): Quartiles, options: &Options) -> Self {
        let apart = if options.lower_quartile { 2.0 * (q50 - q25) } else { q75 - q25 };
        let sigma = apart / QUARTILES_APART;
        Threshold { value: q50 + options.snr * sigma, mu: q50, sigma }
    }
}

/// Threshold of each train, `None` where its window has no valid score.
///
/// # Panics
/// When a train lies outside `scores`, or `valid` has another length.
pub fn thresholds(
    scores: &[f64],
    valid: &[bool],
    trains: &[Range<usize>],
    options: &Options,
) -> Vec<Option<Threshold>> {
    let windows = windows(valid, trains, options.min_scores);
    let found = quartiles(scores, valid, &windows);
    found.into_iter().map(|q| q.map(|q| Threshold::new(q, options))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lower_quartile_ignores_hits() {
        let mut scores: Vec<f64> = (0..100).map(f64::from).collect();
        scores[70..].fill(1e6);
        let with = |lower_quartile| {
            let options = Options { snr: 4.0, min_scores: 100, lower_quartile };
            thresholds(&scores, &[true; 100], std::slice::from_ref(&(0..100)), &options)[0].unwrap()
        };
        assert!(with(false).value > 1e6);
        let t = with(true);
        assert_eq!((t.mu, t.sigma), (49.5, 2.0 * (49.5 - 24.75) / 1.34896));
        assert_eq!(t.value, 49.5 + 4.0 * t.sigma);
    }

    #[test]
    fn a_run_without_scores_has_no_threshold() {
        let options = Options { snr: 4.0, min_scores: 100, lower_quartile: false };
        assert_eq!(thresholds(&[f64::NAN; 2], &[false; 2], &[0..1, 1..2, 2..2], &options), [None, None, None]);
    }
}
