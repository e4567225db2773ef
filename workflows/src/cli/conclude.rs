//! `conclude`: the last line of a job's script. Judges how this start went, notes it, and puts the job back into the
//! queue where another start will do better.

use super::{output, Exit, Failure};
use crate::job::attempt::{Attempt, Outcome};
use crate::job::folder::JobFolder;
use crate::job::note::Note;
use crate::job::now;
use crate::job::progress::{last_turn, notes_of, Progress};
use crate::job::verdict::{Evidence, Verdict};
use slurm_cli_wrapper::{JobId, JobState, Slurm};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard conclude /scratch/r0053/job --code $?")]
pub struct ConcludeOptions {
    /// the job's folder
    pub folder: PathBuf,
    /// what the launcher returned
    #[arg(long, value_name = "N")]
    pub code: i32,
}

impl ConcludeOptions {
    /// # Errors
    /// Records that cannot be read or written.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = JobFolder { path: self.folder };
        let turn = std::env::var("SLURM_RESTART_COUNT").ok().and_then(|t| t.trim().parse().ok()).unwrap_or(0);
        let id = std::env::var("SLURM_JOB_ID").ok().and_then(|id| id.parse::<JobId>().ok());
        let slurm = Slurm::new();
        if is_overtaken(&slurm, &folder, id, turn) {
            let what = format!("start {} of the job is over: a later one works, or the job was cancelled", turn + 1);
            return Err(Failure::new(Exit::Resource, &what, None));
        }
        let progress = Progress::read(&folder)?;
        let notes = Note::read_all(&notes_of(&folder, turn));
        let earlier = Attempt::read_all(&folder);
        let verdict = Verdict::of(&Evidence {
            turn,
            launcher: self.code,
            notes: &notes,
            published: progress.published,
            units_done: progress.units_done,
            earlier: &earlier,
        });
        let attempt = Attempt {
            turn,
            ended: now(),
            launcher: self.code,
            outcome: verdict.outcome,
            exit: verdict.exit as u8,
            units_done: progress.units_done,
            error: verdict.error.clone(),
        };
        attempt.append(&folder)?;
        output::complain(&format!("start {}: {}\n", turn + 1, progress.line()));
        match verdict.outcome {
            // skipped input is no failure to those who depend on the job; `status` and `submit --wait` tell it
            Outcome::Done => Ok(Exit::Done),
            Outcome::Failed => {
                if let Some(error) = &verdict.error {
                    output::complain(&format!("{error}\n"));
                }
                Ok(verdict.exit)
            }
            Outcome::Interrupted | Outcome::Fault => {
                if let Some(error) = &verdict.error {
                    output::complain(&format!("{error}\n"));
                }
                if let Some(id) = id {
                    output::complain("back into the queue, to go on\n");
                    // this ends the script
                    if let Err(error) = slurm.requeue(&id) {
                        output::complain(&format!(
                            "error: failed to requeue the job: {error}\nhint: submit again to resume\n"
                        ));
                    }
                }
                Ok(verdict.exit)
            }
        }
    }
}

/// Whether this start has no say any more: its node was given up for dead while it lived, or someone cancelled the job.
fn is_overtaken(slurm: &Slurm, folder: &JobFolder, id: Option<JobId>, turn: u64) -> bool {
    if last_turn(folder).is_some_and(|last| last > turn) {
        return true;
    }
    // where Slurm cannot be asked, requeueing will fail by itself
    let Some(Ok(Some(report))) = id.map(|id| slurm.job(&id)) else { return false };
    let again = report.job.restarts.is_some_and(|restarts| u64::from(restarts) > turn);
    again
        || matches!(
            report.job.state,
            JobState::Cancelled { .. } | JobState::Pending | JobState::NodeFail | JobState::Requeued
        )
}
