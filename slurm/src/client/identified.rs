//! What became of a job that is known by more than its number.
//!
//! The controller is asked first: what it has in its queue is so. Accounting tells of what has ended, with steps and their
//! memory; that a job runs is not believed of it when the controller knows no such job, since a database that missed the end
//! of a job says so for ever. What contradicts the identity is passed over, whoever tells it.

use super::{Filter, Poll, Report, Slurm, Source, Waited};
use crate::{Error, Failure, Identity, Job, Sought, Stranger};
use std::sync::atomic::Ordering;

impl Slurm {
    /// What became of the job with this identity.
    ///
    /// # Errors
    /// If no source knows the job and one of them could not be asked: it might.
    pub fn identified(&self, identity: &Identity) -> Result<Sought, Error> {
        let mut search = Search { identity, strangers: Vec::new(), passed_over: Vec::new(), unanswered: Vec::new() };
        let asked = self.jobs(&Filter::ids([identity.id]));
        let controller_is_away = asked.as_ref().is_err_and(Error::is_transient);
        let queue_answers = asked.is_ok();
        let mut queued = search.own(Source::Queue, asked);
        if let Some(job) = queued.take_if(|job| !job.state.is_final()) {
            return Ok(search.found(job, Source::Queue));
        }
        if let Some(job) = self.accounted(&mut search) {
            if job.state.is_final() || !queue_answers {
                return Ok(search.found(job, Source::Accounting));
            }
            let what = format!("it says {}, and the controller knows no such job", job.state);
            search.passed_over.push((Source::Accounting, what));
        }
        let ended_in_queue = queued.is_some();
        if !controller_is_away && (ended_in_queue || !queue_answers) {
            let asked = self.controller_jobs(&identity.id);
            if asked.is_ok() && !queue_answers {
                // the same daemon has answered, if not to `squeue`
                search.unanswered.retain(|(source, _)| *source != Source::Queue);
            }
            let known = if ended_in_queue {
                asked.ok().and_then(|jobs| search.pick(jobs))
            } else {
                search.own(Source::Controller, asked)
            };
            match (&mut queued, known) {
                (Some(job), Some(known)) => job.fill_from(known),
                (None, Some(known)) => return Ok(search.found(known, Source::Controller)),
                (_, None) => {}
            }
        }
        match (queued, search.unanswered.pop()) {
            (Some(job), _) => Ok(search.found(job, Source::Queue)),
            (None, Some((_, error))) => Err(error),
            (None, None) => Ok(Sought { report: None, strangers: search.strangers }),
        }
    }

    fn accounted(&self, search: &mut Search<'_>) -> Option<Job> {
        let off = |search: &mut Search<'_>| {
            search.passed_over.push((Source::Accounting, "the cluster keeps no accounting".to_owned()));
            None
        };
        if self.learnt.accounting_is_off.load(Ordering::Relaxed) {
            return off(search);
        }
        match self.accounting(&[search.identity.id]) {
            Err(error) if error.failure() == Some(Failure::AccountingDisabled) => {
                self.learnt.accounting_is_off.store(true, Ordering::Relaxed);
                off(search)
            }
            asked => search.own(Source::Accounting, asked),
        }
    }

    /// As [`Slurm::wait`], for a job by its identity.
    ///
    /// # Errors
    /// As [`Slurm::wait`].
    pub fn wait_for(&self, identity: &Identity, poll: &Poll, on_change: impl FnMut(&Report)) -> Result<Waited, Error> {
        super::wait::until_the_end(|| Ok(self.identified(identity)?.report), poll, on_change)
    }
}

struct Search<'a> {
    identity: &'a Identity,
    strangers: Vec<Stranger>,
    passed_over: Vec<(Source, String)>,
    unanswered: Vec<(Source, Error)>,
}

impl Search<'_> {
    /// Of what a source answered, the job itself.
    fn own(&mut self, source: Source, asked: Result<Vec<Job>, Error>) -> Option<Job> {
        let jobs = match asked {
            Ok(jobs) => jobs,
            Err(error) => {
                self.passed_over.push((source, error.to_string()));
                // The controller's silence says more than that of the database: it comes last, and is told.
                self.unanswered.insert(0, (source, error));
                return None;
            }
        };
        let (strange, own): (Vec<Job>, Vec<Job>) = jobs
            .into_iter()
            .filter(|job| self.is_meant(job))
            .partition(|job| self.identity.contradiction(job).is_some());
        if own.is_empty() && strange.is_empty() {
            self.passed_over.push((source, "it does not know the job".to_owned()));
        }
        for job in strange {
            let contradiction = self.identity.contradiction(&job).unwrap_or_default();
            self.passed_over.push((source, format!("its job {} is another one: {contradiction}", job.id)));
            self.strangers.push(Stranger { job, source, contradiction });
        }
        self.pick(own)
    }

    fn is_meant(&self, job: &Job) -> bool {
        self.identity.id.covers(&job.id) || job.raw_id == Some(self.identity.id.job)
    }

    /// The least finished part that is meant and contradicts nothing.
    fn pick(&self, jobs: Vec<Job>) -> Option<Job> {
        let own = jobs.into_iter().filter(|job| self.is_meant(job) && self.identity.contradiction(job).is_none());
        own.min_by_key(|job| (job.state.is_final(), job.is_waiting_rest(), job.state.is_success(), job.id))
    }

    fn found(self, job: Job, source: Source) -> Sought {
        let report = Report { job, source, passed_over: self.passed_over };
        Sought { report: Some(report), strangers: self.strangers }
    }
}
