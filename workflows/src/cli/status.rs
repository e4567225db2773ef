//! `status`: how far a job is, and what became of it.

use super::{output, Exit, Failure};
use crate::job::folder::JobFolder;
use crate::job::slurm_failure;
use crate::job::status::{State, Status};
use crate::job::submitted::Submitted;
use slurm_cli_wrapper::{Filter, JobId, Slurm};
use std::path::{Path, PathBuf};
use std::time::Duration;
use trainyard_format::{Error, Place};

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard status /scratch/r0053
  trainyard status 184223 --json

Without a folder or job id: this folder, if a job or run works in it, else all of your jobs that Slurm knows.
Ends with the job's own exit code when it failed, with 5 when nothing is known of it, with 0 otherwise.")]
pub struct StatusOptions {
    /// the output folder, or the job's id
    #[arg(value_name = "OUTPUT or JOBID")]
    pub what: Option<String>,
    /// as JSON
    #[arg(long)]
    pub json: bool,
}

impl StatusOptions {
    /// # Errors
    /// A folder that holds no job, a job that Slurm does not know or that is not ours.
    pub fn run(self) -> Result<Exit, Failure> {
        let slurm = Slurm::new();
        let folders = match &self.what {
            Some(what) => vec![find(&slurm, what)?],
            None => match here() {
                Some(folder) => vec![folder],
                None => mine(&slurm)?,
            },
        };
        let all = folders.iter().map(|f| Status::read(&slurm, f)).collect::<Result<Vec<_>, _>>()?;
        if self.json {
            match (&self.what, &all[..]) {
                (Some(_), [one]) => output::print_json(one)?,
                _ => output::print_json(&all)?,
            }
        } else if all.is_empty() {
            output::print("no jobs\n")?;
        } else {
            output::print_words(&all.iter().map(Status::text).collect::<Vec<_>>().join("\n"))?;
        }
        Ok(all.iter().map(Status::exit_of_asking).reduce(Exit::and).unwrap_or(Exit::Done))
    }
}

/// The job folder that an output folder or a job id stands for.
///
/// # Errors
/// There is none.
pub fn find(slurm: &Slurm, what: &str) -> Result<JobFolder, Failure> {
    let path = Path::new(what);
    if path.is_dir() {
        let whole = std::path::absolute(path).map_err(|e| Error::io("make absolute", path, &e))?;
        let folder = JobFolder::of_output(&whole);
        return if is_ours(&folder) {
            Ok(folder)
        } else {
            let refused =
                Error::request("no job was submitted to this folder, and no run works in it", Place::file(path));
            Err(refused.with_hint("give the `output` of a workflow").into())
        };
    }
    let refuse = |what: String, hint: &str| Err(Failure::new(Exit::Workflow, &what, Some(hint)));
    let Ok(id) = what.parse::<JobId>() else {
        return refuse(
            format!("`{what}` is neither a folder nor a job id"),
            "give the `output` of a workflow, or the number that `submit` printed",
        );
    };
    let ask = |e| slurm_failure(&format!("ask Slurm for job {id}"), &e);
    // of several jobs that had this number, the one in the queue is meant
    let queued = slurm.jobs(&Filter::ids([id]));
    let asked = match queued.as_ref().ok().and_then(|jobs| jobs.first()) {
        Some(job) => Some(job.clone()),
        None => slurm.job(&id).map_err(ask)?.map(|report| report.job),
    };
    let Some(job) = asked else {
        return refuse(
            format!("Slurm does not know job {id} (any more)"),
            "give the output folder instead: what the job left stands there",
        );
    };
    let foreign = format!("job {id} was not submitted with `trainyard submit`");
    let folder = job.folder.clone().map(|path| JobFolder { path }).filter(|f| f.submitted().is_file());
    let Some(folder) = folder else { return refuse(foreign, "give the output folder instead") };
    let record = Submitted::read(&folder)?;
    let own = record.map(|record| record.identity(&folder)).transpose()?.filter(|identity| identity.id == id);
    match own.map(|identity| identity.contradiction(&job)) {
        Some(None) => Ok(folder),
        Some(Some(why)) => refuse(format!("{foreign}: {why}"), "give the output folder instead"),
        None => refuse(
            format!("{foreign}, though it works in {}", folder.path.display()),
            "a job whose script was given to `sbatch` by hand is watched with `squeue` and ended with `scancel`",
        ),
    }
}

fn is_ours(folder: &JobFolder) -> bool {
    folder.submitted().is_file() || folder.work().ledger().is_dir()
}

fn here() -> Option<JobFolder> {
    let folder = JobFolder::of_output(&std::env::current_dir().ok()?);
    is_ours(&folder).then_some(folder)
}

/// Folders of this user's jobs, as far as Slurm knows them.
fn mine(slurm: &Slurm) -> Result<Vec<JobFolder>, Failure> {
    let filter =
        Filter { user: std::env::var("USER").ok().filter(|u| !u.is_empty()), with_ended: true, ..Filter::default() };
    let jobs = slurm.jobs(&filter).map_err(|e| slurm_failure("ask Slurm for your jobs", &e))?;
    let paths: std::collections::BTreeSet<PathBuf> = jobs.into_iter().filter_map(|job| job.folder).collect();
    Ok(paths.into_iter().map(|path| JobFolder { path }).filter(|f| f.submitted().is_file()).collect())
}

/// The first and the longest pause between two questions to Slurm.
const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(30);
/// Unanswered questions in a row before waiting is given up: about ten minutes.
const PATIENCE: u32 = 20;

/// Waits for the end of a job, tells its progress on stderr, then its status on stdout.
///
/// # Errors
/// Slurm did not answer for long, or records cannot be read.
pub fn follow(slurm: &Slurm, folder: &JobFolder, json: bool) -> Result<Exit, Failure> {
    let mut pause = FIRST;
    let mut unanswered = 0;
    let mut told = String::new();
    loop {
        let status = Status::read(slurm, folder)?;
        let line = format!("{}: {}\n", status.state, status.progress.line());
        if line != told {
            output::complain(&line);
            told = line;
        }
        unanswered = if status.state == State::Unknown { unanswered + 1 } else { 0 };
        let ended = matches!(status.state, State::Done | State::Failed | State::Cancelled | State::Unfinished);
        if ended || unanswered >= PATIENCE {
            if json {
                output::print_json(&status)?;
            } else {
                output::print_words(&status.text())?;
            }
            return Ok(status.exit());
        }
        std::thread::sleep(pause);
        pause = (pause + pause / 2).min(LONGEST);
    }
}
