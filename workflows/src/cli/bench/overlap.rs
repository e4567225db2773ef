//! `overlap`: wall time of the engine over the time of its slowest stage; 1 would be perfect.
//!
//! Once with reading slowed to a known rate, as from a busy file system, and once with computing that takes longest, on
//! one thread. The rest is the first batch, the last one, and publishing.

use super::catalogue::Bench;
use super::powder_run::{write, GEOMETRY};
use crate::cli::{session, Failure};
use trainyard_engine::read::FetchOptions;

/// Seconds that slowed reading shall take: several times as long as computing.
const READING: f64 = 4.0;
const QUICK: &str = "  - integrate-azimuthally: {bins: 500}\n";
const SLOW: &str = concat!(
    "  - integrate-azimuthally: {bins: 500, splitting: bbox}\n",
    "  - integrate-azimuthally: {bins: 300, splitting: bbox, as: SECOND}\n",
    "  - integrate-azimuthally: {bins: 100, splitting: bbox, as: THIRD}\n",
);

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let run = bench.folder("agipd-run", write)?;
    let geometry = run.join(GEOMETRY);
    let (quick, output) = bench.workflow("overlap-read", &run, Some(&geometry), QUICK)?;
    let free = bench.reduce(&quick, &output, session::cores(), FetchOptions::default())?;
    let rate = free.snapshot.bytes_read as f64 / READING;
    let slowed = FetchOptions { bytes_per_second: Some(rate), ..FetchOptions::default() };
    let (slow, slow_output) = bench.workflow("overlap-compute", &run, Some(&geometry), SLOW)?;
    for (name, workflow, output, threads, fetch) in [
        ("overlap-read-bound", &quick, &output, session::cores(), slowed),
        ("overlap-compute-bound", &slow, &slow_output, 1, FetchOptions::default()),
    ] {
        let stages = bench.reduce(workflow, output, threads, fetch)?;
        bench.report.add(format!("{name}-wall"), stages.seconds, "s")?;
        bench.report.add(format!("{name}-slowest"), stages.slowest(), "s")?;
        bench.report.add(name, stages.seconds / stages.slowest(), "x")?;
    }
    Ok(())
}
