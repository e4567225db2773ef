//! `find-hits`: frames in which a particle was hit, by their lit pixels. Two steps in one: a score from the pixels of each
//! frame, then, over the scores of the whole run, the verdict. The rules stand in [`crate::lit_pixels`] and
//! [`crate::adaptive_threshold`].

mod config;
mod judge;
mod scoring;

pub use config::Config;

use judge::Judge;
use scoring::Scoring;
use trainyard_engine::algorithm::{Algorithm, ColumnDecl, Context, Problem, Step, StepKind};

pub struct FindHits;

impl Algorithm for FindHits {
    const NAME: &'static str = "find-hits";
    const SUMMARY: &'static str = "hits by lit pixels, against a threshold that follows the background";
    const DETAILS: &'static str = "\
Score of a frame = sum(lit) / sum(unmasked) * modules * 65536 over the chosen modules, cut to an integer; lit pixels are above
`threshold`, bad pixels (NaN) are not counted, a frame without good pixels has no score. `adaptive`: a frame is a hit when
its score is above median + snr * sigma of at least about `min-scores` scores around its train, sigma = interquartile range
/ 1.34896; `fixed`: above `fixed-threshold`. With `normalise-by-xgm` scores are multiplied by median energy / energy, and
frames of weaker pulses than `least-energy` are neither hit nor miss; needs `lit-frames` before it. The rules are those of
EXtra-redu 1.1.0, by number of module. Columns (`NAME.hit` ... with `as: NAME`): `hit`; `miss`, a sample of misses to keep,
drawn by a hash of (seed, train, pulse), not as EXtra-redu draws them; `score`; `score.raw` before normalisation. Per frame,
all modules: `data.litPixels`, `data.unmaskedPixels` u32, `data.totalIntensity` i64 [modules] (LITPX_COUNTER), and
`data.score` f64, `data.hit`, `data.miss` u8, `data.threshold` f64 (HITS). Run values of HITS: the parameters; by train
`trainId`, `threshold`, `mu`, `sigma`.";
    const EXAMPLE: &'static str = "\
- find-hits: {threshold: 0.7, modules: [3, 4, 8, 15], mode: adaptive, snr: 4, lower-quartile: true}
- keep: hit
- write-frames: {codec: bitshuffle-lz4}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
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
        let name = |column: &str| match context.label.as_str() {
            Self::NAME => column.to_string(),
            label => format!("{label}.{column}"),
        };
        let modules = context.detector.modules.len();
        let scoring = Step {
            columns: vec![ColumnDecl::number(name("score.raw"), "")],
            outputs: scoring::outputs(modules as u64),
            source: "LITPX_COUNTER".into(),
            kind: StepKind::Frame(Box::new(Scoring::new(config.threshold, positions, modules))),
        };
        let judge = Judge {
            // the first column of the scoring step, which stands right before
            score: context.columns.len(),
            energy: energy.filter(|_| config.normalise_by_xgm),
            outputs: judge::outputs(),
            config,
        };
        let judging = Step {
            columns: vec![
                ColumnDecl::boolean(name("hit")),
                ColumnDecl::boolean(name("miss")),
                ColumnDecl::number(name("score"), ""),
            ],
            outputs: judge::outputs(),
            source: "HITS".into(),
            kind: StepKind::Table(Box::new(judge)),
        };
        Ok(vec![scoring, judging])
    }
}
