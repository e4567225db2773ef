//! What became of a job: three sources, asked in turn.
//!
//! | source | knows | does not know |
//! |---|---|---|
//! | `sacct` | every job, for years, with its steps and their memory | anything on clusters without accounting; jobs submitted seconds ago |
//! | `squeue --states=all` | waiting and running jobs, ended ones for `MinJobAge` (5 min by default) | exit codes, in text |
//! | `scontrol show job -o` | the same jobs | |
//!
//! The first that knows the job answers, except that an end which Slurm itself may mend by requeueing is not believed while the
//! job is in the queue. `squeue` and `scontrol` ask the same daemon, so when it does not answer one of them
//! the other is spared.

use super::{Filter, Slurm};
use crate::{parse, Error, Failure, Job, JobId};
use serde::Serialize;
use std::fmt;
use std::sync::atomic::Ordering;

/// Which command answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// `sacct`: the accounting database.
    Accounting,
    /// `squeue`: the controller.
    Queue,
    /// `scontrol show job`: the controller.
    Controller,
}

/// A job, and where the knowledge comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The job. Of an array one task: the first that has not ended, else the first that failed; see [`Slurm::tasks`] for all.
    pub job: Job,
    /// Who answered.
    pub source: Source,
    /// Why those asked before did not.
    pub passed_over: Vec<(Source, String)>,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Accounting => "sacct",
            Self::Queue => "squeue",
            Self::Controller => "scontrol",
        })
    }
}

type Found = (Vec<Job>, Source, Vec<(Source, String)>);

impl Slurm {
    /// What became of a job; none if nobody knows it (any more).
    ///
    /// # Errors
    /// If no source knows the job and one of them could not be asked: it might.
    pub fn job(&self, id: &JobId) -> Result<Option<Report>, Error> {
        let Some((mut jobs, source, passed_over)) = self.find(id)? else { return Ok(None) };
        // A whole array is as far as its least finished task.
        jobs.sort_by_key(|job| (job.state.is_final(), job.is_waiting_rest(), job.state.is_success(), job.id));
        let exact = if id.task.is_none() && id.component.is_none() && jobs.len() > 1 {
            0
        } else {
            jobs.iter().position(|job| job.id == *id).unwrap_or(0)
        };
        if exact >= jobs.len() {
            return Ok(None);
        }
        let mut job = jobs.swap_remove(exact);
        if source == Source::Queue && job.state.is_final() && job.exit_code.is_none() {
            // The exit code is worth one more question; without it the answer still stands.
            if let Ok(known) = self.controller_jobs(&job.id) {
                if let Some(known) = known.into_iter().find(|known| known.id == job.id) {
                    job.fill_from(known);
                }
            }
        }
        Ok(Some(Report { job, source, passed_over }))
    }

    /// All tasks of an array, or all components of a heterogeneous job, by id; a plain job alone. The waiting rest of an array is
    /// one job with [`Job::waiting_tasks`]. Empty if nobody knows the job.
    ///
    /// # Errors
    /// As [`Slurm::job`].
    pub fn tasks(&self, id: &JobId) -> Result<Vec<Job>, Error> {
        let mut jobs = self.find(id)?.map_or(Vec::new(), |(jobs, _, _)| jobs);
        jobs.sort_by_key(|job| (job.waiting_tasks.is_some(), job.id));
        Ok(jobs)
    }

    fn find(&self, id: &JobId) -> Result<Option<Found>, Error> {
        let mut passed_over = Vec::new();
        let mut unanswered: Option<Error> = None;
        for source in [Source::Accounting, Source::Queue, Source::Controller] {
            let asked = match source {
                Source::Accounting if self.learnt.accounting_is_off.load(Ordering::Relaxed) => {
                    passed_over.push((source, "the cluster keeps no accounting".to_owned()));
                    continue;
                }
                Source::Accounting => self.accounting(&[*id]),
                Source::Queue => self.jobs(&Filter::ids([*id])),
                Source::Controller => self.controller_jobs(id),
            };
            match asked {
                Ok(mut jobs) => {
                    jobs.retain(|job| id.covers(&job.id) || job.raw_id == Some(id.job));
                    if source == Source::Accounting && jobs.iter().any(Job::is_retryable) {
                        // The database may not know yet that Slurm has put the job back into the queue.
                        let active = Filter { with_ended: false, ..Filter::ids([*id]) };
                        if let Ok(queued) = self.jobs(&active) {
                            if !queued.is_empty() {
                                passed_over.push((source, "the job is back in the queue".to_owned()));
                                return Ok(Some((queued, Source::Queue, passed_over)));
                            }
                        }
                    }
                    if !jobs.is_empty() {
                        return Ok(Some((jobs, source, passed_over)));
                    }
                    passed_over.push((source, "it does not know the job".to_owned()));
                }
                Err(error) if error.failure() == Some(Failure::AccountingDisabled) => {
                    self.learnt.accounting_is_off.store(true, Ordering::Relaxed);
                    passed_over.push((source, "the cluster keeps no accounting".to_owned()));
                }
                Err(error) => {
                    passed_over.push((source, error.to_string()));
                    let controller_is_away = source == Source::Queue && error.is_transient();
                    // The controller's silence says more than that of the database.
                    if unanswered.is_none() || controller_is_away {
                        unanswered = Some(error);
                    }
                    if controller_is_away {
                        break;
                    }
                }
            }
        }
        unanswered.map_or(Ok(None), Err)
    }

    pub(super) fn controller_jobs(&self, id: &JobId) -> Result<Vec<Job>, Error> {
        let arguments = ["show", "job", "-o"].map(str::to_owned);
        let mut arguments = arguments.to_vec();
        arguments.push(id.to_string());
        match self.run("scontrol", &arguments) {
            Ok(text) => parse::scontrol_text(&text),
            Err(Error::CommandFailed { stderr, .. })
                if Failure::of(&stderr) == Failure::NoSuchJob || stderr.contains("not found") =>
            {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}
