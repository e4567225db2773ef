//! From pixels that hang together to a peak, or none.

use super::finder::Options;
use super::level::Level;
use super::rings::{Panel, Rings};

/// A peak of one panel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// position of the module
    pub module: usize,
    /// centroid in the module's array, pixel centres at integers
    pub fast: f64,
    pub slow: f64,
    /// sum of the pixels above the local background
    pub intensity: f64,
    /// brightest pixel above the local background
    pub maximum: f64,
    /// standard deviation of the local background
    pub sigma: f64,
    pub snr: f64,
    pub pixels: u32,
}

/// Where there is no spread to be had.
const SIGMA: f64 = 0.01;
const NOTHING: f64 = 1e-10;

/// What surrounds a peak.
struct Background {
    offset: f64,
    sigma: f64,
    top: f64,
}

/// A frame and what is known of its rings.
pub(super) struct Ground<'a> {
    pub(super) frame: &'a [f32],
    pub(super) rings: &'a Rings,
    pub(super) levels: &'a [Level],
    pub(super) options: &'a Options,
}

impl Ground<'_> {
    fn level(&self, at: usize) -> Option<&Level> {
        self.levels.get(self.rings.of(at)?)
    }

    /// The peak that `pixels` of the panel are; `None`: they are rejected.
    pub(super) fn peak(&self, panel: &Panel, pixels: &[u32]) -> Option<Peak> {
        let values = pixels.iter().map(|&at| {
            let at = at as usize;
            let (row, column) = panel.place(at);
            (f64::from(self.frame[at]), row as f64, column as f64, self.level(at).map_or(0.0, |l| l.mean))
        });
        let (mut weights, mut row, mut column) = (0.0, 0.0, 0.0);
        for (value, y, x, mean) in values.clone() {
            let weight = (value - mean).abs();
            (weights, row, column) = (weights + weight, row + weight * y, column + weight * x);
        }
        if weights == 0.0 {
            return None;
        }
        let Background { offset, sigma, top } = self.background(panel, [row / weights, column / weights], pixels[0]);
        let (mut sum, mut intensity, mut maximum) = (0.0, 0.0, 0.0f64);
        (row, column) = (0.0, 0.0);
        for (value, y, x, _) in values {
            (sum, row, column) = (sum + value, row + value * y, column + value * x);
            intensity += value - offset;
            maximum = maximum.max(value - offset);
        }
        if sum.abs() < NOTHING {
            return None;
        }
        let (row, column) = (row / sum.abs(), column / sum.abs());
        let snr = if sigma.abs() < NOTHING { 0.0 } else { intensity / sigma };
        let inside =
            (0.0..=(panel.height - 1) as f64).contains(&row) && (0.0..=(panel.width - 1) as f64).contains(&column);
        let saturated = self.options.saturation.is_some_and(|limit| maximum > f64::from(limit));
        if snr < self.options.snr || maximum < top - offset || !inside || saturated {
            return None;
        }
        Some(Peak {
            module: panel.module,
            fast: panel.fast as f64 + column,
            slow: panel.slow as f64 + row,
            intensity,
            maximum,
            sigma,
            snr,
            pixels: pixels.len() as u32,
        })
    }

    /// Of the disc about the rounded centre; `seed` is a pixel of the peak.
    fn background(&self, panel: &Panel, centre: [f64; 2], seed: u32) -> Background {
        // weighted means of positions in the panel: neither negative nor beyond its end
        let [row, column] = centre.map(|position| position.round_ties_even() as usize);
        let reach = 2 * self.options.background_radius as usize;
        let (mut count, mut sum, mut squares, mut top) = (0.0, 0.0, 0.0, 0.0f64);
        for y in row.saturating_sub(reach)..(row + reach).min(panel.height) {
            for x in column.saturating_sub(reach)..(column + reach).min(panel.width) {
                let (i, j) = (y.abs_diff(row), x.abs_diff(column));
                let at = panel.at(y, x);
                let Some(level) = self.level(at).filter(|_| i * i + j * j <= reach * reach) else { continue };
                let value = self.frame[at];
                if value < level.below && value.is_finite() {
                    let value = f64::from(value);
                    (count, sum, squares) = (count + 1.0, sum + value, squares + value * value);
                    top = top.max(value);
                }
            }
        }
        if count == 0.0 {
            // a centre that is no used pixel has no ring: that of the first pixel then
            let level = self.level(panel.at(row, column)).or_else(|| self.level(seed as usize));
            return Background { offset: level.map_or(0.0, |l| l.mean), sigma: SIGMA, top };
        }
        let offset = sum / count;
        let variance: f64 = squares / count - offset * offset;
        Background { offset, sigma: if variance >= 0.0 { variance.sqrt() } else { SIGMA }, top }
    }
}
