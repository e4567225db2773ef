//! What verbs over a run share: opener processes, the job, memory and threads.

use super::openers::openers;
use super::{output, Exit, Failure, WorkflowOptions};
use crate::assemble::{assemble, more_problems};
use crate::workflow::{Checked, Rejected, Workflow};
use std::sync::Arc;
use trainyard_engine::algorithm::Registry;
use trainyard_engine::plan::Job;
use trainyard_format::opener::OpenerPool;

/// Cores that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Half of the node's memory, at most 16 GiB, when nothing else is said.
pub fn default_memory() -> u64 {
    const MOST: u64 = 16 << 30;
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text
        .lines()
        .find_map(|l| l.strip_prefix("MemTotal:")?.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    total.map_or(MOST / 4, |kib| (kib << 10) / 2).min(MOST)
}

impl WorkflowOptions {
    /// The workflow against its run: a job, or all that is wrong.
    pub fn job(&self, registry: &Registry) -> Result<(Checked, Job), Failure> {
        self.job_with(registry, Arc::new(openers()?))
    }

    /// The same with openers at hand.
    pub fn job_with(&self, registry: &Registry, openers: Arc<OpenerPool>) -> Result<(Checked, Job), Failure> {
        let checked = match Workflow::load(&self.workflow, &self.sets, registry) {
            Ok(checked) => checked,
            Err(Rejected::Wrong { sources, mut problems, rest }) => {
                // what is right is held against the run too, so that everything wrong is told at once
                problems.extend(rest.map(|rest| more_problems(&rest, registry, openers)).unwrap_or_default());
                return Err(Rejected::Wrong { sources, problems, rest: None }.into());
            }
            Err(unreadable) => return Err(unreadable.into()),
        };
        let job = assemble(&checked, registry, openers)?;
        Ok((checked, job))
    }
}

/// Files that were left out or are odd, as the user is told.
pub fn skipped(job: &Job) -> Vec<String> {
    job.run.skipped.iter().map(|e| Failure::from(e.clone()).text).collect()
}

/// Most oddities that are told; the manifest has all.
const SHOWN: usize = 20;

/// Tells what is odd about the input and keeps nothing from being done.
pub fn warn(job: &Job) {
    let odd = job.oddities();
    odd.iter().take(SHOWN).for_each(|line| output::complain(&format!("warning: {line}\n")));
    if odd.len() > SHOWN {
        output::complain(&format!("warning: {} more, see `trainyard validate`\n", odd.len() - SHOWN));
    }
}

/// What the geometry means in numbers, as lines; empty without one.
pub fn geometry(job: &Job) -> String {
    let lines = job.geometry_summary().map(|summary| summary.to_string().replace('\n', "\n  "));
    lines.map_or_else(String::new, |lines| format!("geometry: {lines}\n"))
}

/// Done, or done with input that was skipped.
pub fn exit_for(skipped: usize) -> Exit {
    if skipped == 0 {
        Exit::Done
    } else {
        Exit::Skipped
    }
}
