//! Orders to jobs that Slurm has, and the question whether the controller is there.

use super::Slurm;
use crate::{Error, Failure, JobId, Signal};

impl Slurm {
    /// Cancels a job, or a whole array. That it has ended already, or is not known, is no error: it does not run.
    ///
    /// # Errors
    /// If Slurm refuses, as for someone else's job, or does not answer.
    pub fn cancel(&self, id: &JobId) -> Result<(), Error> {
        self.order("scancel", &[id.to_string()])
    }

    /// Sends a signal to the processes of a job's steps, or to its script alone.
    ///
    /// # Errors
    /// If Slurm refuses or does not answer.
    pub fn signal(&self, id: &JobId, signal: Signal, to_script: bool) -> Result<(), Error> {
        let mut arguments = vec![format!("--signal={}", signal.name())];
        if to_script {
            arguments.push("--batch".to_owned());
        }
        arguments.push(id.to_string());
        self.order("scancel", &arguments)
    }

    /// Puts a job back into the queue; it starts anew.
    ///
    /// # Errors
    /// If Slurm refuses or does not answer.
    pub fn requeue(&self, id: &JobId) -> Result<(), Error> {
        self.run("scontrol", &["requeue".to_owned(), id.to_string()]).map(drop)
    }

    /// Keeps a waiting job from starting.
    ///
    /// # Errors
    /// If Slurm refuses or does not answer.
    pub fn hold(&self, id: &JobId) -> Result<(), Error> {
        self.run("scontrol", &["hold".to_owned(), id.to_string()]).map(drop)
    }

    /// Lets a held job go.
    ///
    /// # Errors
    /// If Slurm refuses or does not answer.
    pub fn release(&self, id: &JobId) -> Result<(), Error> {
        self.run("scontrol", &["release".to_owned(), id.to_string()]).map(drop)
    }

    /// Whether a controller answers.
    ///
    /// # Errors
    /// If `scontrol` cannot be run; a controller that is down is an answer.
    pub fn is_up(&self) -> Result<bool, Error> {
        match self.run("scontrol", &["ping".to_owned()]) {
            Ok(text) => Ok(text.contains(" UP") || text.contains("UP/")),
            Err(Error::CommandFailed { .. } | Error::TimedOut { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn order(&self, program: &'static str, arguments: &[String]) -> Result<(), Error> {
        match self.run(program, arguments) {
            Err(error) if matches!(error.failure(), Some(Failure::AlreadyFinished | Failure::NoSuchJob)) => Ok(()),
            result => result.map(drop),
        }
    }
}
