//! `find-peaks`: Bragg peaks of each frame. The rules stand in [`crate::connected_peaks`].

use crate::connected_peaks::{self, find, Options};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{
    Algorithm, ColumnDecl, Context, Frame, FrameOut, FrameStep, OutputDecl, Problem, Rows, RunValues, Step,
};
use trainyard_format::map::ElementType::{F32, F64, U16, U32};
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
    #[schemars(range(min = 1))]
    pub min_pixels: u32,
    /// pixels that a peak has at most
    #[serde(default = "thousand")]
    #[schemars(range(min = 1))]
    pub max_pixels: u32,
    /// peaks of a frame that are listed; further ones are counted
    #[serde(default = "most")]
    #[schemars(range(min = 1))]
    pub max_peaks: u32,
}

fn two() -> u32 {
    2
}

fn thousand() -> u32 {
    1000
}

fn most() -> u32 {
    2048
}

struct Peaks {
    options: Options,
    /// peaks of a frame that are listed
    most: usize,
    /// bytes of one worker's scratch
    memory: usize,
}

impl FrameStep for Peaks {
    type Partial = ();
    type Working = connected_peaks::Working;

    fn working(&self) -> connected_peaks::Working {
        connected_peaks::Working::default()
    }

    fn begin(&self) {}

    fn frame(
        &self,
        frame: &Frame<'_>,
        working: &mut connected_peaks::Working,
        out: &mut FrameOut<'_>,
        _: &mut (),
    ) -> Result<()> {
        let mut count = 0usize;
        for (position, module) in frame.detector.modules.iter().enumerate() {
            let Some(image) = frame.module(position) else { continue };
            for peak in find(image, frame.detector.fast, &self.options, working) {
                if count < self.most {
                    out.list.entry(|row| {
                        row.f64(&[peak.fast]);
                        row.f64(&[peak.slow]);
                        row.u16(&[module.number]);
                        row.f32(&[peak.intensity as f32]);
                        row.f32(&[f32::NAN]);
                        row.u32(&[peak.pixels]);
                    });
                }
                count += 1;
            }
        }
        out.columns[0] = count as f64;
        out.row.u32(&[u32::try_from(count).unwrap_or(u32::MAX)]);
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
`as: NAME`): number of peaks in the frame, all modules. Group `data`, a row a frame: `data.nPeaks` u32. Group `peaks`, a row
a peak, in raster order, module by module: `peaks.trainId`, `peaks.pulseId`, `peaks.x` (fast), `peaks.y` (slow) f64 in pixels
of the module, `peaks.module` u16 (its number), `peaks.intensity` f32, `peaks.snr` f32, `peaks.nPixels` u32. The index of
each group selects trains: `run[source, \"peaks.x\"]`.";
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
        let options =
            Options { threshold: config.threshold, min_pixels: config.min_pixels, max_pixels: config.max_pixels };
        let memory = connected_peaks::Working::most_bytes(context.detector.module_pixels());
        let most = usize::try_from(config.max_peaks).unwrap_or(usize::MAX);
        Ok(vec![Step::frame("PEAKS", Peaks { options, most, memory })
            .making([ColumnDecl::number("count", "")])
            .prefixed("peaks")
            .with_rows(Rows::ByFrame(vec![OutputDecl::new("nPeaks", U32, &[], "number of peaks found")]))
            .with_list("peaks", peak())])
    }
}

/// What is told of each peak.
fn peak() -> Vec<OutputDecl> {
    let output = |key: &str, element, description: &str| OutputDecl::new(key, element, &[], description);
    vec![
        output("x", F64, "centroid along fast scan in the module, pixel centres at integers"),
        output("y", F64, "centroid along slow scan in the module, pixel centres at integers"),
        output("module", U16, "number of the module"),
        output("intensity", F32, "sum of the peak's pixels"),
        output("snr", F32, "intensity over its noise, NaN where the method has none"),
        output("nPixels", U32, "number of pixels"),
    ]
}
