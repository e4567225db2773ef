//! `correlate-times`: how the intensity of regions is correlated in time, within trains.
//!
//! | method | what | formulas |
//! |---|---|---|
//! | `multi-tau` | g2 at lags that grow by powers of two | [`crate::multi_tau`] |
//! | `two-time` | every pair of times, and g2 with its error | [`crate::two_time`] |
//! | `contrast` | sums of each frame for the speckle contrast | `contrast.rs` |

mod config;
mod contrast;
mod grid;
mod multi_tau;
mod regions;
mod two_time;

use crate::multi_tau::{MultiTau, Normalisation};
use config::{Config, Method, Normalise};
use contrast::Contrast;
use grid::Grid;
use multi_tau::Correlation;
use regions::Regions;
use trainyard_codec::Processor;
use trainyard_engine::algorithm::{Algorithm, Context, Problem, Rows, Step};
use trainyard_format::{Error, Place};
use two_time::TwoTime;

pub struct CorrelateTimes;

/// What a correlator made itself always fits it.
fn wrong(error: &impl std::fmt::Display) -> Error {
    Error::bug(error.to_string(), Place::default())
}

impl Algorithm for CorrelateTimes {
    const NAME: &'static str = "correlate-times";
    const SUMMARY: &'static str = "multi-tau g2, two-time correlation and speckle contrast of rings, within trains";
    const DETAILS: &'static str = "\
`multi-tau`: g2(lag) = <<I(t) I(t+lag)>> / (<<I(t)>> <<I(t+lag)>>) over the pixels of a ring and the pairs of frames of each
train, numerator, past and future summed over all trains and divided at the end. Level 0 has lags 0..buffers-1, each of the others
doubles the spacing and averages two frames. Pixels bad in every frame of the run, whatever marked them, are left out of their
ring; a frame in which another pixel of a ring is bad gives no pair for that ring. Run values `lags` u64 [lags], `g2` f64
[lags, rings], `pairs` u64 [lags, rings], `rings` f64 [rings, 2], `pixels` u64 [rings] (without those left out), `frames` u64
[rings] (that gave pairs).
`two-time`: for each pair of times of a train, sums over trains of the mean product of a ring's pixels (`numerator`) and of the
product of its means (`denominator`), and `correlation`, one by the other, f64 [rings, times, times]; the mean is taken off the
diagonal, which removes the shot noise of counts. Pixels bad in any frame of a train leave it. `g2` and `sigma` f64 [lags, rings]:
sums over pairs of one lag, the error from the differences between trains.
`contrast`: by frame `data.pixels`, `data.sum`, `data.squares`, `data.counts` (pixels of 0 to 7 photons) [rows, rings]; run
values `contrast` = sum (sum n^2 - sum n) / P over sum (sum n / P)^2, less 1, with `sigma`.
Lags count pulse ids in units of `pulse-step`, so a frame that is not there is a gap; `lag-by: frame` counts kept frames. Rings
need `geometry`. Run values `pulseStep`, and `lagTime` in s where pulse ids count bunches.";
    const EXAMPLE: &'static str = "\
- correlate-times: {buffers: 4, levels: 2, rings: [[20, 40], [40, 60]], normalisation: pixel}
- correlate-times: {as: two-time, method: two-time, ring-unit: q_nm^-1, rings: [[5, 9]]}
- correlate-times: {as: contrast, method: contrast, rings: [[20, 40]]}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        let regions = Regions::new(&config, context)?;
        if config.method == Method::Contrast {
            let step = Contrast { regions };
            let rows = Rows::ByFrame(step.outputs());
            return Ok(vec![Step::frame("CONTRAST", step).with_rows(rows)]);
        }
        let grid = Grid::new(&config, context)?;
        if config.method == Method::TwoTime {
            let (shot_noise, processor) = (config.shot_noise, Processor::chosen());
            return Ok(vec![Step::train("TWOTIME", TwoTime { regions, grid, shot_noise, processor })]);
        }
        let normalisation = match config.normalisation {
            Normalise::Roi => Normalisation::Roi,
            Normalise::Pixel => Normalisation::Pixel,
        };
        let tau = MultiTau::new(&regions.sizes, config.buffers, config.levels, normalisation)
            .map_err(|e| vec![Problem::new(&[], e.to_string())])?;
        Ok(vec![Step::train("G2", Correlation { tau, regions, grid })])
    }
}
