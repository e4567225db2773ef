//! `demo`: the whole way once, on simulated data: a run with lit and dark cells, a workflow, the reduced run, its check.
//!
//! Everything stays in one folder, to be looked at and changed: a second `demo` there goes on with what it finds.

use super::output::{complain, print, table};
use super::{openers, Exit, Failure, RunOptions, WorkflowOptions};
use std::path::{Path, PathBuf};
use std::time::Instant;
use trainyard_codec::Codec;
use trainyard_engine::algorithm::Registry;
use trainyard_format::validate::{validate_run, Options, Severity};
use trainyard_format::words::{bytes, counted};
use trainyard_format::Error;
use trainyard_simulate::{simulate, Detector, Kind, Lit, SimulationSpec, GEOMETRY_FILE, TRUTH_FILE};

/// Folders and files of a demonstration.
const RUN: &str = "run";
const WORKFLOW: &str = "workflow.yaml";
const REDUCED: &str = "reduced";

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard demo
  trainyard demo --output /scratch/demo

Makes about 300 MB. Change `workflow.yaml` there, then: trainyard run DIR/workflow.yaml --overwrite")]
pub struct DemoOptions {
    /// folder for everything that is made; made when it is not there
    #[arg(long, value_name = "DIR", default_value = "trainyard-demo")]
    pub output: PathBuf,
}

/// Powder on AGIPD, every second cell lit, corrected and compressed.
fn specification() -> SimulationSpec {
    SimulationSpec {
        trains: 4,
        pulses: 16,
        codec: Codec::BitshuffleLz4,
        lit: Some(Lit { stride: 2, ..Lit::default() }),
        ..SimulationSpec::new(Kind::Powder, Detector::Agipd)
    }
}

fn workflow() -> String {
    format!(
        "\
# Keeps the frames that saw X-rays, with I(q) of each. Paths are relative to this file.
run: {RUN}
geometry: {RUN}/{GEOMETRY_FILE}
output: {REDUCED}
steps:
  - lit-frames: {{}}
  - keep: lit
  - integrate-azimuthally: {{unit: q_nm^-1, bins: 500}}
  - write-frames: {{}}
"
    )
}

impl DemoOptions {
    /// # Errors
    /// A folder that holds something else, a disk that fails, and what the run reports.
    pub fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        let folder = &self.output;
        let (run, reduced, file) = (folder.join(RUN), folder.join(REDUCED), folder.join(WORKFLOW));
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))?;
        self.simulate(&run)?;
        if !file.exists() {
            std::fs::write(&file, workflow()).map_err(|e| Error::io("write", &file, &e))?;
        }
        print(&format!("\nreducing: trainyard run {}\n", file.display()))?;
        let options = RunOptions {
            build: None,
            workflow: WorkflowOptions::of(file.clone()),
            threads: None,
            memory: None,
            overwrite: false,
            no_report: false,
            preview: None,
            notes: None,
            job_end: String::new(),
            lead: 0,
        };
        let exit = options.run(registry)?;
        if !matches!(exit, Exit::Done | Exit::Skipped) {
            return Ok(exit);
        }
        print(&format!("\nvalidating: trainyard validate {}\n", reduced.display()))?;
        let exit = exit.and(validate(&reduced)?);
        print(&where_to_look(&run, &reduced, &file))?;
        Ok(exit)
    }

    fn simulate(&self, run: &Path) -> Result<(), Failure> {
        // the truth is written last
        if run.join(TRUTH_FILE).exists() {
            return print(&format!("simulated before: {}\n", run.display()));
        }
        let started = Instant::now();
        let truth = simulate(&specification(), run)?;
        let lit = truth.frames.iter().filter(|frame| frame.lit).count();
        print(&format!(
            "simulated: {}, {} of {}, {lit} of them lit, {} in {:.1} s\n",
            run.display(),
            counted(truth.frames.len(), "frame"),
            truth.detector_name,
            bytes(size(run)),
            started.elapsed().as_secs_f64(),
        ))
    }
}

fn validate(reduced: &Path) -> Result<Exit, Failure> {
    let findings = validate_run(&[reduced.into()], &openers()?, Options { deep: true });
    findings.iter().for_each(|finding| complain(&format!("{finding}\n\n")));
    let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
    if findings.is_empty() {
        print("nothing is wrong: every chunk was read back and decoded\n")?;
    }
    Ok(if errors > 0 { Exit::Bug } else { Exit::Done })
}

fn where_to_look(run: &Path, reduced: &Path, workflow: &Path) -> String {
    let row = |path: PathBuf, what: &str| vec![path.display().to_string(), what.to_string()];
    let rows = [
        row(workflow.into(), "the workflow: change it, and run it again with --overwrite"),
        row(run.into(), &format!("the simulated run, {}; {TRUTH_FILE} says what is in it", bytes(size(run)))),
        row(
            reduced.into(),
            &format!("the reduced run, {}, for every tool that reads EuXFEL runs", bytes(size(reduced))),
        ),
        row(reduced.join("report.html"), "a page with pictures and plots: open it in a browser"),
        row(reduced.join("reduction.json"), "what was done, and what became of every frame"),
    ];
    format!(
        "\nwhere to look:\n{}\n\
         in Python, with EXtra-data:\n  \
         run = RunDirectory({:?})\n  \
         run[\"SPB_DET_AGIPD1M-1/REDU/AZINT:output\", \"data.intensity\"].ndarray()\n\n\
         next: trainyard inspect {}\n      trainyard algorithms\n",
        table(&rows),
        reduced.display().to_string(),
        reduced.display(),
    )
}

/// Bytes of the files in a folder.
fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum()
}
