//! `check`: everything that is wrong with a workflow, against its run; no pixel is read.

use super::session::{exit_for, geometry, skipped, warn};
use super::{output, CheckOptions, Exit, Failure};
use crate::workflow::Checked;
use serde::Serialize;
use trainyard_engine::algorithm::Registry;
use trainyard_engine::engine::{have_filters, refuse_without_room};
use trainyard_engine::plan::Job;
use trainyard_engine::publish::{allowed, existing, Existing, WorkFolder};
use trainyard_format::words::counted;

/// As `--json` shows a workflow with nothing wrong.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct CheckView {
    exit: u8,
    errors: [(); 0],
    warnings: Vec<String>,
    /// files that were left out
    skipped: Vec<String>,
    detector: Option<String>,
    modules: usize,
    trains: usize,
    steps: usize,
    copied_sources: usize,
}

impl CheckOptions {
    /// # Errors
    /// All that is wrong.
    pub fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        let outcome = self.check(registry);
        self.workflow.ended(outcome)
    }

    fn check(&self, registry: &Registry) -> Result<Exit, Failure> {
        let (checked, job) = self.workflow.job(registry)?;
        warn(&job);
        // as `run` would without `--overwrite`
        let work = WorkFolder::new(&job.output).with_inner(job.folders());
        let found = existing(&work, &job.basis())?;
        allowed(&work, &found, false)?;
        have_filters(&job)?;
        if found != Existing::Finished {
            refuse_without_room(&job)?;
        }
        let skipped = skipped(&job);
        skipped.iter().for_each(|text| output::complain(text));
        let exit = exit_for(skipped.len());
        if self.workflow.json {
            output::print_json(&view(&checked, &job, exit))?;
        } else {
            let file = self.workflow.workflow.display();
            output::print_words(&format!("{file}: nothing wrong; {}\n{}", what(&checked, &job), geometry(&job)))?;
        }
        Ok(exit)
    }
}

fn view(checked: &Checked, job: &Job, exit: Exit) -> CheckView {
    CheckView {
        exit: exit as u8,
        errors: [],
        warnings: job.doubts().into_iter().chain(job.oddities()).collect(),
        skipped: job.run.skipped.iter().map(|error| format!("{error}: {}", error.place())).collect(),
        detector: (!job.detector.modules.is_empty()).then(|| job.detector.name.clone()),
        modules: job.detector.modules.len(),
        trains: job.trains.len(),
        steps: checked.steps.len(),
        copied_sources: job.copy.len(),
    }
}

fn what(checked: &Checked, job: &Job) -> String {
    let trains = counted(job.trains.len(), "train");
    match job.detector.modules.len() {
        0 => format!("{trains} of {}, to be copied", counted(job.copy.len(), "source")),
        modules => {
            let (modules, steps) = (counted(modules, "module"), counted(checked.steps.len(), "step"));
            format!("{trains} of {} with {modules}, {steps}", job.detector.name)
        }
    }
}
