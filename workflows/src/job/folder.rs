//! `OUTPUT/job/`: everything that belongs to the job and not to the reduced run.
//!
//! ```text
//! OUTPUT/job/workflow.yaml      the workflow with absolute paths and every `--set` applied
//! OUTPUT/job/job.sh             the script as submitted, its options as #SBATCH lines
//! OUTPUT/job/submitted.json     job id, plan, size
//! OUTPUT/job/log/JOBID.log      what the job printed, all starts in one file
//! OUTPUT/job/notes/JOBID/TURN/RANK.json   how far each rank of each start is, and how it ended
//! OUTPUT/job/attempts.jsonl     one line per start that came to an end of its own
//! OUTPUT/job/lock               held while a submission is under way
//! ```
//!
//! A turn is the number of starts before: 0, then one more each time Slurm starts the job anew.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use trainyard_engine::publish::WorkFolder;
use trainyard_format::{Error, Place, Result};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobFolder {
    pub path: PathBuf,
}

impl JobFolder {
    pub fn of_output(output: &Path) -> Self {
        JobFolder { path: output.join("job") }
    }

    pub fn output(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    pub fn work(&self) -> WorkFolder {
        WorkFolder::new(self.output())
    }

    pub fn workflow(&self) -> PathBuf {
        self.path.join("workflow.yaml")
    }

    pub fn script(&self) -> PathBuf {
        self.path.join("job.sh")
    }

    pub fn submitted(&self) -> PathBuf {
        self.path.join("submitted.json")
    }

    pub fn log(&self) -> PathBuf {
        self.path.join("log")
    }

    pub fn notes(&self) -> PathBuf {
        self.path.join("notes")
    }

    pub fn attempts(&self) -> PathBuf {
        self.path.join("attempts.jsonl")
    }

    /// Makes the folder and keeps other submissions out while the lock lives.
    ///
    /// # Errors
    /// Another submission is under way.
    pub fn lock(&self) -> Result<File> {
        for folder in [self.path.clone(), self.log(), self.notes()] {
            std::fs::create_dir_all(&folder).map_err(|e| Error::io("create the folder", &folder, &e))?;
        }
        let path = self.path.join("lock");
        let open = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let lock = open.map_err(|e| Error::io("open", &path, &e))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => {
                let place = Place::file(self.output());
                Err(Error::request("another submission to this output folder is under way", place)
                    .with_hint("wait for it, then ask `trainyard status`"))
            }
            Err(TryLockError::Error(e)) => Err(Error::io("lock", &path, &e)),
        }
    }

    /// Forgets what an earlier job left: its turns are not ours. Logs stay.
    pub fn forget_earlier(&self) -> Result<()> {
        let gone = |outcome: std::io::Result<()>, path: &Path| match outcome {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(Error::io("remove", path, &e)),
            _ => Ok(()),
        };
        gone(std::fs::remove_dir_all(self.notes()), &self.notes())?;
        gone(std::fs::remove_file(self.attempts()), &self.attempts())?;
        gone(std::fs::remove_file(self.submitted()), &self.submitted())?;
        std::fs::create_dir_all(self.notes()).map_err(|e| Error::io("create the folder", &self.notes(), &e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_submission_at_a_time() {
        let output = tempfile::tempdir().unwrap();
        let folder = JobFolder::of_output(output.path());
        let first = folder.lock().unwrap();
        assert!(folder.lock().unwrap_err().to_string().contains("another submission"));
        drop(first);
        folder.lock().unwrap();
        assert_eq!(folder.output(), output.path());
    }
}
