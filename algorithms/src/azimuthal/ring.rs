//! What clipping and quantiles leave of the pixels of one cell.
//!
//! Clipping, in rounds, with weights w = c n and values x = s / n:
//! ```text
//! mean = sum w x / sum w      sd = sqrt(V / sum w^2)      V = sum c^2 v, or sum w^2 (x - mean)^2 (azimuthal, hybrid)
//! drop |x - mean| > cut sd    cut = max(limit, sqrt(2 ln(max(3, n) / sqrt(2 pi))))
//! ```
//! as pyFAI's `sigma_clip`; the second term is Chauvenet's: of n normal values less than half a one lies beyond it.
//!
//! Quantiles: pixels sorted by x stand one behind the other, each as long as its weight. Kept is what lies between the two
//! points; at a point between two pixels (twice the same quantile) both are kept.

use std::f64::consts::PI;

use super::options::ErrorModel;

/// A pixel's part in a cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Member {
    pub(super) value: f64,
    pub(super) weight: f64,
    pub(super) variance: f64,
}

/// Drops what lies too far off the mean; `known`: the variance is that of the pixels, whatever the model.
pub(super) fn clip(ring: &mut Vec<Member>, model: ErrorModel, known: bool, limit: f64, rounds: usize) {
    let spread = !known && matches!(model, ErrorModel::Azimuthal | ErrorModel::Hybrid);
    for _ in 0..rounds {
        let [mut signal, mut weights, mut squares, mut variance] = [0.0; 4];
        for member in ring.iter() {
            signal += member.value * member.weight;
            weights += member.weight;
            squares += member.weight * member.weight;
            variance += member.variance;
        }
        if weights.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
            return;
        }
        let mean = signal / weights;
        if spread {
            let off = |member: &Member| member.weight * (member.value - mean);
            variance = ring.iter().map(off).map(|off| off * off).sum();
        }
        let cut = limit.max(chauvenet(ring.len())) * (variance / squares).sqrt();
        let before = ring.len();
        // photons may have a variance below zero: nothing is known then, and nothing is dropped
        ring.retain(|member| (member.value - mean).abs() <= cut || cut.is_nan());
        if ring.len() == before {
            return;
        }
    }
}

fn chauvenet(pixels: usize) -> f64 {
    (2.0 * libm::log(pixels.max(3) as f64 / (2.0 * PI).sqrt())).sqrt()
}

/// Keeps what lies between two quantiles.
pub(super) fn between(ring: &mut Vec<Member>, quantiles: [f64; 2]) {
    ring.sort_by(|a, b| a.value.total_cmp(&b.value));
    let total: f64 = ring.iter().map(|member| member.weight).sum();
    let [low, high] = quantiles.map(|quantile| quantile * total);
    // what is so near to a point lies on it
    let near = 1e-12 * total;
    let mut at = 0.0;
    ring.retain_mut(|member| {
        let (from, to) = (at, at + member.weight);
        at = to;
        if low == high {
            return to >= low - near && from <= low + near;
        }
        let share = (to.min(high) - from.max(low)) / member.weight;
        let kept = share > 1e-12;
        let share = share.min(1.0);
        member.weight *= share;
        member.variance *= share * share;
        kept
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(values: &[(f64, f64)]) -> Vec<Member> {
        values.iter().map(|&(value, weight)| Member { value, weight, variance: weight * weight }).collect()
    }

    fn mean(ring: &[Member]) -> f64 {
        ring.iter().map(|m| m.value * m.weight).sum::<f64>() / ring.iter().map(|m| m.weight).sum::<f64>()
    }

    #[test]
    fn a_median_of_equal_weights_is_that_of_numbers() {
        let median = |values: &[f64]| {
            let mut ring = ring(&values.iter().map(|&value| (value, 0.7)).collect::<Vec<_>>());
            between(&mut ring, [0.5, 0.5]);
            mean(&ring)
        };
        assert!((median(&[5.0, 1.0, 3.0]) - 3.0).abs() < 1e-15);
        assert!((median(&[5.0, 1.0, 3.0, 4.0]) - 3.5).abs() < 1e-15);
        assert!((median(&[2.0]) - 2.0).abs() < 1e-15);
    }

    #[test]
    fn quantiles_take_parts_of_pixels() {
        let mut pixels = ring(&[(4.0, 1.0), (1.0, 1.0), (3.0, 2.0), (2.0, 1.0)]);
        between(&mut pixels, [0.3, 0.7]);
        // 1.5 to 3.5 of 5: half of the 2, and 1.5 of the 3
        assert_eq!(pixels.iter().map(|m| (m.value, m.weight)).collect::<Vec<_>>(), [(2.0, 0.5), (3.0, 1.5)]);
        let mut all = ring(&[(4.0, 1.0), (1.0, 3.0)]);
        between(&mut all, [0.0, 1.0]);
        assert_eq!(mean(&all), 1.75);
    }

    #[test]
    fn what_is_far_off_is_clipped_in_rounds() {
        let mut values: Vec<(f64, f64)> = (0..100).map(|at| (f64::from(at % 5), 1.0)).collect();
        values.extend([(1e6, 1.0), (50.0, 1.0)]);
        let mut pixels = ring(&values);
        clip(&mut pixels, ErrorModel::Azimuthal, false, 5.0, 5);
        assert_eq!((pixels.len(), mean(&pixels)), (100, 2.0));
        // one round does not see the second one behind the first
        let mut pixels = ring(&values);
        clip(&mut pixels, ErrorModel::Azimuthal, false, 5.0, 1);
        assert_eq!(pixels.len(), 101);
        // a variance of 1: 5 sigma are 5
        let mut pixels = ring(&[(0.0, 1.0), (0.0, 1.0), (0.0, 1.0), (8.0, 1.0)]);
        clip(&mut pixels, ErrorModel::Poisson, false, 5.0, 5);
        assert_eq!(pixels.len(), 3);
        let mut nothing = Vec::new();
        clip(&mut nothing, ErrorModel::Poisson, false, 5.0, 5);
        assert!(nothing.is_empty());
    }
}
