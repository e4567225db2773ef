//! `average`: statistics of each pixel over frames: count, mean, variance, minimum, maximum; of the run, or by pulse, memory cell,
//! train or bins of a column.
//!
//! | question | file |
//! |---|---|
//! | how are frames added? | `accumulate.rs` |
//! | how are the statistics of two groups of frames joined, and read? | `moments.rs` |

mod accumulate;
mod moments;

pub use accumulate::{Accumulator, Kept, BLOCK_FRAMES};
pub use moments::{Moments, MomentsError};

use crate::column_bins::ColumnBins;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{
    Accumulate, Algorithm, Context, Grouping, Needs, OutputDecl, Problem, RowSink, Step,
};
use trainyard_format::map::ElementType;
use trainyard_format::{Error, Place, Result};

pub struct Average;

/// Which frames belong together.
#[derive(Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroupBy {
    /// all of the run
    #[default]
    Run,
    /// those of one pulse id
    Pulse,
    /// those of one memory cell
    Cell,
    /// those of one train: rows by train
    Train,
    /// by a column that an earlier step made
    #[serde(untagged)]
    Column(ColumnBins),
}

/// Parameters of `average`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// which frames belong together: `run`, `pulse`, `cell`, `train`, or `{column: NAME, bins: [EDGES]}`
    pub group_by: GroupBy,
    /// the variance too
    pub variance: bool,
    /// minimum and maximum too
    pub extremes: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config { group_by: GroupBy::Run, variance: true, extremes: true }
    }
}

struct Statistics {
    grouping: Grouping,
    kept: Kept,
}

impl Accumulate for Statistics {
    type Tile = Accumulator;
    type Rest = Moments;

    fn grouping(&self) -> &Grouping {
        &self.grouping
    }

    fn tile(&self, pixels: usize) -> Accumulator {
        Accumulator::new(pixels, self.kept)
    }

    fn add(&self, frames: &[&[f32]], tile: &mut Accumulator) -> Result<()> {
        tile.add(frames).map_err(|e| wrong(&e))
    }

    fn rest(&self, tile: Accumulator) -> Moments {
        tile.moments()
    }

    fn merge(&self, into: &mut Moments, next: Moments) -> Result<()> {
        into.merge(&next).map_err(|e| wrong(&e))
    }

    fn finish(&self, moments: &Moments, maps: &mut RowSink<'_>) -> Result<()> {
        maps.f64(moments.mean());
        maps.u32(moments.count());
        if self.kept.variance {
            maps.f64(&moments.variance().collect::<Vec<f64>>());
        }
        if self.kept.extremes {
            maps.f32(moments.min());
            maps.f32(moments.max());
        }
        Ok(())
    }

    fn pixel_bytes(&self) -> usize {
        self.kept.bytes()
    }
}

fn wrong(error: &MomentsError) -> Error {
    Error::input(error.to_string(), Place::default())
}

impl Algorithm for Average {
    const NAME: &'static str = "average";
    const SUMMARY: &'static str = "mean, variance, count, minimum and maximum of each pixel";
    const DETAILS: &'static str = "\
Per pixel over the frames of a group, bad pixels (NaN) left out of it: `count` u32, `mean` f64, `variance` f64 = sum (x - mean)^2 /
count, `min` and `max` f32; NaN where no frame has a value. Sums are f64 about the first value of the pixel, groups of
sequences are joined as Chan, Golub and LeVeque 1979. Run values [group, module, slow, fast], for the whole run [module, slow,
fast]; the groups are `pulseId`, `cellId`, or `bin` with `edges`. By train: rows `data.mean` ... [module, slow, fast]. The state
takes up to 32 bytes a pixel and group; more than 256 MiB of it has a phase of its own, which goes through each sequence module
by module, as many at once as fit the memory, and where one does not fit, by ranges of groups.";
    const EXAMPLE: &'static str = "\
- average: {group-by: run}
- average: {as: cells, group-by: cell, variance: false, extremes: false}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let grouping = match config.group_by {
            GroupBy::Run => Grouping::Run,
            GroupBy::Pulse => Grouping::Pulse,
            GroupBy::Cell => Grouping::Cell,
            GroupBy::Train => Grouping::Train,
            GroupBy::Column(bins) => {
                let (column, edges) = bins.configured(context).map_err(|problem| vec![problem])?;
                Grouping::Bins { column, edges }
            }
        };
        let columns = match &grouping {
            Grouping::Bins { column, .. } => vec![*column],
            _ => Vec::new(),
        };
        let detector = &context.detector;
        let shape = [detector.slow as u64, detector.fast as u64];
        let map = |key: &str, element, description: &str| OutputDecl::new(key, element, &shape, description);
        let mut maps = vec![
            map("mean", ElementType::F64, "mean of the frames in which the pixel is good"),
            map("count", ElementType::U32, "frames in which the pixel is good"),
        ];
        if config.variance {
            maps.push(map("variance", ElementType::F64, "mean squared distance from the mean"));
        }
        if config.extremes {
            maps.push(map("min", ElementType::F32, "smallest value"));
            maps.push(map("max", ElementType::F32, "largest value"));
        }
        let kept = Kept { variance: config.variance, extremes: config.extremes };
        let step = Statistics { grouping, kept };
        Ok(vec![Step::accumulate("AVERAGE", detector, step, maps).needing(Needs::columns(columns))])
    }
}
