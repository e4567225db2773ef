//! Bragg spots of serial crystallography: round Gaussians of known place and strength.
//!
//! A hit has 15 to 40 spots somewhere on the whole detector (also where modules are not simulated, so that leaving modules out
//! changes nothing for the others). Expected photons of pixel (s, f) for a spot of I photons at (s0, f0):
//! `I (F(s + 1/2 - s0) - F(s - 1/2 - s0)) (F(f + 1/2 - f0) - F(f - 1/2 - f0))`, F the normal distribution of standard
//! deviation 0.8 pixels. I is spread evenly on a logarithmic scale; spots keep clear of tile edges and of each other.

use crate::detector::{Detector, Panel, PixelMap};
use crate::random::{Purpose, Stream};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// One Bragg spot on a frame.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spot {
    /// module number
    pub module: u16,
    /// centroid in the module's array, pixel centres at integers
    pub slow: f64,
    pub fast: f64,
    /// expected photons of the whole spot above the background, pulse energy included
    pub photons: f64,
}

const SIGMA: f64 = 0.8;
const COUNT: Range<f64> = 15.0..41.0;
const PHOTONS: Range<f64> = 200.0..2000.0;
/// pixels from the edge of the tile
const MARGIN: f64 = 8.0;
/// pixels between spots of one tile
const APART: f64 = 16.0;
const REACH: i64 = 4;

/// Finds the spots of a frame.
#[derive(Clone, Debug)]
pub struct SpotModel {
    detector: Detector,
    panels: Vec<Panel>,
    seed: u64,
    brightness: f64,
}

impl SpotModel {
    pub fn new(detector: Detector, seed: u64, brightness: f64) -> Self {
        SpotModel { detector, panels: PixelMap::new(detector).panels().to_vec(), seed, brightness }
    }

    /// Standard deviation of a spot, pixels.
    pub const SIGMA: f64 = SIGMA;

    /// Photons of the weakest and the strongest spot at nominal pulse energy.
    pub fn photons(&self) -> (f64, f64) {
        (self.brightness * PHOTONS.start, self.brightness * PHOTONS.end)
    }

    /// Spots of a hit, for a pulse of relative energy `factor`.
    pub fn spots(&self, train: u64, cell: u16, factor: f64) -> Vec<Spot> {
        let stream = Stream::new(self.seed, Purpose::Spots, 0, 0, train, u64::from(cell));
        let mut draws = 0..4096u64;
        let mut next =
            |range: Range<f64>| draws.next().map(|n| range.start + stream.uniform(n) * (range.end - range.start));
        let mut placed: Vec<(usize, Spot)> = Vec::new();
        let wanted = next(COUNT).map_or(0, |count| count as usize);
        while placed.len() < wanted {
            let Some(spot) = self.place(&mut next, factor) else { break };
            let near = |&(panel, other): &(usize, Spot)| {
                panel == spot.0 && libm::hypot(other.slow - spot.1.slow, other.fast - spot.1.fast) < APART
            };
            if !placed.iter().any(near) {
                placed.push(spot);
            }
        }
        placed.into_iter().map(|(_, spot)| spot).collect()
    }

    fn place(&self, next: &mut impl FnMut(Range<f64>) -> Option<f64>, factor: f64) -> Option<(usize, Spot)> {
        let index = (next(0.0..self.panels.len() as f64)? as usize).min(self.panels.len() - 1);
        let panel = self.panels[index];
        let inside = |(first, last): (usize, usize)| first as f64 + MARGIN..last as f64 - MARGIN;
        let slow = next(inside(panel.slow))?;
        let fast = next(inside(panel.fast))?;
        let photons = PHOTONS.start * libm::pow(PHOTONS.end / PHOTONS.start, next(0.0..1.0)?);
        let module = *self.detector.module_numbers().start() + panel.module as u16;
        Some((index, Spot { module, slow, fast, photons: factor * self.brightness * photons }))
    }
}

impl Spot {
    /// Pixels of the module's array and the photons that the spot adds to each.
    pub fn pixels(&self, (slow, fast): (usize, usize)) -> Vec<(usize, f64)> {
        let share = |centre: f64, at: i64| {
            let edge = |x: f64| libm::erf((x - centre) / (SIGMA * std::f64::consts::SQRT_2));
            0.5 * (edge(at as f64 + 0.5) - edge(at as f64 - 0.5))
        };
        let range = |centre: f64, size: usize| {
            let middle = libm::rint(centre) as i64;
            (middle - REACH).max(0)..=(middle + REACH).min(size as i64 - 1)
        };
        let mut pixels = Vec::with_capacity(81);
        for s in range(self.slow, slow) {
            for f in range(self.fast, fast) {
                let photons = self.photons * share(self.slow, s) * share(self.fast, f);
                pixels.push((s as usize * fast + f as usize, photons));
            }
        }
        pixels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spot_holds_its_photons_and_its_centroid() {
        let spot = Spot { module: 0, slow: 30.3, fast: 71.8, photons: 500.0 };
        let pixels = spot.pixels((512, 128));
        let sum: f64 = pixels.iter().map(|&(_, photons)| photons).sum();
        let slow: f64 = pixels.iter().map(|&(at, photons)| (at / 128) as f64 * photons).sum();
        let fast: f64 = pixels.iter().map(|&(at, photons)| (at % 128) as f64 * photons).sum();
        assert!((sum - 500.0).abs() < 1e-3, "{sum}");
        assert!((slow / sum - 30.3).abs() < 1e-3 && (fast / sum - 71.8).abs() < 1e-3);
    }

    #[test]
    fn spots_keep_their_distance() {
        for detector in Detector::ALL {
            let model = SpotModel::new(detector, 3, 1.0);
            for cell in 0..50 {
                let spots = model.spots(10_001, cell, 1.0);
                assert!((15..=40).contains(&spots.len()), "{}", spots.len());
                for (i, a) in spots.iter().enumerate() {
                    assert!(detector.module_numbers().contains(&a.module));
                    assert!((200.0..2000.0).contains(&a.photons));
                    for b in &spots[i + 1..] {
                        let apart = libm::hypot(a.slow - b.slow, a.fast - b.fast);
                        assert!(a.module != b.module || apart > 15.9, "{a:?} {b:?}");
                    }
                }
            }
            assert_eq!(model.spots(10_001, 7, 1.0), model.spots(10_001, 7, 1.0));
        }
    }
}
