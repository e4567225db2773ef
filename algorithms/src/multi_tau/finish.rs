//! The division: g2 from the sums of all trains.

use super::partial::Sums;
use super::{MultiTau, MultiTauError, Partial};

/// g2 of every ring.
#[derive(Clone, Debug, PartialEq)]
pub struct G2 {
    /// Lags in frames, ascending.
    pub lags: Vec<u64>,
    /// `[lag][ring]`; NaN where no pair of frames exists or the intensity is zero.
    pub g2: Vec<f64>,
    /// Pairs of frames, `[lag][ring]`.
    pub counts: Vec<u64>,
    /// Number of rings: the length of a row of `g2`.
    pub rings: usize,
    /// By ring, pixels that are not bad in every frame.
    pub pixels: Vec<u64>,
    /// By ring, frames in which none of these pixels is bad: the others gave no pair.
    pub frames: Vec<u64>,
    /// Frames in all.
    pub seen: u64,
}

impl MultiTau {
    /// Divides the sums. With `pixel`, pixels without intensity in either half have no g2 and are left out of the ring's mean.
    ///
    /// # Errors
    /// [`MultiTauError::Mismatch`] where the partial is another correlator's.
    pub fn finish(&self, partial: &Partial) -> Result<G2, MultiTauError> {
        if !self.made(partial) {
            return Err(MultiTauError::Mismatch);
        }
        let rings = self.ring_sizes.len();
        let lags = self.lags();
        let dead = |ring: usize| partial.dead[ring].as_ref().map_or(0, Vec::len);
        let pixels: Vec<u64> =
            self.ring_sizes.iter().enumerate().map(|(ring, size)| size.saturating_sub(dead(ring)) as u64).collect();
        let mut g2 = Vec::with_capacity(lags.len() * rings);
        for lag in 0..lags.len() {
            let mut pixel = lag * self.pixels;
            for (ring, &size) in self.ring_sizes.iter().enumerate() {
                let cell = lag * rings + ring;
                let count = partial.counts[cell] as f64;
                g2.push(match &partial.sums {
                    Sums::Roi { numerator, past, future } => ratio(
                        numerator[cell].value(),
                        past[cell].value(),
                        future[cell].value(),
                        pixels[ring] as f64 * count,
                    )
                    .unwrap_or(f64::NAN),
                    Sums::Pixel { numerator, past, future } => {
                        let range = pixel..pixel + size;
                        mean((range).filter_map(|px| ratio(numerator[px], past[px], future[px], count)))
                    }
                });
                pixel += size;
            }
        }
        let (counts, frames) = (partial.counts.clone(), partial.frames.clone());
        Ok(G2 { lags, g2, counts, rings, pixels, frames, seen: partial.seen })
    }
}

/// `(numerator / terms) / ((past / terms) (future / terms))`, unless a mean is zero.
fn ratio(numerator: f64, past: f64, future: f64, terms: f64) -> Option<f64> {
    (past != 0.0 && future != 0.0).then(|| (numerator / past) * (terms / future))
}

/// The mean in order, NaN of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    if count == 0 {
        f64::NAN
    } else {
        sum / count as f64
    }
}
