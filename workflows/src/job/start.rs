//! Which start of which job this is, as Slurm tells the job's processes. Records carry both numbers: a second job in the same
//! folder, submitted by hand say, never writes into those of the first.

use super::folder::JobFolder;
use slurm_cli_wrapper::JobId;
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// as Slurm prints it; `0` outside of a job
    pub job: String,
    /// how often the job was started before
    pub turn: u64,
}

impl Start {
    pub fn of_environment() -> Self {
        Start::read(|name| std::env::var(name).ok())
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let job = variable("SLURM_JOB_ID").and_then(|id| id.trim().parse::<JobId>().ok());
        Start {
            job: job.map_or_else(|| "0".into(), |id| id.to_string()),
            turn: variable("SLURM_RESTART_COUNT").and_then(|n| n.trim().parse().ok()).unwrap_or(0),
        }
    }

    pub fn id(&self) -> Option<JobId> {
        self.job.parse().ok()
    }

    pub fn notes(&self, folder: &JobFolder) -> PathBuf {
        folder.notes().join(&self.job).join(self.turn.to_string())
    }
}

/// Starts of a job that left notes, in order.
pub fn starts(folder: &JobFolder, job: &str) -> Vec<Start> {
    let mut turns = numbers(&folder.notes().join(job));
    turns.sort_unstable();
    turns.into_iter().map(|turn| Start { job: job.into(), turn }).collect()
}

/// The job of the highest number that left notes: the one to look at where no submission is on record.
pub fn last_job(folder: &JobFolder) -> Option<String> {
    numbers(&folder.notes()).into_iter().max().map(|job| job.to_string())
}

fn numbers(folder: &std::path::Path) -> Vec<u64> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    entries.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_and_starts_have_their_own_notes() {
        let output = tempfile::tempdir().unwrap();
        let folder = JobFolder::of_output(output.path());
        assert_eq!((last_job(&folder), starts(&folder, "7")), (None, vec![]));
        let start = |job: &str, turn: &str| {
            Start::read(|name| Some(if name == "SLURM_JOB_ID" { job.into() } else { turn.into() }))
        };
        for start in [start("7", "0"), start("7", "10"), start("7", "9"), start("12", "")] {
            std::fs::create_dir_all(start.notes(&folder)).unwrap();
        }
        let turns: Vec<u64> = starts(&folder, "7").iter().map(|s| s.turn).collect();
        assert_eq!(turns, [0, 9, 10]);
        assert_eq!(last_job(&folder).as_deref(), Some("12"));
        assert_eq!(start("nonsense/..", "x"), Start { job: "0".into(), turn: 0 });
    }
}
