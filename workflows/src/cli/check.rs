//! `check`: everything that is wrong with a workflow, against its run; no pixel is read.

use super::session::{exit_for, skipped};
use super::{output, CheckOptions, Exit, Failure};
use trainyard_engine::algorithm::Registry;

impl CheckOptions {
    pub fn run(self, registry: &Registry) -> Result<Exit, Failure> {
        let (_, job) = self.workflow.job(registry)?;
        let skipped = skipped(&job);
        skipped.iter().for_each(|text| output::complain(text));
        output::print(&format!(
            "{}: nothing wrong; {} trains of {} with {} modules, {} steps\n",
            self.workflow.workflow.display(),
            job.trains.len(),
            job.detector.name,
            job.detector.modules.len(),
            job.steps.len(),
        ))?;
        Ok(exit_for(skipped.len()))
    }
}
