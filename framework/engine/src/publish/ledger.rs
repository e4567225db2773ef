//! The ledger: what is finished, line by line. Every rank of every run appends to a file of its own, so no two writers
//! share one; a torn last line does not count, and every prefix is valid.

use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use trainyard_format::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Notes that are kept of a file.
const MOST_NOTES: usize = 100;

/// A finished file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerFile {
    pub name: String,
    pub size: u64,
    /// what could not be carried over as it was: `dataset: what`
    #[serde(default)]
    pub notes: Vec<String>,
}

impl LedgerFile {
    pub fn new(name: String, size: u64) -> Self {
        LedgerFile { name, size, notes: Vec::new() }
    }

    /// With the notes of the writer, as many as anybody reads.
    pub fn with_notes(mut self, notes: &[(String, String)]) -> Self {
        self.notes = notes.iter().take(MOST_NOTES).map(|(dataset, what)| format!("{dataset}: {what}")).collect();
        self
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// a run began
    Start { identity: String, version: String },
    /// a pass over a sequence is done and its part stored; `kept` of its `frames` are alive behind the pass
    Sequence { pass: usize, sequence: usize, frames: u64, kept: u64, part: LedgerFile, files: Vec<LedgerFile> },
    /// a file of slow data is done
    Slow { unit: usize, files: Vec<LedgerFile> },
    /// the reduced run stands
    Published { identity: String },
}

#[derive(Serialize, Deserialize)]
struct Line {
    checksum: String,
    entry: Entry,
}

pub struct Ledger {
    path: PathBuf,
    file: File,
}

impl Ledger {
    pub fn open(folder: &Path, epoch: u64, rank: usize) -> Result<Self> {
        let path = folder.join(format!("{epoch:06}-{rank:05}.jsonl"));
        let file =
            OpenOptions::new().create(true).append(true).open(&path).map_err(|e| Error::io("open", &path, &e))?;
        super::sync_folder(folder)?;
        Ok(Ledger { path, file })
    }

    /// Durable once it returns.
    pub fn append(&mut self, entry: Entry) -> Result<()> {
        let io = |e: &std::io::Error| Error::io("append to", &self.path, e);
        let checksum = checksum(&entry);
        let mut line = serde_json::to_string(&Line { checksum, entry }).unwrap_or_default();
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(|e| io(&e))?;
        self.file.sync_data().map_err(|e| io(&e))
    }

    /// All whole lines of all runs, oldest run first.
    pub fn read(folder: &Path) -> Result<Vec<Entry>> {
        let io = |e: &std::io::Error| Error::io("read", folder, e);
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| io(&e))? {
            let path = entry.map_err(|e| io(&e))?.path();
            if path.extension().is_some_and(|e| e == "jsonl") {
                paths.push(path);
            }
        }
        paths.sort();
        let mut entries = Vec::new();
        for path in paths {
            let bytes = fs::read(&path).map_err(|e| Error::io("read", &path, &e))?;
            for line in bytes.split(|b| *b == b'\n') {
                match serde_json::from_slice::<Line>(line) {
                    Ok(line) if line.checksum == checksum(&line.entry) => entries.push(line.entry),
                    _ => break,
                }
            }
        }
        Ok(entries)
    }
}

fn checksum(entry: &Entry) -> String {
    format!("{:016x}", xxh3_64(serde_json::to_string(entry).unwrap_or_default().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_tells_all_its_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(folder.path(), 1, 0).unwrap();
        let entries: Vec<Entry> = (0..3).map(|unit| Entry::Slow { unit, files: vec![] }).collect();
        entries.iter().for_each(|e| ledger.append(e.clone()).unwrap());
        let path = folder.path().join("000001-00000.jsonl");
        let whole = fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            // a line counts as soon as all of it but the line feed is there
            let ends = whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(end, _)| end);
            let expected = ends.filter(|end| *end <= length).count();
            assert_eq!(Ledger::read(folder.path()).unwrap(), entries[..expected], "prefix of {length} bytes");
        }
    }

    /// Bits that turned in a line cost that line and what the same writer noted behind it, nothing of others.
    #[test]
    fn a_damaged_line_ends_one_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let entry = |unit| Entry::Slow { unit, files: vec![] };
        let mut first = Ledger::open(folder.path(), 1, 0).unwrap();
        (0..3).for_each(|unit| first.append(entry(unit)).unwrap());
        Ledger::open(folder.path(), 2, 0).unwrap().append(entry(3)).unwrap();
        let path = folder.path().join("000001-00000.jsonl");
        let mut bytes = fs::read(&path).unwrap();
        let second = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
        let digit = second + bytes[second..].windows(8).position(|w| w == b"\"unit\":1").unwrap() + 7;
        bytes[digit] = b'2';
        fs::write(&path, &bytes).unwrap();
        assert_eq!(Ledger::read(folder.path()).unwrap(), [entry(0), entry(3)]);
    }
}
