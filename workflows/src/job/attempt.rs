//! `attempts.jsonl`: how each start of a job ended, as far as it came to judge that itself.

use super::folder::JobFolder;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{Read, Seek, SeekFrom, Write};
use trainyard_format::{Error, Result};

/// Longest record that is read.
const LONGEST: u64 = 16 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    /// told to stop before the time limit, or by a signal; back in the queue
    Interrupted,
    /// the cluster's fault; back in the queue
    Fault,
    /// the end: another start would not help
    Failed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attempt {
    /// number of the job
    #[serde(default)]
    pub job: String,
    pub turn: u64,
    /// seconds since 1970
    pub ended: u64,
    /// what the launcher returned
    pub launcher: i32,
    pub outcome: Outcome,
    /// the time limit was why it stopped
    #[serde(default)]
    pub warned: bool,
    /// exit code of the program as a whole
    pub exit: u8,
    /// sequences and files of slow data done by then, over all passes
    pub units_done: usize,
    /// of these, sequences
    #[serde(default)]
    pub sequences_done: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Attempt {
    /// Durable once it returns. A second line of the same start takes the place of the first.
    pub fn append(&self, folder: &JobFolder) -> Result<()> {
        let path = folder.attempts();
        let line = serde_json::to_string(self).unwrap_or_default() + "\n";
        let open = OpenOptions::new().create(true).read(true).append(true).open(&path);
        let write = |mut file: std::fs::File| {
            // a line that a full disk cut short is ended, so that it does not take this one with it
            let mut last = [b'\n'];
            if file.seek(SeekFrom::End(-1)).is_ok() {
                file.read_exact(&mut last)?;
            }
            let line = if last == *b"\n" { line } else { format!("\n{line}") };
            file.write_all(line.as_bytes())?;
            file.sync_all()
        };
        open.and_then(write).map_err(|e| Error::io("append to", &path, &e))
    }

    /// Those of one job, in order; lines that cannot be read are passed over.
    pub fn of_job(folder: &JobFolder, job: &str) -> Vec<Attempt> {
        let mut text = Vec::new();
        let Ok(file) = std::fs::File::open(folder.attempts()) else { return Vec::new() };
        if file.take(LONGEST).read_to_end(&mut text).is_err() {
            return Vec::new();
        }
        let lines = text.split(|b| *b == b'\n').filter_map(|line| serde_json::from_slice::<Attempt>(line).ok());
        let mut attempts: Vec<Attempt> = Vec::new();
        for attempt in lines.filter(|a| a.job == job) {
            match attempts.iter_mut().find(|a| a.turn == attempt.turn) {
                Some(earlier) => *earlier = attempt,
                None => attempts.push(attempt),
            }
        }
        attempts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(job: &str, turn: u64) -> Attempt {
        Attempt {
            job: job.into(),
            turn,
            ended: 1,
            launcher: 137,
            outcome: Outcome::Interrupted,
            warned: true,
            exit: 7,
            units_done: 3,
            sequences_done: 2,
            error: None,
        }
    }

    #[test]
    fn attempts_are_kept_in_order_for_each_job() {
        let output = tempfile::tempdir().unwrap();
        let folder = JobFolder::of_output(output.path());
        assert!(Attempt::of_job(&folder, "7").is_empty());
        drop(folder.lock().unwrap());
        for (job, turn) in [("7", 0), ("8", 0), ("7", 1)] {
            attempt(job, turn).append(&folder).unwrap();
        }
        assert_eq!(Attempt::of_job(&folder, "7"), [attempt("7", 0), attempt("7", 1)]);
        assert_eq!(Attempt::of_job(&folder, "8"), [attempt("8", 0)]);
        let corrected = Attempt { outcome: Outcome::Failed, ..attempt("7", 1) };
        corrected.append(&folder).unwrap();
        assert_eq!(Attempt::of_job(&folder, "7"), [attempt("7", 0), corrected]);
    }

    #[test]
    fn a_line_cut_short_takes_no_other_with_it() {
        let output = tempfile::tempdir().unwrap();
        let folder = JobFolder::of_output(output.path());
        drop(folder.lock().unwrap());
        std::fs::write(folder.attempts(), "{\"job\": \"7\", \"tur").unwrap();
        attempt("7", 1).append(&folder).unwrap();
        assert_eq!(Attempt::of_job(&folder, "7"), [attempt("7", 1)]);
    }
}
