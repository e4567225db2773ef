//! `cancel`: ends a job. What it finished stays and is resumed by the next one.

use super::status::find;
use super::{output, Exit, Failure};
use crate::job::folder::JobFolder;
use crate::job::slurm_failure;
use crate::job::submitted::Submitted;
use slurm_cli_wrapper::{Poll, Slurm, Waited};
use std::time::Duration;
use trainyard_format::{Error, Place};

/// How long to wait for the job's processes to end; Slurm gives them half a minute by default.
const AT_MOST: Duration = Duration::from_secs(90);

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard cancel /scratch/r0053
  trainyard cancel 184223

What the job finished is kept: submit again to resume.")]
pub struct CancelOptions {
    /// the output folder, or the job's id
    #[arg(value_name = "OUTPUT or JOBID")]
    pub what: String,
}

impl CancelOptions {
    /// # Errors
    /// No such job, another job of its number, or Slurm refuses or does not answer.
    pub fn run(self) -> Result<Exit, Failure> {
        let slurm = Slurm::new();
        let folder: JobFolder = find(&slurm, &self.what)?;
        let Some(submitted) = Submitted::read(&folder)? else {
            let refused = Error::request("no job was submitted to this folder", Place::file(folder.output()));
            return Err(refused.with_hint("a run that was started by hand is ended with Ctrl-C").into());
        };
        let identity = submitted.identity(&folder)?;
        let id = identity.id;
        let sought = slurm.identified(&identity).map_err(|e| slurm_failure(&format!("ask Slurm for job {id}"), &e))?;
        match (sought.report, sought.strangers.first()) {
            (Some(report), _) if !report.job.state.is_final() => {}
            (Some(report), _) => {
                output::print(&format!("job {id} has ended already ({})\n", report.job.state))?;
                return Ok(Exit::Done);
            }
            (None, Some(stranger)) => {
                let what = format!(
                    "job {id} is not the one that was submitted to this folder: {} ({} by {})",
                    stranger.contradiction, stranger.job.state, stranger.source
                );
                let refused = Error::request(what, Place::file(folder.output()));
                return Err(refused
                    .with_hint("nothing was cancelled; a job that is yours all the same is ended with `scancel`")
                    .into());
            }
            (None, None) => {
                output::print(&format!("job {id} has ended already: Slurm does not know it any more\n"))?;
                return Ok(Exit::Done);
            }
        }
        slurm.cancel(&id).map_err(|e| slurm_failure(&format!("cancel job {id}"), &e))?;
        let poll = Poll {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(5),
            at_most: Some(AT_MOST),
            ..Poll::default()
        };
        let waited = slurm
            .wait_for(&identity, &poll, |_| {})
            .map_err(|e| slurm_failure(&format!("wait for the end of job {id}"), &e))?;
        match waited {
            Waited::Finished(report) => output::print(&format!("job {id}: {}\n", report.job.state))?,
            Waited::Vanished(_) | Waited::TimeIsUp(_) => {
                output::print(&format!("job {id} is being cancelled: ask `trainyard status {id}`\n"))?;
            }
        }
        Ok(Exit::Done)
    }
}
