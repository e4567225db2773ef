//! Scores at one pulse energy.

use super::{quartiles, windows, Quartiles};
use std::ops::Range;

/// uJ; a weaker pulse says nothing, as EXtra-redu has it.
pub const LEAST_ENERGY: f64 = 200.0;

/// Multiplies each score by mu_E / E, mu_E the median of the energies in the train's window (the one that thresholds have,
/// over all frames with an energy). Says which frames may be hit or miss: those with E > `least`; the score of the others
/// stays as it is.
///
/// # Panics
/// When a train lies outside `scores`, or `energies` has another length.
pub fn normalise(
    scores: &mut [f64],
    energies: &[f64],
    trains: &[Range<usize>],
    min_scores: usize,
    least: f64,
) -> Vec<bool> {
    let known: Vec<bool> = energies.iter().map(|e| e.is_finite()).collect();
    let medians = quartiles(energies, &known, &windows(&known, trains, min_scores));
    let good: Vec<bool> = energies.iter().map(|e| e.is_finite() && *e > least).collect();
    for (train, median) in trains.iter().zip(medians) {
        let Some(Quartiles([_, median, _])) = median else { continue };
        for frame in train.clone().filter(|&f| good[f]) {
            scores[frame] *= median / energies[frame];
        }
    }
    good
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_in_proportion_to_the_energy_becomes_constant() {
        let energies = [400.0, 800.0, 1200.0, f64::NAN, 100.0];
        let mut scores = [4.0, 8.0, 12.0, 3.0, 1.0];
        let good = normalise(&mut scores, &energies, std::slice::from_ref(&(0..5)), 0, LEAST_ENERGY);
        assert_eq!(good, [true, true, true, false, false]);
        // the median also counts the weak pulse
        assert_eq!(scores, [6.0, 6.0, 6.0, 3.0, 1.0]);
    }
}
