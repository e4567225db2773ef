//! Emission lines that a bent crystal throws onto each module: Gaussians along slow, whose place depends on fast,
//! `p(f) = p0 + b (f - centre)^2`.

use crate::detector::Detector;
use serde::{Deserialize, Serialize};

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Line {
    pub energy_ev: f64,
    /// pixels along slow at the centre
    pub slow: f64,
    /// photons a pixel on the crest, at nominal pulse energy
    pub photons: f64,
}

/// The lines of a module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LineModel {
    pub lines: Vec<Line>,
    /// standard deviation, pixels
    pub width: f64,
    /// b, 1/pixels
    pub curvature: f64,
    /// pixels along fast
    pub centre: f64,
    /// photons a pixel beside the lines
    pub background: f64,
    /// energy of slow pixel p: `[e0, e1]`, e0 + e1 p
    pub energy: [f64; 2],
}

/// K alpha 1 and 2 of iron, eV, and photons.
const LINES: [(f64, f64); 2] = [(6404.0, 2.0), (6391.0, 1.0)];
/// eV a pixel
const DISPERSION: f64 = 0.4;

impl LineModel {
    pub fn new(detector: Detector) -> Self {
        let (slow, fast) = detector.shape();
        let first = 0.5 * slow as f64;
        let line = |&(energy_ev, photons): &(f64, f64)| Line {
            energy_ev,
            slow: first + (energy_ev - LINES[0].0) / DISPERSION,
            photons,
        };
        LineModel {
            lines: LINES.iter().map(line).collect(),
            width: 2.0,
            curvature: 0.0015,
            centre: 0.5 * fast as f64,
            background: 0.02,
            energy: [LINES[0].0 - DISPERSION * first, DISPERSION],
        }
    }

    pub fn intensity(&self, slow: usize, fast: usize) -> f64 {
        let off = fast as f64 - self.centre;
        let bent = self.curvature * off * off;
        let line = |line: &Line| {
            let x = (slow as f64 - line.slow - bent) / self.width;
            line.photons * libm::exp(-0.5 * x * x)
        };
        self.background + self.lines.iter().map(line).sum::<f64>()
    }
}
