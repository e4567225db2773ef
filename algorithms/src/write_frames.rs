//! `write-frames`: the kept frames themselves.

use crate::keep::{told, Condition};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_codec::lossy::{Lossy, Mode, NonFinite};
use trainyard_codec::{Codec, Plugins};
use trainyard_engine::algorithm::{Algorithm, Context, Effect, FrameOutput, Needs, Problem, Step};

pub struct WriteFrames;

/// Parameters of `write-frames`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// how pixels are stored: `same` keeps the input's filters and copies chunks as they are
    pub codec: Choice,
    /// which of the frames that come here are written, as `keep` says it: `hit`; all when left out
    #[serde(rename = "where")]
    pub condition: Option<String>,
}

/// `same`, or a codec by name: `none`, `bitshuffle-lz4`, `lz4`, or with parameters: `{deflate: {level: 1}}`.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// the input's filters; chunks that no step changed are copied as they are
    #[default]
    Same,
    /// no compression
    None,
    /// byte shuffle and deflate, readable everywhere
    Deflate {
        /// 1 (fast) to 9 (small)
        #[serde(default = "fast")]
        #[schemars(range(min = 1, max = 9))]
        level: u8,
    },
    /// bitshuffle and LZ4: fast, good for detector counts
    BitshuffleLz4,
    /// bitshuffle and Zstandard: smaller, slower
    BitshuffleZstd {
        /// 1 (fast) to 22 (small)
        #[serde(default = "usual")]
        #[schemars(range(min = 1, max = 22))]
        level: i32,
    },
    /// LZ4 alone
    Lz4,
    /// Zstandard alone
    Zstd {
        /// 1 (fast) to 22 (small)
        #[serde(default = "usual")]
        #[schemars(range(min = 1, max = 22))]
        level: i32,
    },
    /// SZ3, lossy within a bound that is proved for every chunk; needs the plug-in, as `hdf5plugin` brings it
    Sz3(Sz3),
}

fn fast() -> u8 {
    1
}

/// The level that Zstandard itself takes when none is asked for.
fn usual() -> i32 {
    3
}

/// Exactly one bound.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sz3 {
    /// no pixel is further from its value than this
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub absolute: Option<f64>,
    /// the same, times the range of the values of its chunk
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub relative: Option<f64>,
    /// dB over each chunk, with its own range
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub psnr: Option<f64>,
    /// chunks with NaN or infinity go `lossless`, or have them replaced: `{replace-with: 0}`
    pub non_finite: NonFiniteChoice,
}

#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NonFiniteChoice {
    #[default]
    Lossless,
    ReplaceWith(f64),
}

impl Sz3 {
    /// `None`: not exactly one.
    fn bound(self) -> Option<Lossy> {
        let mode = match (self.absolute, self.relative, self.psnr) {
            (Some(bound), None, None) => Mode::Absolute(bound),
            (None, Some(bound), None) => Mode::Relative(bound),
            (None, None, Some(bound)) => Mode::Psnr(bound),
            _ => return None,
        };
        let non_finite = match self.non_finite {
            NonFiniteChoice::Lossless => NonFinite::Lossless,
            NonFiniteChoice::ReplaceWith(value) => NonFinite::ReplaceWith(value),
        };
        Some(Lossy { mode, non_finite })
    }

    fn lossy(self) -> Result<Lossy, Vec<Problem>> {
        let Some(lossy) = self.bound() else {
            return Err(vec![Problem::new(&["codec", "sz3"], "`sz3` needs exactly one bound")
                .with_hint("give one of `absolute`, `relative`, `psnr`")]);
        };
        lossy.check().map_err(|e| vec![Problem::new(&["codec", "sz3"], e.to_string())])?;
        if !Plugins::from_environment().has(SZ3_FILTER) {
            return Err(vec![Problem::new(&["codec", "sz3"], "there is no SZ3 plug-in on this machine")
                .with_hint("install hdf5plugin and let HDF5_PLUGIN_PATH name its plugins folder")]);
        }
        Ok(lossy)
    }
}

/// Number of SZ3 among the registered HDF5 filters.
const SZ3_FILTER: u32 = 32024;

impl Choice {
    fn output(self) -> Result<FrameOutput, Vec<Problem>> {
        let codec = match self {
            Choice::Same => return Ok(FrameOutput::Same),
            Choice::Sz3(sz3) => return sz3.lossy().map(FrameOutput::Lossy),
            Choice::None => Codec::None,
            Choice::Deflate { level } => Codec::Deflate { level },
            Choice::BitshuffleLz4 => Codec::BitshuffleLz4,
            Choice::BitshuffleZstd { level } => Codec::BitshuffleZstd { level },
            Choice::Lz4 => Codec::Lz4,
            Choice::Zstd { level } => Codec::Zstd { level },
        };
        Ok(FrameOutput::Lossless(codec))
    }
}

impl Algorithm for WriteFrames {
    const NAME: &'static str = "write-frames";
    const SUMMARY: &'static str = "writes the kept frames, with every other key of the detector's sources";
    const DETAILS: &'static str = "\
Writes files of the input's class and names with the frames that every `keep` let through. Ids, gain, mask and all other
keys of the group follow the selection; slow groups follow the trains. Chunks whose rows all stay together are copied as
stored unless another codec is named. A lossless codec stores what goes along pixel by pixel (gain, mask) the same way as the
pixels; beside `sz3` it keeps the input's filters. With `sz3` each chunk is decoded again and compared; one that misses its bound is
stored lossless in the same dataset. Bound, largest error, PSNR and ratio stand in the manifest and on the dataset. Stands after every `keep`,
`threshold` and `round`. With `where` only frames that meet the condition are written; one without a value does not. A second step
needs `as: NAME` and `where`: it writes a run folder of its own, `OUTPUT/NAME`, with the same names of files, and FATE and COLUMNS
of all frames. Each step chooses among all frames that come to it, so one frame may go to several. In the fate table of each folder
0 is what stands there; a frame that stands elsewhere has the code of the first step that took it, one that none took another.";
    const EXAMPLE: &'static str = "\
- write-frames: {codec: {deflate: {level: 1}}}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        let condition = config.condition.map(|text| Condition::new(&text, &["where"], context)).transpose();
        let (output, condition) = match (config.codec.output(), condition) {
            (Ok(output), Ok(condition)) => (output, condition),
            (output, condition) => {
                return Err(output.err().into_iter().chain(condition.err()).flatten().collect());
            }
        };
        let mut step = Step::write(output);
        if let Some(condition) = condition {
            let numbers = condition.numbers().to_vec();
            step = step.taking(condition).needing(Needs::columns(numbers));
        }
        Ok(vec![if context.label == Self::NAME { step } else { step.into_folder(&context.label) }])
    }

    fn effect(config: Config) -> Effect {
        let lossy = match config.codec {
            Choice::Sz3(sz3) => sz3.bound(),
            _ => None,
        };
        let (condition, by_ids) = config.condition.and_then(|text| told(&text)).unzip();
        Effect::Writes { lossy, condition, by_ids: by_ids.flatten() }
    }
}
