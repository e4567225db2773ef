//! A powder: `I(r) = diffuse(r) + sum_i A_i exp(-(r - r_i)^2 / (2 w_i^2))`, taken at the pixel centre.

use super::{smooth, Beam};
use crate::detector::{Detector, PixelMap};
use serde::{Deserialize, Serialize};

/// Radius (fraction of the half width) and photons a pixel on the crest, at nominal pulse energy.
const RINGS: [(f64, f64); 5] = [(0.28, 2.0), (0.42, 1.2), (0.55, 3.0), (0.70, 0.8), (0.86, 1.5)];
/// Standard deviation of the profile, pixels.
const WIDTH: f64 = 3.0;

/// One Debye-Scherrer ring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ring {
    pub radius_mm: f64,
    pub q_per_nm: f64,
    /// standard deviation of the profile
    pub width_mm: f64,
    /// photons a pixel on the crest above the background, at nominal pulse energy
    pub photons: f64,
}

/// Expected photons at distance `r`.
pub fn intensity(r: f64, half: f64) -> f64 {
    let ring = |&(radius, height): &(f64, f64)| {
        let x = (r - radius * half) / WIDTH;
        height * libm::exp(-0.5 * x * x)
    };
    smooth::diffuse(r, half) + RINGS.iter().map(ring).sum::<f64>()
}

/// To the nanometre, so that no digits of rounding are shown.
fn millimetres(metres: f64) -> f64 {
    libm::rint(metres * 1e9) / 1e6
}

/// The rings as they can be measured.
pub fn rings(detector: Detector, beam: &Beam, brightness: f64) -> Vec<Ring> {
    let half = PixelMap::new(detector).half_width();
    let pixel = detector.pixel_size();
    let ring = |&(radius, height): &(f64, f64)| Ring {
        radius_mm: millimetres(radius * half * pixel),
        q_per_nm: beam.q(radius * half * pixel),
        width_mm: millimetres(WIDTH * pixel),
        photons: brightness * height,
    };
    RINGS.iter().map(ring).collect()
}
