//! `find-hits`: frames in which something was hit, by their lit pixels or their peaks. By lit pixels it is two steps in one: a score from the pixels of each
//! frame, then, over the scores of the whole run, the verdict. The rules stand in [`crate::lit_pixels`] and
//! [`crate::adaptive_threshold`].

mod config;
mod judge;
mod peaks;
mod scoring;

pub use config::{Config, Count, Method, Per};

use judge::Judge;
use peaks::{AtOnce, Criteria};
use scoring::Scoring;
use trainyard_engine::algorithm::{Algorithm, ColumnDecl, Context, Modules, Needs, Problem, Rows, Step};
use trainyard_format::detector::Module;

pub struct FindHits;

impl Algorithm for FindHits {
    const NAME: &'static str = "find-hits";
    const SUMMARY: &'static str = "hits by lit pixels, against a threshold that follows the background, or by peaks";
    const DETAILS: &'static str = "\
Method `lit-pixels`. Score of a frame = sum(lit) / sum(unmasked) * modules * 65536 over the chosen modules, cut to an integer; lit pixels are above
`threshold`, bad pixels (NaN) are not counted, a frame without good pixels has no score. `adaptive`: a frame is a hit when
its score is above median + snr * sigma of at least about `min-scores` scores around its train, sigma = interquartile range
/ 1.34896; `fixed`: above `fixed-threshold`. With `normalise-by-xgm` scores are multiplied by median energy / energy, and
frames of weaker pulses than `least-energy` are neither hit nor miss; needs `lit-frames` before it. The rules are those of
EXtra-redu 1.1.0, by number of module. Columns (`NAME.hit` ... with `as: NAME`): `hit`; `miss`, a sample of misses to keep,
drawn by a hash of (seed, train, pulse), not as EXtra-redu draws them; `score`; `rawScore` before normalisation. Per frame,
by module: `data.litPixels`, `data.unmaskedPixels` u32, `data.totalIntensity` i64 [modules] (LITPX_COUNTER; their numbers are
its run value `modules`: the chosen ones, no others are read; `count: all` reads and counts all), and
`data.score` f64, `data.hit`, `data.miss` u8, `data.threshold` f64 (HITS). Run values of HITS: the parameters; by train
`trainId`, `threshold`, `mu`, `sigma`.

Method `peaks`, behind `find-peaks`: a frame is a hit when it has at least `min-peaks` peaks, of `min-intensity` together,
that reach `min-resolution` (1/d of four fifths of them); the last two where they are given. Its score is the number of peaks.
The same columns and rows but for `rawScore` and LITPX_COUNTER.

With `per: train` a train in which a frame is a hit is one with all its frames that were judged, and misses are drawn train by
train. Hits by peaks and pulse without misses kept are known in the pass that finds the peaks; all others need the whole run.";
    const EXAMPLE: &'static str = "\
- find-hits: {threshold: 0.7, modules: [3, 4, 8, 15], mode: adaptive, snr: 4, lower-quartile: true}
- keep: hit
- write-frames: {codec: bitshuffle-lz4}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        if config.method == Method::Peaks {
            return by_peaks(config, context);
        }
        let mut problems = config.problems();
        let mut positions = Vec::with_capacity(config.modules.len());
        for &number in &config.modules {
            match context.detector.modules.iter().position(|m| m.number == number) {
                Some(position) if positions.contains(&position) => {
                    problems.push(Problem::new(&["modules"], format!("module {number} is named twice")));
                }
                Some(position) => positions.push(position),
                None => {
                    let known: Vec<String> = context.detector.modules.iter().map(|m| m.number.to_string()).collect();
                    problems.push(
                        Problem::new(&["modules"], format!("the detector has no module {number}"))
                            .with_hint(format!("name some of {}", known.join(", "))),
                    );
                }
            }
        }
        let pixels = context.detector.module_pixels();
        let masked = |&m: &usize| {
            context.bad_pixels.get(m * pixels..(m + 1) * pixels).is_some_and(|bad| bad.iter().all(|bad| *bad))
        };
        if problems.is_empty() && positions.iter().all(masked) {
            problems.push(
                Problem::new(&["modules"], "all pixels of the modules that make the score are masked")
                    .with_hint("choose other `modules`, or look at `mask` and `geometry`"),
            );
        }
        let energy = context.column("energy");
        if config.normalise_by_xgm && energy.is_none() {
            problems.push(
                Problem::new(&["normalise-by-xgm"], "the energies of the pulses are not known")
                    .with_hint("put `- lit-frames: {}` before this step: it makes the column `energy`"),
            );
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let numbered = |(position, module): (usize, &Module)| (position, module.number);
        let mut counted: Vec<(usize, u16)> = context.detector.modules.iter().enumerate().map(numbered).collect();
        if config.count == Count::Chosen {
            counted.retain(|(position, _)| positions.contains(position));
        }
        let needs = match config.count {
            Count::Chosen => Modules::these(positions.iter().copied()),
            Count::All => Modules::All,
        };
        let rows = Rows::ByFrame(scoring::outputs(counted.len()));
        let scoring = Step::frame("LITPX_COUNTER", Scoring::new(config.threshold, counted, &positions))
            .needing(Needs::modules(needs))
            .making([ColumnDecl::number("rawScore", "")])
            .with_rows(rows);
        // the first column of the scoring step, which stands right before
        let score = context.columns.len();
        let energy = energy.filter(|_| config.normalise_by_xgm);
        let judging = Step::decide("HITS", Judge { criteria: None, score, energy, config })
            .needing(Needs::columns(std::iter::once(score).chain(energy)))
            .making(verdict())
            .with_rows(Rows::ByFrame(judge::outputs()));
        Ok(vec![scoring, judging])
    }
}

/// What is told of each frame.
fn verdict() -> [ColumnDecl; 3] {
    [ColumnDecl::boolean("hit"), ColumnDecl::boolean("miss"), ColumnDecl::number("score", "")]
}

fn by_peaks(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
    let problems = config.problems();
    if !problems.is_empty() {
        return Err(problems);
    }
    let criteria = Criteria::new(&config, context)?;
    let needs = Needs::columns(criteria.columns());
    let at_once = config.per == Per::Pulse && config.keep_misses == 0.0 && config.least_misses == 0.0;
    let step = if at_once {
        let needs = Needs { modules: Modules::none(), ..needs };
        Step::frame("HITS", AtOnce { criteria, config }).needing(needs)
    } else {
        let score = criteria.count.0;
        Step::decide("HITS", Judge { criteria: Some(criteria), score, energy: None, config }).needing(needs)
    };
    Ok(vec![step.making(verdict()).with_rows(Rows::ByFrame(judge::outputs()))])
}
