//! `find-peaks`: Bragg peaks of each frame. The rules stand in [`crate::connected_peaks`].

use crate::connected_peaks::{self, find, Options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{
    Algorithm, ColumnDecl, Context, Frame, FrameOut, FrameStep, OutputDecl, Problem, Rows, RunValues, Step,
};
use trainyard_format::map::ElementType;
use trainyard_format::Result;

pub struct FindPeaks;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// groups of pixels above one threshold
    #[default]
    Connected,
}

/// Parameters of `find-peaks`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// how peaks are found
    #[serde(default)]
    pub method: Method,
    /// a pixel belongs to a peak when it is above, in the detector's unit
    pub threshold: f32,
    /// pixels that a peak has at least
    #[serde(default = "two")]
    #[schemars(range(min = 1, max = 65_534))]
    pub min_pixels: u32,
    /// pixels that a peak has at most
    #[serde(default = "thousand")]
    #[schemars(range(min = 1, max = 65_534))]
    pub max_pixels: u32,
    /// places for peaks in each frame's row; further ones are counted but not listed
    #[serde(default = "places")]
    #[schemars(range(min = 1, max = 65_535))]
    pub max_peaks: u16,
}

fn two() -> u32 {
    2
}

fn thousand() -> u32 {
    1000
}

fn places() -> u16 {
    2048
}

/// What stands in a place without a peak.
const NO_PEAK: u16 = u16::MAX;

struct Peaks {
    options: Options,
    places: usize,
    /// bytes of one worker's scratch
    memory: usize,
}

/// Scratch of one worker.
struct Working {
    finder: connected_peaks::Working,
    x: Vec<f64>,
    y: Vec<f64>,
    module: Vec<u16>,
    intensity: Vec<f32>,
    pixels: Vec<u16>,
    /// there is nothing else in it, `connected` has no local background
    snr: Vec<f32>,
}

impl Working {
    fn new(places: usize) -> Self {
        Working {
            finder: connected_peaks::Working::default(),
            x: vec![f64::NAN; places],
            y: vec![f64::NAN; places],
            module: vec![NO_PEAK; places],
            intensity: vec![f32::NAN; places],
            pixels: vec![NO_PEAK; places],
            snr: vec![f32::NAN; places],
        }
    }

    fn clear(&mut self, places: usize) {
        self.x[..places].fill(f64::NAN);
        self.y[..places].fill(f64::NAN);
        self.module[..places].fill(NO_PEAK);
        self.intensity[..places].fill(f32::NAN);
        self.pixels[..places].fill(NO_PEAK);
    }
}

impl FrameStep for Peaks {
    type Partial = ();
    type Working = Working;

    fn working(&self) -> Working {
        Working::new(self.places)
    }

    fn begin(&self) {}

    fn frame(&self, frame: &Frame<'_>, working: &mut Working, out: &mut FrameOut<'_>, _: &mut ()) -> Result<()> {
        let FrameOut { columns, row } = out;
        let mut count = 0usize;
        for (position, module) in frame.detector.modules.iter().enumerate() {
            let Some(image) = frame.module(position) else { continue };
            for peak in find(image, frame.detector.fast, &self.options, &mut working.finder) {
                if count < self.places {
                    working.x[count] = peak.fast;
                    working.y[count] = peak.slow;
                    working.module[count] = module.number;
                    working.intensity[count] = peak.intensity as f32;
                    working.pixels[count] = u16::try_from(peak.pixels).unwrap_or(NO_PEAK);
                }
                count += 1;
            }
        }
        columns[0] = count as f64;
        row.u16(&[u16::try_from(count).unwrap_or(u16::MAX)]);
        row.f64(&working.x);
        row.f64(&working.y);
        row.u16(&working.module);
        row.f32(&working.intensity);
        row.f32(&working.snr);
        row.u16(&working.pixels);
        working.clear(count.min(self.places));
        Ok(())
    }

    fn merge(&self, _: &mut (), _: ()) -> Result<()> {
        Ok(())
    }

    fn finish(&self, _: (), values: &mut RunValues) -> Result<()> {
        values.text("method", "connected");
        values.f64("threshold", &[], &[f64::from(self.options.threshold)], "");
        values.u64("minPixels", &[], &[u64::from(self.options.min_pixels)], "");
        values.u64("maxPixels", &[], &[u64::from(self.options.max_pixels)], "");
        Ok(())
    }

    fn memory(&self) -> usize {
        self.memory
    }
}

impl Algorithm for FindPeaks {
    const NAME: &'static str = "find-peaks";
    const SUMMARY: &'static str = "Bragg peaks of each frame: position, module, intensity, size";
    const DETAILS: &'static str = "\
Method `connected`: pixels above `threshold` that touch, also by a corner, in one module; groups of `min-pixels` to
`max-pixels` are peaks. Bad pixels (NaN) belong to none. Position: centroid weighted by the values, pixel centres at
integers; intensity: their sum, nothing subtracted; no signal-to-noise ratio (NaN). Column `peaks.count` (`NAME.count` with
`as: NAME`): number of peaks in the frame, all modules. Per frame, in raster order, module by module: `data.nPeaks` u16 (65535 also for
more), and [max-peaks], padded with NaN or 65535: `data.peakX` (fast), `data.peakY` (slow) f64 in pixels of the module,
`data.peakModule` u16 (the module's number), `data.peakIntensity` f32, `data.peakSnr` f32, `data.peakNPixels` u16.";
    const EXAMPLE: &'static str = "\
- find-peaks: {method: connected, threshold: 8, min-pixels: 2, max-pixels: 50}
- keep: peaks.count >= 3
- write-frames: {codec: bitshuffle-lz4}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let mut problems = Vec::new();
        if !config.threshold.is_finite() {
            problems.push(Problem::new(&["threshold"], "the threshold is not a finite number"));
        }
        if config.min_pixels > config.max_pixels {
            problems.push(Problem::new(
                &["max-pixels"],
                format!("no peak has at least {} and at most {} pixels", config.min_pixels, config.max_pixels),
            ));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let places = usize::from(config.max_peaks);
        let options =
            Options { threshold: config.threshold, min_pixels: config.min_pixels, max_pixels: config.max_pixels };
        let memory = connected_peaks::Working::most_bytes(context.detector.module_pixels()) + places * 28;
        Ok(vec![Step::frame("PEAKS", Peaks { options, places, memory })
            .making([ColumnDecl::number("count", "")])
            .prefixed("peaks")
            .with_rows(Rows::ByFrame(outputs(u64::from(config.max_peaks))))])
    }
}

fn outputs(places: u64) -> Vec<OutputDecl> {
    let output = |key: &str, element, shape: &[u64], unit: &str, description: &str| OutputDecl {
        key: key.into(),
        element,
        shape: shape.into(),
        unit: unit.into(),
        description: description.into(),
    };
    use ElementType::{F32, F64, U16};
    let each = &[places];
    vec![
        output("nPeaks", U16, &[], "", "number of peaks found"),
        output("peakX", F64, each, "", "centroid along fast scan in the module, pixel centres at integers"),
        output("peakY", F64, each, "", "centroid along slow scan in the module, pixel centres at integers"),
        output("peakModule", U16, each, "", "number of the module"),
        output("peakIntensity", F32, each, "", "sum of the peak's pixels"),
        output("peakSnr", F32, each, "", "intensity over its noise, NaN where the method has none"),
        output("peakNPixels", U16, each, "", "number of pixels"),
    ]
}
