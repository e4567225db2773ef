//! Small-angle scattering of equal spheres: `A |3 (sin x - x cos x) / x^3|^2 + B`, x = q R.

use super::spi::{form_factor, FIRST_MINIMUM};
use super::Beam;
use crate::detector::Detector;

/// The solution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spheres {
    beam: Beam,
    pixel: f64,
    /// R, nm
    pub radius: f64,
    /// A, photons a pixel at nominal pulse energy
    pub forward: f64,
    /// B
    pub background: f64,
}

impl Spheres {
    /// The first minimum is 120 pixels from the beam.
    pub fn new(detector: Detector, beam: &Beam) -> Self {
        let pixel = detector.pixel_size();
        Spheres { beam: *beam, pixel, radius: FIRST_MINIMUM / beam.q(120.0 * pixel), forward: 50.0, background: 0.05 }
    }

    /// Expected photons at distance `r` (pixels).
    pub fn intensity(&self, r: f64) -> f64 {
        self.forward * form_factor(self.beam.q(r * self.pixel) * self.radius) + self.background
    }
}
