//! `report`: what the page at the end of a run costs, in time and memory; and one of 10^5 trains, made afterwards.

use super::against;
use super::catalogue::Bench;
use super::job::program;
use super::powder_run::{write, GEOMETRY};
use super::timing::median;
use crate::cli::{session, Exit, Failure};
use serde_json::Value;
use std::path::Path;
use trainyard_format::Error;

const STEPS: &str = "  - integrate-azimuthally: {unit: q_nm^-1, bins: 500, solid-angle: true}\n";
const ROUNDS: usize = 3;
const MANY: u64 = 100_000;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let run = bench.folder("agipd-run", write)?;
    let (workflow, output) = bench.workflow("report", &run, Some(&run.join(GEOMETRY)), STEPS)?;
    let (mut seconds, mut memory) = (Vec::new(), 0.0f64);
    for _ in 0..ROUNDS {
        bench.clear(&output)?;
        program(&["run".as_ref(), workflow.as_os_str()])?;
        let timing = timing(&output)?;
        let number = |name: &str| timing.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        seconds.push(number("report-seconds"));
        memory = memory.max(number("report-memory"));
    }
    seconds.sort_by(f64::total_cmp);
    bench.report.add("report", median(&seconds), "s")?;
    bench.report.add("report-memory", memory / 1e6, "MB")?;
    bench.report.add("report-page", size(&output)? / 1e6, "MB")?;
    let name = format!("against-{}k", MANY / 1000);
    let run = bench.folder(&format!("{name}-run"), |folder| against::write(folder, MANY))?;
    let steps = format!("  - keep: train >= 0\ndetector: {}\n", against::CAMERA);
    let (workflow, output) = bench.workflow("report-many", &run, None, &steps)?;
    bench.run_program(&workflow, &output, session::cores())?;
    bench.report.add("report-many", program(&["report".as_ref(), output.as_os_str()])?, "s")?;
    bench.report.add("report-many-page", size(&output)? / 1e6, "MB")
}

fn timing(output: &Path) -> Result<Value, Failure> {
    let path = output.join("report.json");
    let text = std::fs::read(&path).map_err(|e| Error::io("read", &path, &e))?;
    let report: Value = serde_json::from_slice(&text)
        .map_err(|e| Failure::new(Exit::Bug, &format!("the report of the bench is no JSON: {e}"), None))?;
    Ok(report.get("timing").cloned().unwrap_or_default())
}

fn size(output: &Path) -> Result<f64, Failure> {
    let path = output.join("report.html");
    Ok(std::fs::metadata(&path).map_err(|e| Error::io("look at", &path, &e))?.len() as f64)
}
