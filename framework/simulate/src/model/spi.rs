//! A single particle: the form factor of a sphere, `|3 (sin x - x cos x) / x^3|^2`, x = q R.
//!
//! `share(r)` is normalised so that it adds up to 1 over all pixels of the detector: a frame's weight is the number of
//! photons that the particle scatters onto it. R puts the first minimum (x = 4.4934) at 60 pixels.

use super::Beam;
use crate::detector::{Detector, PixelMap};
use crate::random::{Purpose, Stream};
use rayon::prelude::*;

pub(super) const FIRST_MINIMUM: f64 = 4.493_409_457_909_064;
const FIRST_MINIMUM_PIXELS: f64 = 60.0;
/// photons of the weakest and the strongest hit on the whole detector at nominal pulse energy
const PHOTONS: (f64, f64) = (10_000.0, 200_000.0);

/// The pattern of one size of particle.
#[derive(Clone, Debug)]
pub struct SphereModel {
    beam: Beam,
    pixel: f64,
    /// nm
    radius: f64,
    /// sum of the form factor over the detector
    sum: f64,
    seed: u64,
}

/// `|3 (sin x - x cos x) / x^3|^2`
pub(super) fn form_factor(x: f64) -> f64 {
    if x < 1e-2 {
        // its series, where the difference would cancel
        let amplitude = 1.0 - x * x / 10.0;
        return amplitude * amplitude;
    }
    let amplitude = 3.0 * (libm::sin(x) - x * libm::cos(x)) / (x * x * x);
    amplitude * amplitude
}

impl SphereModel {
    pub fn new(detector: Detector, beam: Beam, seed: u64) -> Self {
        let pixel = detector.pixel_size();
        let radius = FIRST_MINIMUM / beam.q(FIRST_MINIMUM_PIXELS * pixel);
        let mut model = SphereModel { beam, pixel, radius, sum: 1.0, seed };
        let map = PixelMap::new(detector);
        let modules = detector.module_numbers().count();
        let sums: Vec<f64> = (0..modules)
            .into_par_iter()
            .map(|module| map.radii(module).iter().map(|&r| model.share(r)).sum())
            .collect();
        model.sum = sums.iter().sum();
        model
    }

    /// Radius of the particle, nm.
    pub fn radius(&self) -> f64 {
        self.radius
    }

    /// Photons of the weakest and the strongest hit at nominal pulse energy, before `brightness`.
    pub const PHOTONS: (f64, f64) = PHOTONS;

    /// Part of the photons that falls into a pixel at distance `r` (pixels).
    pub fn share(&self, r: f64) -> f64 {
        form_factor(self.beam.q(r * self.pixel) * self.radius) / self.sum
    }

    /// Photons of a hit, even on a logarithmic scale.
    pub fn weight(&self, train: u64, cell: u16) -> f64 {
        let u = Stream::new(self.seed, Purpose::Hit, 0, 0, train, u64::from(cell)).uniform(1);
        PHOTONS.0 * libm::pow(PHOTONS.1 / PHOTONS.0, u)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::specification::Kind;

    #[test]
    fn the_shares_add_up_and_vanish_at_the_first_minimum() {
        let sphere = SphereModel::new(Detector::Agipd, Beam::of(Kind::Spi), 1);
        let map = PixelMap::new(Detector::Agipd);
        let sum: f64 = (0..16).flat_map(|module| map.radii(module)).map(|r| sphere.share(r)).sum();
        assert!((sum - 1.0).abs() < 1e-12, "{sum}");
        assert!(sphere.share(60.0) < 1e-12 * sphere.share(0.0));
        assert!((form_factor(0.00999) / form_factor(0.01001) - 1.0).abs() < 1e-5);
    }
}
