//! Waiting for the end of a job.
//!
//! `sbatch --wait` would do it in one command, but it dies with the connection to the controller. Asking now and then survives
//! restarts of the controller, of the database, and of the asker.

use super::{Report, Slurm};
use crate::{Error, JobId};
use std::thread;
use std::time::{Duration, Instant};

/// How to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    /// The first pause between two questions.
    pub first: Duration,
    /// The longest: each pause is half as long again as the one before. Sites frown upon asking more than every few seconds.
    pub longest: Duration,
    /// How long to wait altogether; none: for ever.
    pub at_most: Option<Duration>,
    /// How long nobody may answer, or know the job, before that is the result.
    pub patience: Duration,
}

impl Default for Poll {
    /// Every 2 s at first, every 30 s in the long run, for ever, with 10 minutes of patience.
    fn default() -> Self {
        Self {
            first: Duration::from_secs(2),
            longest: Duration::from_secs(30),
            at_most: None,
            patience: Duration::from_secs(600),
        }
    }
}

/// How the waiting ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Waited {
    /// The job has ended; of an array, all tasks have.
    Finished(Box<Report>),
    /// Nobody has known the job for as long as patience lasts. What was known of it last.
    Vanished(Option<Box<Report>>),
    /// [`Poll::at_most`] has passed. What is known of the job.
    TimeIsUp(Option<Box<Report>>),
}

impl Slurm {
    /// Waits until a job has ended; `on_change` is called whenever its state or reason changes. A controller or database that is away
    /// is waited for.
    ///
    /// # Errors
    /// If a command fails in a way that waiting does not mend, or nobody answers for as long as patience lasts.
    pub fn wait(&self, id: &JobId, poll: &Poll, on_change: impl FnMut(&Report)) -> Result<Waited, Error> {
        until_the_end(|| self.job(id), poll, on_change)
    }
}

pub(super) fn until_the_end(
    ask: impl Fn() -> Result<Option<Report>, Error>,
    poll: &Poll,
    mut on_change: impl FnMut(&Report),
) -> Result<Waited, Error> {
    let begin = Instant::now();
    let mut pause = poll.first.min(poll.longest);
    let mut last: Option<Box<Report>> = None;
    let mut silent_since: Option<Instant> = None;
    loop {
        match ask() {
            Ok(Some(report)) => {
                silent_since = None;
                let changed = last.as_ref().is_none_or(|last| {
                    (&last.job.state, &last.job.reason, last.job.id)
                        != (&report.job.state, &report.job.reason, report.job.id)
                });
                if changed {
                    on_change(&report);
                }
                let is_final = report.job.state.is_final();
                last = Some(Box::new(report));
                if is_final {
                    return Ok(last.map_or(Waited::Vanished(None), Waited::Finished));
                }
            }
            Ok(None) => {
                if silent_since.get_or_insert_with(Instant::now).elapsed() >= poll.patience {
                    return Ok(Waited::Vanished(last));
                }
            }
            Err(error) if error.is_transient() => {
                if silent_since.get_or_insert_with(Instant::now).elapsed() >= poll.patience {
                    return Err(error);
                }
            }
            Err(error) => return Err(error),
        }
        let left = poll.at_most.map(|at_most| at_most.saturating_sub(begin.elapsed()));
        if left.is_some_and(|left| left.is_zero()) {
            return Ok(Waited::TimeIsUp(last));
        }
        thread::sleep(left.map_or(pause, |left| pause.min(left)));
        pause = pause.saturating_add(pause / 2).min(poll.longest);
    }
}
