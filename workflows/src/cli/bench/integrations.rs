//! `integrations`: what an integration costs in the whole program, beside its kernel alone, and what three of them in one
//! workflow cost; one thread, bounding boxes, the run of `whole-job`.
//!
//! Two workflows differ by two integrations, so half of the difference of their computing times is one of them, whatever
//! decoding takes.

use super::azimuthal::kernel_seconds;
use super::catalogue::Bench;
use super::powder_run::{write, FRAMES, GEOMETRY};
use super::timing::median;
use crate::cli::Failure;
use trainyard_algorithms::azimuthal::Splitting;
use trainyard_engine::read::FetchOptions;

const ROUNDS: usize = 3;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let run = bench.folder("agipd-run", write)?;
    let geometry = run.join(GEOMETRY);
    let step = |bins: u32| {
        format!(
            "  - integrate-azimuthally: {{as: i{bins}, unit: q_nm^-1, bins: {bins}, splitting: bbox, error-model: poisson}}\n"
        )
    };
    let one = bench.workflow("integrations-one", &run, Some(&geometry), &step(1000))?;
    let all: String = [1000, 1001, 1002].map(step).concat();
    let three = bench.workflow("integrations-three", &run, Some(&geometry), &all)?;
    let mut computing = [Vec::new(), Vec::new()];
    let mut kernel = f64::INFINITY;
    for _ in 0..ROUNDS {
        for ((workflow, output), times) in [&one, &three].into_iter().zip(&mut computing) {
            let stages = bench.reduce(workflow, output, 1, FetchOptions::default())?;
            times.push(stages.snapshot.compute_ns as f64 / 1e9 / FRAMES as f64);
        }
        kernel = kernel.min(kernel_seconds(bench, Splitting::Bbox)?);
    }
    let [one, three] = computing.map(|mut times| {
        times.sort_by(f64::total_cmp);
        median(&times)
    });
    bench.report.add("integrations-one", 1.0 / one, "frames/s")?;
    bench.report.add("integrations-three", 1.0 / three, "frames/s")?;
    bench.report.add("integrations-each-over-kernel", (three - one) / 2.0 / kernel, "x")?;
    bench.report.add("integrations-three-over-three-times-one", three / (3.0 * one), "x")
}
