//! `attempts.jsonl`: how each start of a job ended, as far as it came to judge that itself.

use super::folder::JobFolder;
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use trainyard_format::{Error, Result};

/// Longest record that is read.
const LONGEST: u64 = 16 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    /// told to stop before the time limit; back in the queue
    Interrupted,
    /// the cluster's fault; back in the queue
    Fault,
    /// the end: another start would not help
    Failed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Attempt {
    pub turn: u64,
    /// seconds since 1970
    pub ended: u64,
    /// what the launcher returned
    pub launcher: i32,
    pub outcome: Outcome,
    /// exit code of the program as a whole
    pub exit: u8,
    /// sequences and files of slow data done by then, over all passes
    pub units_done: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Attempt {
    /// Durable once it returns.
    pub fn append(&self, folder: &JobFolder) -> Result<()> {
        let path = folder.attempts();
        let line = serde_json::to_string(self).unwrap_or_default() + "\n";
        let open = OpenOptions::new().create(true).append(true).open(&path);
        let written = open.and_then(|mut file| file.write_all(line.as_bytes()).and_then(|()| file.sync_all()));
        written.map_err(|e| Error::io("append to", &path, &e))
    }

    /// In order; a line that cannot be read ends the list.
    pub fn read_all(folder: &JobFolder) -> Vec<Attempt> {
        let mut text = Vec::new();
        let Ok(file) = std::fs::File::open(folder.attempts()) else { return Vec::new() };
        if file.take(LONGEST).read_to_end(&mut text).is_err() {
            return Vec::new();
        }
        text.split(|b| *b == b'\n').map_while(|line| serde_json::from_slice(line).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_are_kept_in_order() {
        let output = tempfile::tempdir().unwrap();
        let folder = JobFolder::of_output(output.path());
        assert!(Attempt::read_all(&folder).is_empty());
        drop(folder.lock().unwrap());
        let attempt = |turn| Attempt {
            turn,
            ended: 1,
            launcher: 137,
            outcome: Outcome::Interrupted,
            exit: 7,
            units_done: 3,
            error: None,
        };
        attempt(0).append(&folder).unwrap();
        attempt(1).append(&folder).unwrap();
        assert_eq!(Attempt::read_all(&folder), [attempt(0), attempt(1)]);
    }
}
