//! `threshold`: small values set to one number, so that noise between photons does not cost bytes.

use schemars::JsonSchema;
use serde::Deserialize;
use trainyard_codec::rounding::set_below;
use trainyard_engine::algorithm::{Algorithm, Context, Effect, ModuleChange, ModuleFrame, Problem, Step, Transform};

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
    type Working = ();

    fn working(&self) {}

    fn apply(&self, _: &ModuleFrame<'_>, after: &mut ModuleChange<'_>, (): &mut ()) -> trainyard_engine::Result<()> {
        set_below(after.pixels, self.below, self.value);
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

    fn configure(config: Config, _: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        Ok(vec![Step::transform(config)])
    }

    fn effect(_config: Config) -> Effect {
        Effect::ChangesPixels
    }
}
