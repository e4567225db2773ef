//! `count-bright`: how many pixels of a frame are above a threshold.
//!
//! One number per frame, twice: as column `bright`, so that `keep: bright >= 100` works, and as `data.bright` u32
//! [frames] in the reduced run. Over the run: the largest count. Bad pixels are `NaN`, and `NaN > threshold` is false.

use schemars::JsonSchema;
use serde::Deserialize;
use trainyard_engine::algorithm::{
    Algorithm, Axis, ColumnDecl, Context, Frame, FrameStep, OutputDecl, Problem, RowSink, RunValues, Step, StepKind,
};
use trainyard_format::map::ElementType;

pub struct CountBright;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// count pixels above this value, in the unit of the detector
    threshold: f32,
}

impl FrameStep for Config {
    /// the largest count so far
    type Partial = u64;
    type Working = ();

    fn working(&self) {}

    fn begin(&self) -> u64 {
        0
    }

    fn frame(&self, frame: &Frame<'_>, _: &mut (), columns: &mut [f64], row: &mut RowSink<'_>, most: &mut u64) {
        let bright = frame.image.iter().filter(|&&pixel| pixel > self.threshold).count() as u32;
        columns[0] = f64::from(bright);
        row.u32(&[bright]);
        *most = (*most).max(u64::from(bright));
    }

    fn merge(&self, most: &mut u64, next: u64) {
        *most = (*most).max(next);
    }

    fn finish(&self, most: u64, values: &mut RunValues) {
        values.u64("most", &[], &[most], "");
    }
}

impl Algorithm for CountBright {
    const NAME: &'static str = "count-bright";
    const SUMMARY: &'static str = "counts the pixels above a threshold";
    const DETAILS: &'static str = "Column `bright`; by frame `data.bright` u32; run value `most` u64.";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        if !config.threshold.is_finite() {
            return Err(vec![Problem::new(&["threshold"], "the threshold is not a finite number")]);
        }
        let output = OutputDecl {
            key: "bright".into(),
            axis: Axis::Frame,
            element: ElementType::U32,
            shape: Vec::new(),
            unit: String::new(),
            description: "pixels above the threshold".into(),
        };
        // `as: strong` in a workflow makes the column `strong.bright`
        let column = match context.label.as_str() {
            Self::NAME => "bright".to_string(),
            label => format!("{label}.bright"),
        };
        Ok(vec![Step {
            columns: vec![ColumnDecl::number(column, "")],
            outputs: vec![output],
            source: "BRIGHT".into(),
            kind: StepKind::Frame(Box::new(config)),
        }])
    }
}
