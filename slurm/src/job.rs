//! One job, as far as the command that was asked knows it.

use crate::{expand_nodes, Error, ExitCode, Fault, JobId, JobState, Memory, Reason, TimeLimit};
use serde::Serialize;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// A point in time: seconds since 1970-01-01 00:00 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// The same point for the standard library; none beyond its range.
    #[must_use]
    pub fn system_time(self) -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(self.0))
    }
}

/// A job. Fields that the source does not tell, or tells as `N/A` or `(null)`, are none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Job {
    /// The id that users know: `12`, or `12_3` for a task of an array.
    pub id: JobId,
    /// The number behind an array's task, where the source tells.
    pub raw_id: Option<u32>,
    /// For the waiting rest of an array, the tasks it stands for as Slurm spells them: `3-7%2`, or a bit mask `0xf8` in 22.05's
    /// accounting JSON.
    pub waiting_tasks: Option<String>,
    /// The job's name.
    pub name: Option<String>,
    /// Its state.
    pub state: JobState,
    /// Why it waits, or why it ended.
    pub reason: Option<Reason>,
    /// How its script ended; none before it has.
    pub exit_code: Option<ExitCode>,
    /// The partition, or several separated by commas while it waits.
    pub partition: Option<String>,
    /// The account it is charged to.
    pub account: Option<String>,
    /// Who submitted it.
    pub user: Option<String>,
    /// The reservation it uses.
    pub reservation: Option<String>,
    /// How many nodes it has or wants.
    pub node_count: Option<u32>,
    /// How many CPUs, in Slurm's sense of the word, it has or wants.
    pub cpus: Option<u32>,
    /// How much memory it asked for.
    pub memory: Option<Memory>,
    /// How long it may run.
    pub time_limit: Option<TimeLimit>,
    /// How long it has run.
    pub elapsed: Option<Duration>,
    /// When it was submitted.
    pub submitted: Option<UnixTime>,
    /// When it started, or is expected to.
    pub started: Option<UnixTime>,
    /// When it ended; while it runs, when its time limit ends it.
    pub ends: Option<UnixTime>,
    /// Its nodes in Slurm's compressed form; see [`Job::nodes`].
    pub node_list: Option<String>,
    /// Its working directory.
    pub folder: Option<PathBuf>,
    /// The file its standard output goes to; it may hold patterns such as `%j`.
    pub output: Option<PathBuf>,
    /// The comment given at submission.
    pub comment: Option<String>,
    /// How often it went back to the queue.
    pub restarts: Option<u32>,
    /// Its steps; only accounting knows them.
    pub steps: Vec<Step>,
}

/// A step of a job: its script (`batch`), the node's own container (`extern`), or one `srun` (`0`, `1`, ...).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Step {
    /// `batch`, `extern`, or its number.
    pub id: String,
    /// Its state.
    pub state: JobState,
    /// How it ended.
    pub exit_code: Option<ExitCode>,
    /// The most memory one of its tasks held, as sampled.
    pub peak_memory: Option<Memory>,
}

impl Job {
    /// A job of which only id and state are known.
    #[must_use]
    pub fn new(id: JobId, state: JobState) -> Self {
        Self {
            id,
            raw_id: None,
            waiting_tasks: None,
            name: None,
            state,
            reason: None,
            exit_code: None,
            partition: None,
            account: None,
            user: None,
            reservation: None,
            node_count: None,
            cpus: None,
            memory: None,
            time_limit: None,
            elapsed: None,
            submitted: None,
            started: None,
            ends: None,
            node_list: None,
            folder: None,
            output: None,
            comment: None,
            restarts: None,
            steps: Vec::new(),
        }
    }

    /// The names of its nodes.
    ///
    /// # Errors
    /// If the list is malformed or too long.
    pub fn nodes(&self) -> Result<Vec<String>, Error> {
        self.node_list.as_deref().map_or(Ok(Vec::new()), expand_nodes)
    }

    /// The most memory that one task of any step held.
    #[must_use]
    pub fn peak_memory(&self) -> Option<Memory> {
        self.steps.iter().filter_map(|step| step.peak_memory).max_by_key(|memory| memory.kibibytes)
    }

    /// What really ended the job. A step that ran out of memory leaves the job itself `FAILED`, as its script then returns an
    /// error; the step's state says more.
    #[must_use]
    pub fn cause(&self) -> &JobState {
        if self.state == JobState::Failed && self.steps.iter().any(|step| step.state == JobState::OutOfMemory) {
            &JobState::OutOfMemory
        } else {
            &self.state
        }
    }

    /// Whose fault the end was.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.cause().fault()
    }

    /// Whether the same job, unchanged, deserves another try.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.cause().is_retryable()
    }

    /// One sentence on what to do, from the cause, the reason it waits, and the signal that killed it.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match (self.cause(), &self.reason, self.exit_code) {
            (JobState::Pending, Some(reason), _) => reason.advice(),
            (JobState::Failed, _, Some(ExitCode { signal: 9, .. } | ExitCode { code: 137, .. })) => {
                "it was killed by SIGKILL, most often for using too much memory: ask for more memory per node"
            }
            (cause, _, _) => cause.advice(),
        }
    }

    /// Takes over from `other` what is not known here.
    pub(crate) fn fill_from(&mut self, other: Job) {
        fn fill<T>(mine: &mut Option<T>, theirs: Option<T>) {
            if mine.is_none() {
                *mine = theirs;
            }
        }
        fill(&mut self.raw_id, other.raw_id);
        fill(&mut self.exit_code, other.exit_code);
        fill(&mut self.reason, other.reason);
        fill(&mut self.output, other.output);
        fill(&mut self.comment, other.comment);
        fill(&mut self.restarts, other.restarts);
        fill(&mut self.memory, other.memory);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_out_of_memory_explains_a_failed_job() {
        let mut job = Job::new(JobId::new(1), JobState::Failed);
        job.exit_code = Some(ExitCode { code: 1, signal: 0 });
        assert_eq!(job.cause(), &JobState::Failed);
        let step = |state, kibibytes| Step {
            id: "0".into(),
            state,
            exit_code: None,
            peak_memory: Some(Memory::kibibytes(kibibytes)),
        };
        job.steps = vec![step(JobState::OutOfMemory, 900), step(JobState::Completed, 20)];
        assert_eq!(job.cause(), &JobState::OutOfMemory);
        assert_eq!(job.advice(), JobState::OutOfMemory.advice());
        assert_eq!(job.peak_memory(), Some(Memory::kibibytes(900)));
        assert!(!job.is_retryable());
        job.state = JobState::NodeFail;
        assert!(job.is_retryable() && job.fault() == Fault::Cluster);
    }

    #[test]
    fn advice_follows_the_reason_and_the_signal() {
        let mut job = Job::new(JobId::new(1), JobState::Pending);
        job.reason = Reason::new("DependencyNeverSatisfied");
        assert!(job.advice().contains("cancel it"));
        job.state = JobState::Failed;
        job.exit_code = Some(ExitCode { code: 0, signal: 9 });
        assert!(job.advice().contains("memory"));
    }
}
