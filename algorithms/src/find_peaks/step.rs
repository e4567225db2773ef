//! What is told of the peaks of each frame.

use crate::connected_peaks::{self, find, Options};
use crate::peakfinder8::{self, PeakFinder};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trainyard_engine::algorithm::{Frame, FrameOut, FrameStep, OutputDecl, RunValues};
use trainyard_format::map::ElementType::{F32, F64, U16, U32};
use trainyard_format::Result;
use trainyard_geometry::{PixelMap, Vector};

pub(super) enum Finder {
    Connected(Options),
    Peakfinder8(Box<PeakFinder>),
}

/// Tells the resolution of peaks.
pub(super) struct Resolution {
    pub(super) map: Arc<PixelMap>,
    /// metres
    pub(super) wavelength: f64,
}

pub(super) struct Peaks {
    pub(super) finder: Finder,
    pub(super) resolution: Option<Resolution>,
    /// peaks of a frame that are listed
    pub(super) most: usize,
    /// bytes of one worker's scratch
    pub(super) memory: usize,
    /// told as run values: name, value
    pub(super) parameters: Vec<(&'static str, f64)>,
}

#[derive(Default)]
pub(super) struct Scratch {
    connected: connected_peaks::Working,
    peakfinder8: peakfinder8::Working,
    resolutions: Vec<f64>,
}

/// Frames whose rings can have a threshold.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Thresholds {
    frames: u64,
    /// of these, frames in which most rings lost it
    lost: u64,
}

/// A peak as it is listed.
struct Listed {
    module: usize,
    fast: f64,
    slow: f64,
    intensity: f64,
    snr: f64,
    pixels: u32,
}

/// Peaks of one frame so far.
struct Tally<'a, 'o> {
    step: &'a Peaks,
    frame: &'a Frame<'a>,
    out: &'a mut FrameOut<'o>,
    resolutions: &'a mut Vec<f64>,
    count: usize,
    intensity: f64,
}

impl Tally<'_, '_> {
    fn add(&mut self, peak: &Listed) {
        self.intensity += peak.intensity;
        self.resolutions.extend(self.step.resolution.as_ref().and_then(|r| r.of(peak)));
        if let Some(module) = self.frame.detector.modules.get(peak.module).filter(|_| self.count < self.step.most) {
            self.out.list.entry(|row| {
                row.f64(&[peak.fast]);
                row.f64(&[peak.slow]);
                row.u16(&[module.number]);
                row.f32(&[peak.intensity as f32]);
                row.f32(&[peak.snr as f32]);
                row.u32(&[peak.pixels]);
            });
        }
        self.count += 1;
    }
}

impl FrameStep for Peaks {
    type Partial = Thresholds;
    type Working = Scratch;

    fn working(&self) -> Scratch {
        Scratch::default()
    }

    fn begin(&self) -> Thresholds {
        Thresholds::default()
    }

    fn frame(
        &self,
        frame: &Frame<'_>,
        working: &mut Scratch,
        out: &mut FrameOut<'_>,
        thresholds: &mut Thresholds,
    ) -> Result<()> {
        let Scratch { connected, peakfinder8, resolutions } = working;
        resolutions.clear();
        let mut tally = Tally { step: self, frame, out, resolutions, count: 0, intensity: 0.0 };
        match &self.finder {
            Finder::Connected(options) => {
                for position in 0..frame.modules() {
                    let Some(image) = frame.module(position) else { continue };
                    for peak in find(image, frame.detector.fast, options, connected) {
                        let &connected_peaks::Peak { fast, slow, intensity, pixels, .. } = peak;
                        tally.add(&Listed { module: position, fast, slow, intensity, snr: f64::NAN, pixels });
                    }
                }
            }
            Finder::Peakfinder8(finder) => {
                let found = finder.find(frame.pixels(), peakfinder8, |peak| {
                    let &peakfinder8::Peak { module, fast, slow, intensity, snr, pixels, .. } = peak;
                    tally.add(&Listed { module, fast, slow, intensity, snr, pixels });
                });
                thresholds.frames += 1;
                thresholds.lost += u64::from(2 * found.lost > found.rings);
            }
        }
        let Tally { out, resolutions, count, intensity, .. } = tally;
        let told = [Some(count as f64), Some(intensity), self.resolution.as_ref().map(|_| reached(resolutions))];
        out.columns.iter_mut().zip(told.into_iter().flatten()).for_each(|(column, value)| *column = value);
        out.row.u32(&[u32::try_from(count).unwrap_or(u32::MAX)]);
        Ok(())
    }

    fn merge(&self, into: &mut Thresholds, next: Thresholds) -> Result<()> {
        into.frames += next.frames;
        into.lost += next.lost;
        Ok(())
    }

    fn finish(&self, thresholds: Thresholds, values: &mut RunValues) -> Result<()> {
        let method = match self.finder {
            Finder::Connected(_) => "connected",
            Finder::Peakfinder8(_) => "peakfinder8",
        };
        values.text("method", method);
        let whole = |key: &str| key.ends_with("Pixels") || key == "backgroundRadius";
        for &(key, value) in &self.parameters {
            if whole(key) {
                values.u64(key, &[], &[value as u64], "");
            } else {
                values.f64(key, &[], &[value], "");
            }
        }
        let Thresholds { frames, lost } = thresholds;
        if 2 * lost > frames {
            values.warn(format!(
                "in {lost} of {frames} frames most rings hold equal values but for a few pixels, and no threshold can be made of \
                 them: for frames of few photons take `method: connected`"
            ));
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.memory
    }
}

impl Resolution {
    /// 1/d in 1/nm.
    fn of(&self, peak: &Listed) -> Option<f64> {
        let pixel = self.map.pixel(peak.module, peak.slow.round() as usize, peak.fast.round() as usize)?;
        let (slow, fast) = (peak.slow - peak.slow.round(), peak.fast - peak.fast.round());
        let at: Vector = pixel.centre + pixel.ss * slow + pixel.fs * fast;
        let angle = libm::atan2(at.transverse(), at.z);
        Some(2e-9 * libm::sin(0.5 * angle) / self.wavelength)
    }
}

/// What four fifths of the peaks do not exceed; `NaN` without any.
fn reached(resolutions: &mut [f64]) -> f64 {
    resolutions.sort_unstable_by(f64::total_cmp);
    let last = (4 * resolutions.len()).div_ceil(5);
    last.checked_sub(1).and_then(|at| resolutions.get(at)).copied().unwrap_or(f64::NAN)
}

/// What is told of each peak.
pub(super) fn peak() -> Vec<OutputDecl> {
    let output = |key: &str, element, description: &str| OutputDecl::new(key, element, &[], description);
    vec![
        output("x", F64, "centroid along fast scan in the module, pixel centres at integers"),
        output("y", F64, "centroid along slow scan in the module, pixel centres at integers"),
        output("module", U16, "number of the module"),
        output("intensity", F32, "sum of the peak's pixels, of peakfinder8 above the background about it"),
        output("snr", F32, "intensity over its noise, NaN where the method has none"),
        output("nPixels", U32, "number of pixels"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_fifths_do_not_exceed_it() {
        assert!(reached(&mut []).is_nan());
        assert_eq!(reached(&mut [3.0]), 3.0);
        assert_eq!(reached(&mut [5.0, 1.0, 2.0, 4.0, 3.0]), 4.0);
        assert_eq!(reached(&mut [6.0, 5.0, 1.0, 2.0, 4.0, 3.0]), 5.0);
    }
}
