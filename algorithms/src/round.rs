//! `round`: pixels rounded to what their noise deserves, so that lossless codecs shrink them.

use schemars::JsonSchema;
use serde::Deserialize;
use trainyard_codec::rounding::{round_to_bits, round_to_noise};
use trainyard_engine::algorithm::{Algorithm, Context, Effect, ModuleChange, ModuleFrame, Problem, Step, Transform};

pub struct Round;

/// How coarse: one of the two.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// keep this many bits after the leading one
    Bits(#[schemars(range(min = 1, max = 23))] u32),
    /// a step of this share of the Poisson noise
    Noise(Noise),
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Noise {
    /// share of the noise: 0.5 to 1 hides in it
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub factor: f64,
    /// value of one photon
    #[serde(default = "one")]
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub gain: f64,
}

fn one() -> f64 {
    1.0
}

/// Parameters of `round`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// `{bits: 8}` or `{noise: {factor: 0.5}}`
    pub method: Method,
    /// never finer than two to this power
    #[serde(default = "finest")]
    #[schemars(range(min = -126, max = 126))]
    pub finest_power: i32,
}

fn finest() -> i32 {
    -126
}

impl Transform for Config {
    type Working = ();

    fn working(&self) {}

    fn apply(&self, _: &ModuleFrame<'_>, after: &mut ModuleChange<'_>, (): &mut ()) -> trainyard_engine::Result<()> {
        match self.method {
            Method::Bits(bits) => round_to_bits(after.pixels, bits, self.finest_power),
            Method::Noise(noise) => round_to_noise(after.pixels, noise.factor, noise.gain, self.finest_power),
        }
        Ok(())
    }
}

impl Algorithm for Round {
    const NAME: &'static str = "round";
    const SUMMARY: &'static str = "rounds pixels to some significant bits, or to a share of their noise";
    const DETAILS: &'static str = "\
`bits`: at most so many bits after the leading one, half to even. `noise`: to a step of max(2^finest-power,
2^floor(log2(factor sqrt(value gain)))). NaN stays. Later steps see the changed pixels and `write-frames` writes them;
it stands in front of those that are to see them.";
    const EXAMPLE: &'static str = "\
- round: {method: {noise: {factor: 0.5}}}
- write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";
    type Config = Config;

    fn configure(config: Config, _: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        Ok(vec![Step::transform(config)])
    }

    fn effect(_config: Config) -> Effect {
        Effect::ChangesPixels
    }
}
