//! `whole-job`: a compressed AGIPD run to I(q) with sigma for each frame, 500 bins, results published; two threads.
//!
//! Seconds from the start of the process to its end, as a user waits for it. Files are in the page cache. Peers: a loop
//! over EXtra-data's trains with pyFAI in one process, the usual script; and the tuned form, two processes of pasha with
//! shared output arrays and one pyFAI thread each.

use super::catalogue::Bench;
use super::peer::Script;
use super::powder_run::{beam, write, FRAMES, GEOMETRY};
use super::timing::median;
use crate::cli::Failure;
use std::ffi::OsStr;
use std::time::Instant;

const TEXT: &str = include_str!("peers/whole_job.py");
/// pyFAI may use both cores in the plain loop, as it does when nothing is said.
const PLAIN: Script = Script { name: "EXtra-data with pyFAI", text: TEXT, threads: 2 };
const PASHA: Script = Script { name: "EXtra-data with pyFAI and pasha", text: TEXT, threads: 1 };
const STEPS: &str = "  - integrate-azimuthally: {unit: q_nm^-1, bins: 500, solid-angle: true, error-model: poisson}\n";
const THREADS: usize = 2;
const ROUNDS: usize = 3;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let run = bench.folder("agipd-run", write)?;
    let geometry = run.join(GEOMETRY);
    let (workflow, output) = bench.workflow("whole-job", &run, Some(&geometry), STEPS)?;
    let numbers = [beam().clen.to_string(), beam().wavelength().to_string()];
    let file = bench.data.join("whole-job-peer.h5");
    let peer = |script: Script, mode: &str| -> Option<f64> {
        let peers = bench.peers.as_ref()?;
        let mut arguments = vec![OsStr::new(mode), run.as_os_str(), geometry.as_os_str(), file.as_os_str()];
        arguments.extend(numbers.iter().map(OsStr::new));
        let started = Instant::now();
        let values = peers.run(script, &arguments);
        let seconds = started.elapsed().as_secs_f64();
        values.iter().any(|(name, frames)| name == "frames" && *frames == FRAMES as f64).then_some(seconds)
    };
    // once for the page cache, and for what Python compiles
    bench.run_program(&workflow, &output, THREADS)?;
    let (mut ours, mut plain, mut pasha) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(bench.run_program(&workflow, &output, THREADS)?);
        pasha.extend(peer(PASHA, "pasha"));
        ours.push(bench.run_program(&workflow, &output, THREADS)?);
        plain.extend(peer(PLAIN, "plain"));
    }
    let middle = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        (!times.is_empty()).then(|| median(times))
    };
    let Some(seconds) = middle(&mut ours) else { return Ok(()) };
    let (plain, pasha) = (middle(&mut plain), middle(&mut pasha));
    bench.report.add("whole-job", seconds, "s")?;
    bench.report.add("whole-job-rate", FRAMES as f64 / seconds, "frames/s")?;
    bench.report.slower("whole-job", seconds, plain, "plain")?;
    bench.report.slower("whole-job", seconds, pasha, "pasha")
}
