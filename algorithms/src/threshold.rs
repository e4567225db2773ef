//! `threshold`: small values set to one number, so that noise between photons does not cost bytes.

use schemars::JsonSchema;
use serde::Deserialize;
use trainyard_codec::rounding::set_below;
use trainyard_engine::algorithm::{Algorithm, Context, Effect, FrameId, Problem, Step, Transform};

pub struct Threshold;

/// Parameters of `threshold`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// pixels below this value are set
    pub below: f32,
    /// to this value
    #[serde(default)]
    pub value: f32,
}

impl Transform for Config {
    fn apply(&self, _: &FrameId, _module: usize, pixels: &mut [f32]) -> trainyard_engine::Result<()> {
        set_below(pixels, self.below, self.value);
        Ok(())
    }
}

impl Algorithm for Threshold {
    const NAME: &'static str = "threshold";
    const SUMMARY: &'static str = "sets pixels below a value to a number, for later steps and for writing";
    const DETAILS: &'static str = "\
Every pixel smaller than `below` becomes `value`; NaN stays. Later steps see the changed pixels and `write-frames` writes
them; it stands in front of those that are to see them.";
    const EXAMPLE: &'static str = "\
- threshold: {below: 0.7, value: 0}
- write-frames: {codec: {zstd: {level: 3}}}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        pixel_step(config, context)
    }

    fn effect(_config: Config) -> Effect {
        Effect::ChangesPixels
    }
}

/// A step without columns or results; rows of several cells cannot be changed frame by frame.
pub(crate) fn pixel_step(step: impl Transform + 'static, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
    if context.detector.cells_per_row > 1 {
        return Err(vec![Problem::new(&[], "pixels of rows with several memory cells cannot be changed")]);
    }
    Ok(vec![Step::transform(step)])
}
