//! A Bragg peak of a small crystal: `A sinc^2(pi x / w) sinc^2(pi y / w)` about a fixed place of the first module.

use super::absorption::STEPS;
use crate::detector::Detector;
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Where the peak is, and how large.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BraggPeak {
    /// pixels, centres at whole numbers
    pub slow: f64,
    pub fast: f64,
    /// from the peak to the first fringe's dark line, pixels
    pub width: f64,
    /// photons on the crest at nominal pulse energy, in the middle of the rocking curve
    pub photons: f64,
}

impl BraggPeak {
    pub fn new(detector: Detector) -> Self {
        let (slow, fast) = detector.shape();
        BraggPeak { slow: 0.4 * slow as f64, fast: 0.5 * fast as f64, width: 12.0, photons: 200.0 }
    }

    pub fn intensity(&self, slow: usize, fast: usize) -> f64 {
        let part = |off: f64| {
            let x = PI * off / self.width;
            let sinc = if x.abs() < 1e-9 { 1.0 } else { libm::sin(x) / x };
            sinc * sinc
        };
        self.photons * part(slow as f64 - self.slow) * part(fast as f64 - self.fast)
    }
}

/// Factor of a train: a Gaussian of 3 steps about the middle of a scan of 16, one a train.
pub fn rocking(train: u64) -> f64 {
    let off = ((train % STEPS) as f64 - 0.5 * STEPS as f64) / 3.0;
    libm::exp(-0.5 * off * off)
}
