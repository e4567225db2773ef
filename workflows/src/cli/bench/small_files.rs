//! `small-files`: a run of 1333 sequences of three small files, copied and published, beside `inspect` and `validate` of the
//! same run in the same call: what it takes to look at every file of the input once, and to judge what is in it.

use super::catalogue::Bench;
use super::job::program;
use super::timing::median;
use crate::cli::{session, Failure};
use std::ffi::OsStr;
use trainyard_simulate::{simulate, Detector, Kind, SimulationSpec};

const SEQUENCES: u32 = 1333;
const ROUNDS: usize = 3;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let run = bench.folder("small-files-run", |folder| {
        let spec = SimulationSpec {
            trains: SEQUENCES,
            pulses: 1,
            trains_per_sequence: 1,
            modules: Some(vec![0]),
            counting: Some(false),
            codec: trainyard_codec::Codec::BitshuffleLz4,
            ..SimulationSpec::new(Kind::Powder, Detector::Agipd)
        };
        simulate(&spec, folder)?;
        Ok(())
    })?;
    let (workflow, output) = bench.workflow("small-files", &run, None, "  - write-frames\n")?;
    let [mut inspecting, mut validating, mut reducing] = [const { Vec::new() }; 3];
    let look = |verb: &str| program(&[OsStr::new(verb), run.as_os_str()]);
    // once for the page cache
    look("inspect")?;
    for _ in 0..ROUNDS {
        inspecting.push(look("inspect")?);
        validating.push(look("validate")?);
        reducing.push(bench.run_program(&workflow, &output, session::cores())?);
    }
    let [inspecting, validating, reducing] = [inspecting, validating, reducing].map(|mut times| {
        times.sort_by(f64::total_cmp);
        median(&times)
    });
    bench.report.add("small-files", reducing, "s")?;
    bench.report.add("small-files-inspect", inspecting, "s")?;
    bench.report.add("small-files-validate", validating, "s")?;
    bench.report.add("small-files-over-both", reducing / (inspecting + validating), "x")
}
