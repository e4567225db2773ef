//! What verbs over a run share: opener processes, the job, memory and threads.

pub use super::memory::default_memory;
use super::openers::openers;
use super::{output, Exit, Failure, WorkflowOptions};
use crate::assemble::{assemble, more_problems, Found};
use crate::workflow::{Checked, Rejected, Workflow};
use std::sync::Arc;
use trainyard_engine::algorithm::Registry;
use trainyard_engine::plan::Job;
use trainyard_format::opener::OpenerPool;
use trainyard_format::words::counted;

/// Cores that this process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Gives whatever uses several threads at once in this process that many, once.
///
/// # Errors
/// Exit code 5 when the system grants them not.
pub fn start_workers(threads: usize) -> Result<(), Failure> {
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build_global() {
        // threads that were not granted, not a second call
        Err(error) if std::error::Error::source(&error).is_some() => {
            let hint =
                "use fewer with --threads, or raise the limits of processes and memory (`ulimit -u`, `ulimit -v`)";
            Err(Failure::new(
                Exit::Resource,
                &format!("failed to start {}: {error}", counted(threads, "thread")),
                Some(hint),
            ))
        }
        _ => Ok(()),
    }
}

impl WorkflowOptions {
    /// The workflow against its run: a job, or all that is wrong.
    pub fn job(&self, registry: &Registry) -> Result<(Checked, Job), Failure> {
        self.job_with(registry, Arc::new(openers()?))
    }

    /// The same with openers at hand.
    pub fn job_with(&self, registry: &Registry, openers: Arc<OpenerPool>) -> Result<(Checked, Job), Failure> {
        let checked = self.sound(registry, &openers)?;
        let job = assemble(&checked, registry, openers, None)?;
        Ok((checked, job))
    }

    /// The same job as the one in which another rank found `found`, of what its openers were told.
    pub fn job_as_found(&self, registry: &Registry, openers: Arc<OpenerPool>, found: &Found) -> Result<Job, Failure> {
        assemble(&self.sound(registry, &openers)?, registry, openers, Some(found))
    }

    fn sound(&self, registry: &Registry, openers: &Arc<OpenerPool>) -> Result<Checked, Failure> {
        match Workflow::load(&self.workflow, &self.settings(), registry) {
            Ok(checked) => Ok(checked),
            Err(Rejected::Wrong { sources, mut problems, rest }) => {
                // what is right is held against the run too, so that everything wrong is told at once
                problems.extend(rest.map(|rest| more_problems(&rest, registry, openers.clone())).unwrap_or_default());
                Err(Rejected::Wrong { sources, problems, rest: None }.into())
            }
            Err(unreadable) => Err(unreadable.into()),
        }
    }
}

/// Files that were left out or are odd, as the user is told.
pub fn skipped(job: &Job) -> Vec<String> {
    job.run.skipped.iter().map(|e| Failure::from(e.clone()).text).collect()
}

/// Most oddities that are told; the manifest has all.
const SHOWN: usize = 20;

/// Tells what is odd about the input, and what makes results doubtful, and keeps nothing from being done.
pub fn warn(job: &Job) {
    job.doubts().iter().for_each(|line| output::complain(&format!("warning: {line}\n")));
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
