//! Storms over one to four ranks, with storage that lies among them: in the end the same bytes, and on the way no start that is
//! stuck, short or mixed. `TRAINYARD_SEED=17` repeats one of them.

use std::time::{Duration, Instant};
use trainyard_tests::{seeds, Powder, Published, Reduction, Storm};

const ONE_PASS: &str = "sequence: {trains: 1}
steps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - integrate-azimuthally: {as: mean, unit: r_mm, bins: 200, per: run}
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

/// Scores of the whole run decide what is kept; slow data are copied by rows.
const TWO_PASSES: &str = "sequence: {trains: 1}
trains: {index: \"0:7\"}
steps:
  - find-hits: {method: lit-pixels, threshold: 0.7, modules: [0, 5], mode: adaptive, min-scores: 10}
  - keep: hit
  - integrate-azimuthally: {as: mean, unit: r_mm, bins: 200, per: run}
  - write-frames: {codec: bitshuffle-lz4}";

fn undisturbed(steps: &str) -> (Published, Duration) {
    let reduction = Reduction::new(&Powder::raw(), steps);
    let began = Instant::now();
    let whole = reduction.reduce(&["--threads", "1"]);
    (whole, began.elapsed())
}

fn storms(seeds: Vec<u64>, most_ranks: usize) {
    let kinds = [ONE_PASS, TWO_PASSES].map(|steps| (steps, undisturbed(steps)));
    for seed in seeds {
        let (steps, (whole, time)) = &kinds[seed as usize % kinds.len()];
        Storm::new(seed, Reduction::new(&Powder::raw(), steps), whole, *time, most_ranks).rage();
    }
}

#[test]
fn of_one_process() {
    storms(seeds(1000, 5, 60), 1);
}

#[test]
fn of_several_ranks() {
    storms(seeds(2000, 5, 60), 4);
}
