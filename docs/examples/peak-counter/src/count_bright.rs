//! `count-bright`: how many pixels of a frame are above a threshold.
//!
//! One number per frame, twice: as column `bright`, so that `keep: bright >= 100` works, and as `data.bright` u32
//! [frames] in the reduced run. Over the run: the largest count. Bad pixels are `NaN`, and `NaN > threshold` is false.

use schemars::JsonSchema;
use serde::Deserialize;
use trainyard_engine::algorithm::{
    Algorithm, ColumnDecl, Context, Frame, FrameOut, FrameStep, OutputDecl, Problem, Rows, RunValues, Step,
};
use trainyard_engine::Result;
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

    fn frame(&self, frame: &Frame<'_>, _: &mut (), out: &mut FrameOut<'_>, most: &mut u64) -> Result<()> {
        let bright = frame.view().iter().filter(|&&pixel| pixel > self.threshold).count() as u32;
        out.columns[0] = f64::from(bright);
        out.row.u32(&[bright]);
        *most = (*most).max(u64::from(bright));
        Ok(())
    }

    fn merge(&self, most: &mut u64, next: u64) -> Result<()> {
        *most = (*most).max(next);
        Ok(())
    }

    fn finish(&self, most: u64, values: &mut RunValues) -> Result<()> {
        values.u64("most", &[], &[most], "");
        Ok(())
    }
}

impl Algorithm for CountBright {
    const NAME: &'static str = "count-bright";
    const SUMMARY: &'static str = "counts the pixels above a threshold";
    const DETAILS: &'static str = "Column `bright`; by frame `data.bright` u32; run value `most` u64.";
    type Config = Config;

    fn configure(config: Config, _: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        if !config.threshold.is_finite() {
            return Err(vec![Problem::new(&["threshold"], "the threshold is not a finite number")]);
        }
        let output = OutputDecl::new("bright", ElementType::U32, &[], "pixels above the threshold");
        // `as: strong` in a workflow makes the column `strong.bright`
        Ok(vec![Step::frame("BRIGHT", config)
            .making([ColumnDecl::number("bright", "")])
            .with_rows(Rows::ByFrame(vec![output]))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_engine::algorithm::testing::Stage;

    #[test]
    fn it_conforms() {
        let stage = Stage::agipd(2);
        let context = stage.context(CountBright::NAME, &[], None);
        for step in CountBright::configure(Config { threshold: 1.5 }, &context).unwrap() {
            stage.conforms(&step).unwrap();
        }
    }
}
