//! What falls onto the detector: expected photons per pixel, before counting.
//!
//! Of every frame but those of speckles the expectation is
//! `E / E0 (background + weight * pattern + second * sine + spots)`, with the pulse energy E, the nominal energy E0, tables
//! `background`, `pattern` and `sine` of each module, and the frame's own `weight`, `second` and `spots`.

mod absorption;
mod bragg;
mod lines;
mod order;
mod powder;
mod saxs;
mod sfx;
mod smooth;
mod speckle;
mod spi;

pub use absorption::{absorption, REFERENCE, STEPS};
pub use bragg::{rocking, BraggPeak};
pub use lines::{Line, LineModel};
pub use order::{angle as order_angle, FOLD, MODULATION};
pub use powder::{rings, Ring};
pub use saxs::Spheres;
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
    /// Hard X-rays at 0.2 m; small angles at 7.5 m.
    pub fn of(kind: Kind) -> Self {
        Beam { clen: if matches!(kind, Kind::Xpcs | Kind::Saxs) { 7.5 } else { 0.2 }, photon_energy: 9300.0 }
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
    /// multiplied by the frame's second weight; empty when no frame has one
    pub sine: Vec<f32>,
}

impl Scene {
    /// The tables of one module.
    pub fn new(spec: &SimulationSpec, map: &PixelMap, module_index: usize, sphere: Option<&SphereModel>) -> Self {
        let radii = map.radii(module_index);
        let half = map.half_width();
        let scale = spec.brightness;
        let table = |value: &dyn Fn(f64) -> f64| radii.iter().map(|&r| (scale * value(r)) as f32).collect();
        let only = |background| Scene { background, ..Scene::default() };
        let (_, fast) = spec.detector.shape();
        let by_place = |value: &dyn Fn(usize, usize) -> f64| {
            (0..radii.len()).map(|at| (scale * value(at / fast, at % fast)) as f32).collect::<Vec<f32>>()
        };
        match spec.kind {
            Kind::Powder => only(table(&|r| powder::intensity(r, half))),
            Kind::Sfx => only(table(&|r| smooth::solvent(r, half))),
            Kind::Spi => Scene {
                background: table(&|r| smooth::parasitic(r, half)),
                pattern: sphere.map(|sphere| table(&|r| sphere.share(r))).unwrap_or_default(),
                sine: Vec::new(),
            },
            Kind::Xpcs => only(table(&|r| smooth::small_angle(r, half))),
            Kind::Saxs => {
                let spheres = Spheres::new(spec.detector, &Beam::of(spec.kind));
                only(table(&|r| spheres.intensity(r)))
            }
            Kind::Xcca => {
                let places = map.places(module_index);
                let turned = |part: usize| {
                    let value = |([x, y], r): (&[f64; 2], &f64)| order::part(*x, *y, part) * order::intensity(*r, half);
                    places.iter().zip(&radii).map(|at| (scale * value(at)) as f32).collect()
                };
                Scene { background: table(&|r| order::intensity(r, half)), pattern: turned(0), sine: turned(1) }
            }
            Kind::Xes => {
                let lines = LineModel::new(spec.detector);
                only(by_place(&|slow, fast| lines.intensity(slow, fast)))
            }
            Kind::Xas => Scene {
                background: by_place(&|_, at| if 2 * at < fast { 0.0 } else { REFERENCE }),
                pattern: by_place(&|_, at| if 2 * at < fast { REFERENCE } else { 0.0 }),
                sine: Vec::new(),
            },
            Kind::Bcdi => Scene {
                background: table(&|r| smooth::parasitic(r, half)),
                pattern: match module_index {
                    0 => {
                        let peak = BraggPeak::new(spec.detector);
                        by_place(&|slow, fast| peak.intensity(slow, fast))
                    }
                    _ => vec![0.0; radii.len()],
                },
                sine: Vec::new(),
            },
            Kind::Dark => only(vec![0.0; radii.len()]),
        }
    }

    /// `factor * (background + weight * pattern + second * sine)`
    pub fn expected(&self, factor: f64, [weight, second]: [f64; 2], out: &mut [f32]) {
        if !self.sine.is_empty() {
            let tables = self.background.iter().zip(&self.pattern).zip(&self.sine);
            for (out, ((&background, &cosine), &sine)) in out.iter_mut().zip(tables) {
                let turned = weight * f64::from(cosine) + second * f64::from(sine);
                *out = (factor * (f64::from(background) + turned)) as f32;
            }
            return;
        }
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
