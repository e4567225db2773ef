//! From expected photons to pixels: counting, readout, and the rows that go into files.
//!
//! Recorded: `round(pedestal + gain * photons + noise * n)`, cut to the range of the converter. Corrected: `photons + noise / gain * n`.
//! Photons are Poisson, n normal; both have a stream of their own for each frame and module.

use crate::frame::FramePlan;
use crate::model::SpeckleField;
use crate::module::ModuleModel;
use crate::random::{Purpose, Stream};
use crate::simulator::Simulator;
use crate::specification::Kind;
use rayon::prelude::*;

/// Level of the gain plane of recorded AGIPD frames in high gain, ADU.
const HIGH_GAIN_LEVEL: u16 = 7000;

/// Where a frame's random numbers come from.
#[derive(Clone, Copy)]
struct Address {
    train: u64,
    cell: u16,
}

impl Simulator {
    /// The fields of a train of speckles, before its first cell; `None` for other kinds.
    pub(crate) fn speckles(&self, module: &ModuleModel, train: u64) -> Option<SpeckleField> {
        let spec = self.spec();
        let field =
            || SpeckleField::new(spec.seed, module.number(), train, spec.detector.pixels(), spec.modes, spec.decay);
        (spec.kind == Kind::Xpcs).then(field)
    }

    /// Expected photons of one frame. `speckles` must be at the frame's cell.
    pub(crate) fn expected(
        &self,
        module: &ModuleModel,
        frame: &FramePlan,
        speckles: Option<&SpeckleField>,
        out: &mut [f32],
    ) {
        if !frame.lit {
            out.fill(0.0);
            return;
        }
        match speckles {
            Some(field) => field.expected(frame.factor(), &module.scene().background, out),
            None => module.scene().expected(frame.factor(), [frame.weight, frame.second], out),
        }
        for spot in frame.spots.iter().filter(|spot| spot.module == module.number()) {
            for (at, photons) in spot.pixels(self.detector().shape()) {
                if let Some(pixel) = out.get_mut(at) {
                    *pixel += photons as f32;
                }
            }
        }
    }

    /// Photons that are counted, and readout noise in units of its standard deviation, pixel by pixel.
    fn count(&self, module: &ModuleModel, at: Address, expected: &[f32], mut pixel: impl FnMut(usize, u32, f64)) {
        let stream = |purpose| Stream::new(self.spec().seed, purpose, 0, module.number(), at.train, u64::from(at.cell));
        let (photons, noise) = (stream(Purpose::Photons), stream(Purpose::Noise));
        let (poisson, normal) = (self.poisson(), self.normal());
        for (i, &lambda) in expected.iter().enumerate() {
            let item = i as u32;
            pixel(i, poisson.sample(f64::from(lambda), &photons, item), normal.sample(&noise, item));
        }
    }

    /// Turns expected photons into corrected pixels, in place: photons with noise, NaN where broken.
    pub(crate) fn correct(&self, module: &ModuleModel, train: u64, cell: u16, pixels: &mut [f32], expected: &[f32]) {
        if self.spec().counts_photons() {
            let response = self.detector().response();
            let noise = self.spec().noise * response.noise / response.gain;
            self.count(module, Address { train, cell }, expected, |i, photons, n| {
                pixels[i] = (f64::from(photons) + noise * n) as f32;
            });
        } else {
            pixels.copy_from_slice(expected);
        }
        for &bad in module.bad_pixels() {
            pixels[bad as usize] = f32::NAN;
        }
    }

    /// Turns expected photons into recorded words.
    pub(crate) fn record(&self, module: &ModuleModel, train: u64, cell: u16, pixels: &mut [u16], expected: &[f32]) {
        let response = self.detector().response();
        let noise = self.spec().noise * response.noise;
        let largest = f64::from(response.saturation);
        let pedestal = module.pedestal();
        self.count(module, Address { train, cell }, expected, |i, photons, n| {
            let adu = f64::from(pedestal[i]) + response.gain * f64::from(photons) + noise * n;
            pixels[i] = libm::rint(adu).clamp(0.0, largest) as u16;
        });
        for &bad in module.bad_pixels() {
            pixels[bad as usize] = response.saturation;
        }
    }

    /// Rows of the pixel dataset, each given to `finish` as the bytes that go into a chunk. `frames` are whole rows and
    /// follow the frames of the call before on the same `speckles`.
    pub(crate) fn rows<R: Send, S>(
        &self,
        module: &ModuleModel,
        train: u64,
        frames: &[FramePlan],
        speckles: &mut Option<SpeckleField>,
        scratch: impl Fn() -> S + Sync + Send,
        finish: impl Fn(&[u8], &mut S) -> R + Sync + Send,
    ) -> Vec<R> {
        let pixels = self.detector().pixels();
        // speckles depend on the cell before: their expectation is made in order, the rest in parallel
        let in_order: Option<Vec<Vec<f32>>> = speckles.as_mut().map(|field| {
            let expectation = |frame: &FramePlan| {
                field.advance(self.normal());
                let mut out = vec![0.0; pixels];
                self.expected(module, frame, Some(field), &mut out);
                out
            };
            frames.iter().map(expectation).collect()
        });
        let cells = self.cells_per_row();
        let buffers = || (vec![0.0f32; pixels], vec![0.0f32; pixels], vec![0u16; pixels], Vec::new(), scratch());
        let row = |buffers: &mut (Vec<f32>, Vec<f32>, Vec<u16>, Vec<u8>, S), first: usize| {
            let (expected, corrected, recorded, bytes, scratch) = buffers;
            bytes.clear();
            for (i, frame) in frames.iter().enumerate().skip(first).take(cells) {
                let expected: &[f32] = match in_order.as_ref().and_then(|all| all.get(i)) {
                    Some(ready) => ready,
                    None => {
                        self.expected(module, frame, None, expected);
                        expected
                    }
                };
                if self.spec().corrected {
                    self.correct(module, train, frame.cell, corrected, expected);
                    corrected.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
                } else {
                    self.record(module, train, frame.cell, recorded, expected);
                    recorded.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
                    if self.planes() == 2 {
                        (0..pixels).for_each(|_| bytes.extend_from_slice(&HIGH_GAIN_LEVEL.to_le_bytes()));
                    }
                }
            }
            finish(bytes, scratch)
        };
        let firsts: Vec<usize> = (0..frames.len()).step_by(cells.max(1)).collect();
        firsts.into_par_iter().map_init(buffers, |buffers, first| row(buffers, first)).collect()
    }

    /// Corrected pixels of the frames of a train, `[frame][slow * fast]`, whatever the run writes. Empty when the module does
    /// not exist. Meant for tests: everything is in memory.
    pub fn train_frames(&self, module: u16, train_index: u32, frames: &[FramePlan]) -> Vec<Vec<f32>> {
        let Some(module) = self.module(module) else { return Vec::new() };
        let train = self.spec().train_id(train_index);
        let mut speckles = self.speckles(module, train);
        let mut all = Vec::with_capacity(frames.len());
        for frame in frames {
            if let Some(field) = &mut speckles {
                field.advance(self.normal());
            }
            let mut expected = vec![0.0; self.detector().pixels()];
            self.expected(module, frame, speckles.as_ref(), &mut expected);
            let mut pixels = vec![0.0; expected.len()];
            self.correct(module, train, frame.cell, &mut pixels, &expected);
            all.push(pixels);
        }
        all
    }
}
