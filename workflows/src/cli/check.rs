//! `check`: everything that is wrong with a workflow, against its run; no pixel is read.

use super::session::{exit_for, geometry, skipped, warn};
use super::{output, CheckOptions, Exit, Failure};
use trainyard_engine::algorithm::Registry;
use trainyard_engine::engine::refuse_without_room;
use trainyard_engine::publish::{allowed, existing, Existing, WorkFolder};

impl CheckOptions {
    pub fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        let (checked, job) = self.workflow.job(registry)?;
        warn(&job);
        // as `run` would without `--overwrite`
        let work = WorkFolder::new(&job.output);
        let found = existing(&work, &job.basis())?;
        allowed(&work, &found, false)?;
        if found != Existing::Finished {
            refuse_without_room(&job)?;
        }
        let skipped = skipped(&job);
        skipped.iter().for_each(|text| output::complain(text));
        let trains = job.trains.len();
        let what = match job.detector.modules.len() {
            0 => format!("{trains} trains of {} sources, to be copied", job.copy.len()),
            modules => {
                format!(
                    "{trains} trains of {} with {modules} modules, {} steps",
                    job.detector.name,
                    checked.steps.len()
                )
            }
        };
        output::print(&format!("{}: nothing wrong; {what}\n{}", self.workflow.workflow.display(), geometry(&job)))?;
        Ok(exit_for(skipped.len()))
    }
}
