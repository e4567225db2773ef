//! `opening`: open and plan a run of 64 sequences of 18 files, from the start of the openers to the estimate.
//!
//! The peer opens the same run with EXtra-data, without its stored maps; imports are not counted.

use super::catalogue::Bench;
use super::many_files::MANY_FILES;
use super::peer::{largest, Script};
use super::timing::{median, seconds};
use crate::cli::{Failure, WorkflowOptions};
use trainyard_engine::engine::estimate;

const PEER: Script = Script { name: "EXtra-data", text: include_str!("peers/opening.py"), threads: 1 };

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let run = bench.many_files()?;
    let geometry = run.join(trainyard_simulate::GEOMETRY_FILE);
    let (workflow, _) = bench.workflow("opening", &run, Some(&geometry), "  - integrate-azimuthally: {per: run}\n")?;
    let options = WorkflowOptions::of(workflow);
    let times = seconds(3, || {
        let (_, job) = options.job(bench.registry)?;
        estimate(&job)?;
        Ok(())
    })?;
    let ours = median(&times);
    let values = bench.peers.as_ref().map(|p| p.run(PEER, &[run.as_os_str()])).unwrap_or_default();
    bench.report.add("opening", ours, "s")?;
    bench.report.add("opening-rate", MANY_FILES / ours, "files/s")?;
    bench.report.slower("opening", ours, largest(&values, "seconds"), "extra-data")
}
