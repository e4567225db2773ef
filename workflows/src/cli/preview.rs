//! `run --preview N`: the job on a few trains spread over the run, to see what it would do. Nothing is published.

use super::openers::openers;
use super::output::{print_json, print_words};
use super::report::report_of;
use super::session::{cores, default_memory, start_workers, warn};
use super::stop::stop_on_signals;
use super::{Exit, Failure, RunOptions, WorkflowOptions};
use crate::timeline::Timeline;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tempfile::TempDir;
use trainyard_engine::algorithm::{figures, Registry};
use trainyard_engine::comm::{Launch, Solo};
use trainyard_engine::engine::{estimate, run, Meter, Options, Outcome};
use trainyard_engine::plan::Job;
use trainyard_engine::read::FetchOptions;
use trainyard_format::words::{bytes, counted};
use trainyard_format::Error;
use trainyard_report::{write, Preview, Timing, REPORT};

impl RunOptions {
    /// # Errors
    /// Those of a run; several ranks.
    pub(super) fn preview(self, registry: &Registry, trains: usize) -> Result<Exit, Failure> {
        if Launch::of_environment().tasks > 1 {
            let hint = Some("start it without `mpirun` or `srun`");
            return Err(Failure::new(Exit::Workflow, "a preview runs on one rank", hint));
        }
        let (stop, _) = stop_on_signals()?;
        let threads = self.threads.map_or_else(cores, usize::from);
        start_workers(threads)?;
        let openers = Arc::new(openers()?);
        let (_, whole) = self.workflow.job_with(registry, openers.clone())?;
        warn(&whole);
        let chosen = spread(&whole.trains, trains);
        let folder = scratch(&whole.output)?;
        let few = of_trains(&self.workflow, &chosen, folder.path())?;
        let (_, job) = few.job_with(registry, openers)?;
        let options = Options {
            threads,
            memory: self.memory.as_ref().map_or_else(default_memory, |m| m.get()),
            fetch: FetchOptions::default(),
            overwrite: false,
            stop,
        };
        let meter = Arc::new(Meter::default());
        let timeline = Timeline::start(&meter);
        let started = Instant::now();
        let outcome = run(&job, &Solo::default(), &options, &meter);
        let seconds = started.elapsed().as_secs_f64();
        let rank = timeline.end(0);
        let manifest = match outcome.map_err(Failure::from)? {
            Outcome::Published(manifest) => manifest,
            _ => return Err(Failure::new(Exit::Interrupted, "interrupted: a preview begins anew", None)),
        };
        let preview = predict(&whole, &job, seconds, manifest.bytes.output)?;
        let bound_by = meter.snapshot().bound_by().into();
        let timing = Timing { seconds, bound_by, ranks: vec![rank], ..Timing::default() };
        let mut report = report_of(&job, timing)?;
        report.verdict.headline = format!("Preview: {}", report.verdict.headline);
        // what they name goes with the preview
        report.plots.iter_mut().for_each(|plot| plot.from.clear());
        report.preview = Some(preview.clone());
        let place = beside(&whole.output);
        std::fs::create_dir_all(&place).map_err(|e| Error::io("create the folder", &place, &e))?;
        write(&place, &report)?;
        let path = place.join(REPORT);
        if self.workflow.json {
            let frames = &manifest.frames;
            print_json(&json!({ "exit": 0, "report": path, "frames": frames, "preview": preview }))?;
        } else {
            print_words(&format!(
                "{}\npredicted for {}: {} s on this machine, {} written\nreport: {}\n",
                report.verdict.headline,
                counted(preview.trains_of_the_run, "train"),
                figures(preview.predicted_seconds),
                bytes(preview.predicted_bytes),
                path.display()
            ))?;
        }
        Ok(Exit::Done)
    }
}

/// As many trains as asked for, or all, spread evenly.
fn spread(all: &[u64], few: usize) -> Vec<u64> {
    let few = few.clamp(1, all.len().max(1));
    (0..few).filter_map(|number| all.get((2 * number + 1) * all.len() / (2 * few)).copied()).collect()
}

/// A folder of its own near the output, which goes when the preview ends.
fn scratch(output: &Path) -> Result<TempDir, Failure> {
    let near = output.parent().filter(|parent| parent.is_dir()).map_or_else(std::env::temp_dir, Path::to_path_buf);
    let made = tempfile::Builder::new().prefix(".trainyard-preview-").tempdir_in(&near);
    Ok(made.map_err(|e| Error::io("create a folder in", &near, &e))?)
}

/// The same workflow for those trains, into a folder that goes.
fn of_trains(workflow: &WorkflowOptions, trains: &[u64], folder: &Path) -> Result<WorkflowOptions, Failure> {
    let list = folder.join("trains.txt");
    let lines: String = trains.iter().map(|train| format!("{train}\n")).collect();
    std::fs::write(&list, lines).map_err(|e| Error::io("write", &list, &e))?;
    let quoted = |path: &Path| json!(path.to_string_lossy()).to_string();
    let mut few = workflow.clone();
    few.trains = None;
    few.sets.push(format!("trains={{file: {}}}", quoted(&list)));
    few.sets.push(format!("output={}", quoted(&folder.join("output"))));
    Ok(few)
}

fn predict(whole: &Job, few: &Job, seconds: f64, output: u64) -> Result<Preview, Failure> {
    let (all, own) = (estimate(whole)?, estimate(few)?);
    let planned = all.seconds(cores(), 1);
    let share = planned / own.seconds(cores(), 1).max(f64::MIN_POSITIVE);
    let longer = whole.trains.len() as f64 / few.trains.len().max(1) as f64;
    Ok(Preview {
        trains: few.trains.len(),
        trains_of_the_run: whole.trains.len(),
        // of a run without pixels the plan knows nothing to compare with
        predicted_seconds: seconds * if share.is_finite() && share > 0.0 { share } else { longer },
        predicted_bytes: (output as f64 * longer) as u64,
        planned_seconds: planned,
        planned_bytes: all.output_bytes,
    })
}

/// `reduced/r0053.preview`
fn beside(output: &Path) -> PathBuf {
    let mut name = output.file_name().unwrap_or_default().to_os_string();
    name.push(".preview");
    output.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trains_are_spread_over_the_run() {
        let all: Vec<u64> = (100..200).collect();
        assert_eq!(spread(&all, 4), [112, 137, 162, 187]);
        assert_eq!((spread(&all, 1000).len(), spread(&all[..1], 5), spread(&[], 3)), (100, vec![100], vec![]));
    }

    #[test]
    fn a_preview_stands_beside_the_output() {
        assert_eq!(beside(Path::new("reduced/r0053")), Path::new("reduced/r0053.preview"));
    }
}
