//! `write-frames`: the kept frames themselves.

use schemars::JsonSchema;
use serde::Deserialize;
use trainyard_codec::Codec;
use trainyard_engine::algorithm::{Algorithm, Context, FrameOutput, Problem, Step, StepKind};

pub struct WriteFrames;

/// Parameters of `write-frames`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// how pixels are stored: `same` keeps the input's filters and copies chunks as they are
    pub codec: Choice,
}

/// `same`, or a codec by name: `none`, `bitshuffle-lz4`, `lz4`, or with parameters: `{deflate: {level: 1}}`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
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
        #[schemars(range(min = 1, max = 9))]
        level: u8,
    },
    /// bitshuffle and LZ4: fast, good for detector counts
    BitshuffleLz4,
    /// bitshuffle and Zstandard: smaller, slower
    BitshuffleZstd {
        /// 1 (fast) to 22 (small)
        #[schemars(range(min = 1, max = 22))]
        level: i32,
    },
    /// LZ4 alone
    Lz4,
    /// Zstandard alone
    Zstd {
        /// 1 (fast) to 22 (small)
        #[schemars(range(min = 1, max = 22))]
        level: i32,
    },
}

impl Choice {
    fn codec(self) -> Option<Codec> {
        match self {
            Choice::Same => None,
            Choice::None => Some(Codec::None),
            Choice::Deflate { level } => Some(Codec::Deflate { level }),
            Choice::BitshuffleLz4 => Some(Codec::BitshuffleLz4),
            Choice::BitshuffleZstd { level } => Some(Codec::BitshuffleZstd { level }),
            Choice::Lz4 => Some(Codec::Lz4),
            Choice::Zstd { level } => Some(Codec::Zstd { level }),
        }
    }
}

impl Algorithm for WriteFrames {
    const NAME: &'static str = "write-frames";
    const SUMMARY: &'static str = "writes the kept frames, with every other key of the detector's sources";
    const DETAILS: &'static str = "\
Writes files of the input's class and names with the frames that every `keep` let through. Ids, gain, mask and all other
keys of the group follow the selection; slow groups follow the trains. Chunks whose rows all stay together are copied as
stored unless another codec is named. Stands after every `keep`.";
    type Config = Config;

    fn configure(config: Config, _context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        let output = FrameOutput { codec: config.codec.codec() };
        Ok(vec![Step { columns: Vec::new(), outputs: Vec::new(), source: "FRAMES".into(), kind: StepKind::Write(output) }])
    }
}
