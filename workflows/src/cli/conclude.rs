//! `conclude`: the last line of a job's script. Judges how this start went, notes it, and puts the job back into the
//! queue where another start will do better.
//!
//! This is the last act of a job whose disk may be full and whose controller may be away: a record that cannot be read or written
//! is told and passed over, never the end. Of Slurm only the controller is asked, as little time is left.

use super::{output, Exit, Failure};
use crate::job::attempt::{Attempt, Outcome};
use crate::job::back_to_queue::{back_to_queue, PATIENCE};
use crate::job::folder::JobFolder;
use crate::job::hint::hint;
use crate::job::note::Note;
use crate::job::now;
use crate::job::progress::Progress;
use crate::job::start::{starts, Start};
use crate::job::verdict::{Done, Evidence, Verdict};
use slurm_cli_wrapper::{Filter, JobState, Slurm};
use std::path::PathBuf;
use std::time::Duration;

/// How long each of Slurm's commands may take.
const ANSWER: Duration = Duration::from_secs(10);
/// Skipped input that is told; the manifest has all.
const SHOWN: usize = 5;

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
    /// This start is over, and has nothing to say.
    pub fn run(self) -> Result<Exit, Failure> {
        let folder = JobFolder { path: self.folder };
        let start = Start::of_environment();
        let slurm = Slurm::new().timeout(ANSWER);
        // the room that was kept for the record
        let _ = std::fs::remove_file(start.notes(&folder).join("room"));
        if is_overtaken(&slurm, &folder, &start) {
            let turn = start.turn + 1;
            let what = format!("start {turn} of the job is over: a later one works, or the job was cancelled");
            return Err(Failure::new(Exit::Resource, &what, None));
        }
        let progress = Progress::read(&folder, Some(&start.job)).unwrap_or_else(|error| {
            output::complain(&Failure::from(error).text);
            Progress::default()
        });
        let notes = Note::read_all(&start.notes(&folder));
        let earlier = Attempt::of_job(&folder, &start.job);
        let evidence = Evidence {
            turn: start.turn,
            launcher: self.code,
            notes: &notes,
            published: progress.published,
            done: Done { sequences: progress.passes_done, units: progress.units_done },
            sequences: progress.passes_in_all,
            earlier: &earlier,
        };
        let verdict = Verdict::of(&evidence);
        let attempt = Attempt {
            job: start.job.clone(),
            turn: start.turn,
            ended: now(),
            launcher: self.code,
            outcome: verdict.outcome,
            warned: evidence.is_warned(),
            exit: verdict.exit as u8,
            units_done: progress.units_done,
            sequences_done: progress.passes_done,
            error: verdict.error.clone(),
        };
        note(&attempt, &folder);
        output::complain(&format!("start {}: {}\n", start.turn + 1, progress.line()));
        if let Some(error) = &verdict.error {
            output::complain(&format!("{error}\n"));
        }
        match verdict.outcome {
            // skipped input is no failure to those who depend on the job; `status` and `submit --wait` tell it
            Outcome::Done => {
                if verdict.exit == Exit::Skipped {
                    tell_skipped(&progress);
                }
                Ok(Exit::Done)
            }
            Outcome::Failed => {
                tell_hint(verdict.exit, verdict.error.as_deref());
                Ok(verdict.exit)
            }
            Outcome::Interrupted | Outcome::Fault => {
                let Some(id) = start.id() else {
                    tell_hint(verdict.exit, verdict.error.as_deref());
                    return Ok(verdict.exit);
                };
                output::complain("back into the queue, to go on\n");
                // this ends the script
                if let Err(error) = back_to_queue(&slurm, &id, PATIENCE) {
                    let error = format!("failed to put the job back into the queue: {error}");
                    output::complain(&format!("error: {error}\nhint: submit again to resume\n"));
                    note(&Attempt { outcome: Outcome::Failed, error: Some(error), ended: now(), ..attempt }, &folder);
                }
                Ok(verdict.exit)
            }
        }
    }
}

fn note(attempt: &Attempt, folder: &JobFolder) {
    if let Err(error) = attempt.append(folder) {
        output::complain(&Failure::from(error).text);
    }
}

/// Unless the error brings a hint of its own.
fn tell_hint(exit: Exit, error: Option<&str>) {
    let has_one = error.is_some_and(|error| error.contains("hint: "));
    if let (false, Some(hint)) = (has_one, hint(exit)) {
        output::complain(&format!("hint: {hint}\n"));
    }
}

fn tell_skipped(progress: &Progress) {
    progress.skipped.iter().take(SHOWN).for_each(|what| output::complain(&format!("skipped: {what}\n")));
    if progress.skipped.len() > SHOWN {
        output::complain(&format!("skipped: {} more, see reduction.json\n", progress.skipped.len() - SHOWN));
    }
}

/// Whether this start has no say any more: its node was given up for dead while it lived, or someone cancelled the job.
fn is_overtaken(slurm: &Slurm, folder: &JobFolder, start: &Start) -> bool {
    if starts(folder, &start.job).last().is_some_and(|last| last.turn > start.turn) {
        return true;
    }
    let Some(id) = start.id() else { return false };
    // where Slurm cannot be asked, requeueing will fail by itself
    let jobs = slurm.jobs(&Filter::ids([id])).unwrap_or_default();
    let Some(job) = jobs.iter().find(|job| job.id == id) else { return false };
    let again = job.restarts.is_some_and(|restarts| u64::from(restarts) > start.turn);
    let timed_out = job.reason.as_ref().is_some_and(|reason| reason.as_str() == "TimeLimit");
    match job.state {
        JobState::Cancelled { .. }
        | JobState::Pending
        | JobState::NodeFail
        | JobState::Preempted
        | JobState::Requeued => true,
        // a job whose script runs is ending only if Slurm ends it
        JobState::Completing => again || !timed_out,
        _ => again,
    }
}
