//! What falls onto the detector: expected photons per pixel, before counting.
//!
//! Of every frame but those of speckles the expectation is
//! `E / E0 (background + weight * pattern + spots)`, with the pulse energy E, the nominal energy E0, tables `background` and
//! `pattern` of each module, and the frame's own `weight` and `spots`.

mod powder;
mod sfx;
mod smooth;
mod speckle;
mod spi;

pub use powder::{rings, Ring};
pub use sfx::{Spot, SpotModel};
pub use speckle::SpeckleField;
pub use spi::SphereModel;

use crate::detector::PixelMap;
use crate::specification::{Kind, SimulationSpec};

/// h c in eV nm (CODATA 2018)
const PLANCK_LIGHT: f64 = 1_239.841_984;

/// Camera length and photon energy of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beam {
    /// detector distance, m
    pub clen: f64,
    /// eV
    pub photon_energy: f64,
}

impl Beam {
    /// Hard X-rays at 0.2 m; XPCS at 7.5 m.
    pub fn of(kind: Kind) -> Self {
        Beam { clen: if kind == Kind::Xpcs { 7.5 } else { 0.2 }, photon_energy: 9300.0 }
    }

    /// nm
    pub fn wavelength(&self) -> f64 {
        PLANCK_LIGHT / self.photon_energy
    }

    /// q = 4 pi / lambda sin(atan(r / L) / 2), 1/nm, at a distance `radius` (m) from the beam.
    pub fn q(&self, radius: f64) -> f64 {
        let half_angle = 0.5 * libm::atan(radius / self.clen);
        4.0 * std::f64::consts::PI / self.wavelength() * libm::sin(half_angle)
    }
}

/// Expected photons of the pixels of one module for a pulse of nominal energy.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// in every lit frame
    pub background: Vec<f32>,
    /// multiplied by the frame's weight; empty when no frame has one
    pub pattern: Vec<f32>,
}

impl Scene {
    /// The tables of one module.
    pub fn new(spec: &SimulationSpec, map: &PixelMap, module_index: usize, sphere: Option<&SphereModel>) -> Self {
        let radii = map.radii(module_index);
        let half = map.half_width();
        let scale = spec.brightness;
        let table = |value: &dyn Fn(f64) -> f64| radii.iter().map(|&r| (scale * value(r)) as f32).collect();
        match spec.kind {
            Kind::Powder => Scene { background: table(&|r| powder::intensity(r, half)), pattern: Vec::new() },
            Kind::Sfx => Scene { background: table(&|r| smooth::solvent(r, half)), pattern: Vec::new() },
            Kind::Spi => Scene {
                background: table(&|r| smooth::parasitic(r, half)),
                pattern: sphere.map(|sphere| table(&|r| sphere.share(r))).unwrap_or_default(),
            },
            Kind::Xpcs => Scene { background: table(&|r| smooth::small_angle(r, half)), pattern: Vec::new() },
            Kind::Dark => Scene { background: vec![0.0; radii.len()], pattern: Vec::new() },
        }
    }

    /// `factor * (background + weight * pattern)`
    pub fn expected(&self, factor: f64, weight: f64, out: &mut [f32]) {
        let (factor, weight) = (factor as f32, weight as f32);
        if weight == 0.0 || self.pattern.is_empty() {
            for (out, &background) in out.iter_mut().zip(&self.background) {
                *out = factor * background;
            }
        } else {
            for ((out, &background), &pattern) in out.iter_mut().zip(&self.background).zip(&self.pattern) {
                *out = factor * (background + weight * pattern);
            }
        }
    }
}
