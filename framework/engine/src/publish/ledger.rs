//! The ledger: what is finished, line by line. Every rank of every run appends to a file of its own, so no two writers
//! share one; a torn last line does not count, and every prefix is valid.
//!
//! Each line stands for itself: it carries a checksum, the plan, and the epoch and round in which it was written. A line
//! that is damaged, of another epoch than its file, or names anything but plain files costs its own work and nothing else.

use super::Entry;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use trainyard_format::durable::open_own;
use trainyard_format::stuck::{syncing, underway};
use trainyard_format::{Error, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Longest line that is read.
const LONGEST_LINE: u64 = 64 << 20;
/// Longest file that is read.
const LONGEST: u64 = 4 << 30;

/// An entry, and in which context it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noted {
    pub plan: String,
    pub epoch: u64,
    /// units that were lost and are done anew are so in a later round
    pub round: u32,
    pub entry: Entry,
}

impl Noted {
    fn checksum(&self) -> String {
        format!("{:016x}", xxh3_64(serde_json::to_string(self).unwrap_or_default().as_bytes()))
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    checksum: String,
    #[serde(flatten)]
    noted: Noted,
}

/// All that can be read.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// oldest run first
    pub noted: Vec<Noted>,
    /// (file, number of the line counted from 1)
    pub damaged: Vec<(PathBuf, usize)>,
}

impl Lines {
    /// Says what is damaged.
    pub fn tell(&self) {
        for (path, line) in &self.damaged {
            tracing::warn!("{}: line {line} is damaged: what it told of is done again", path.display());
        }
    }
}

pub struct Ledger {
    path: PathBuf,
    file: File,
    plan: String,
    epoch: u64,
    round: u32,
}

impl Ledger {
    pub fn open(folder: &Path, epoch: u64, rank: usize, plan: &str) -> Result<Self> {
        let path = folder.join(format!("{epoch:06}-{rank:05}.jsonl"));
        let io = |e: &std::io::Error| Error::io("open", &path, e);
        let mut options = OpenOptions::new();
        options.create(true).read(true).append(true).custom_flags(libc::O_NOFOLLOW);
        let mut file = options.open(&path).map_err(|e| io(&e))?;
        // a line that was torn must not swallow the next one
        let length = file.metadata().map_err(|e| io(&e))?.len();
        let mut last = [b'\n'];
        if length > 0 {
            file.read_exact_at(&mut last, length - 1).map_err(|e| io(&e))?;
        }
        if last != [b'\n'] {
            file.write_all(b"\n").map_err(|e| io(&e))?;
        }
        super::sync_folder(folder)?;
        Ok(Ledger { path, file, plan: plan.into(), epoch, round: 0 })
    }

    pub fn set_round(&mut self, round: u32) {
        self.round = round;
    }

    /// Durable once it returns.
    pub fn append(&mut self, entry: Entry) -> Result<()> {
        self.append_all(vec![entry])
    }

    /// All in one write.
    pub fn append_all(&mut self, entries: Vec<Entry>) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        let mut text = String::new();
        for entry in entries {
            let noted = Noted { plan: self.plan.clone(), epoch: self.epoch, round: self.round, entry };
            let line = Line { checksum: noted.checksum(), noted };
            text.push_str(&serde_json::to_string(&line).unwrap_or_default());
            text.push('\n');
        }
        let io = |e: &std::io::Error| Error::io("append to", &self.path, e);
        let writing = underway("write", &self.path);
        self.file.write_all(text.as_bytes()).map_err(|e| io(&e))?;
        drop(writing);
        let _syncing = syncing(&self.path);
        self.file.sync_data().map_err(|e| io(&e))
    }

    /// The last epoch that left a file.
    pub fn last_epoch(folder: &Path) -> Result<u64> {
        Ok(files(folder)?.last().map_or(0, |file| file.epoch))
    }

    /// All lines of all runs that are whole.
    ///
    /// # Errors
    /// What cannot be read; damage is none.
    pub fn read(folder: &Path) -> Result<Lines> {
        let mut lines = Lines::default();
        for file in files(folder)? {
            file.read(&mut lines)?;
        }
        Ok(lines)
    }
}

/// `000001-00000.jsonl`
struct LedgerPath {
    path: PathBuf,
    epoch: u64,
    rank: usize,
}

/// In the order of epochs and ranks; other names are not ours. None where there is no folder.
fn files(folder: &Path) -> Result<Vec<LedgerPath>> {
    let io = |e: &std::io::Error| Error::io("read", folder, e);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(io(&e)),
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| io(&e))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".jsonl"));
        let numbers = name.and_then(|name| name.split_once('-'));
        let numbers = numbers.and_then(|(epoch, rank)| Some((epoch.parse().ok()?, rank.parse().ok()?)));
        files.extend(numbers.map(|(epoch, rank)| LedgerPath { path, epoch, rank }));
    }
    files.sort_by_key(|file| (file.epoch, file.rank));
    Ok(files)
}

impl LedgerPath {
    fn read(&self, lines: &mut Lines) -> Result<()> {
        let io = |e: &std::io::Error| Error::io("read", &self.path, e);
        let Some(file) = open_own(&self.path)? else { return Ok(()) };
        let mut reader = BufReader::new(file.take(LONGEST));
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            let mut read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|e| io(&e))?;
            if read == 0 {
                break;
            }
            if line.last() != Some(&b'\n') && read as u64 == LONGEST_LINE {
                // longer than any of ours: to its end without keeping it
                while read > 0 && line.last() != Some(&b'\n') {
                    line.clear();
                    read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line).map_err(|e| io(&e))?;
                }
                lines.damaged.push((self.path.clone(), number));
                continue;
            }
            match serde_json::from_slice::<Line>(&line) {
                Ok(line) if self.is_sound(&line) => lines.noted.push(line.noted),
                // torn when its writer was killed
                _ if line.last() != Some(&b'\n') => break,
                _ => lines.damaged.push((self.path.clone(), number)),
            }
        }
        Ok(())
    }

    fn is_sound(&self, line: &Line) -> bool {
        line.checksum == line.noted.checksum() && line.noted.epoch == self.epoch && line.noted.entry.is_plain()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::publish::LedgerFile;

    fn entry(unit: usize) -> Entry {
        Entry::Slow { unit, files: vec![] }
    }

    fn entries(folder: &Path) -> Vec<Entry> {
        Ledger::read(folder).unwrap().noted.into_iter().map(|noted| noted.entry).collect()
    }

    /// A ledger of three lines, and its bytes.
    fn three(folder: &Path) -> (PathBuf, Vec<u8>) {
        let mut ledger = Ledger::open(folder, 1, 0, "p").unwrap();
        ledger.append_all((0..3).map(entry).collect()).unwrap();
        let path = folder.join("000001-00000.jsonl");
        let whole = fs::read(&path).unwrap();
        (path, whole)
    }

    #[test]
    fn every_prefix_tells_all_its_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let (path, whole) = three(folder.path());
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            // a line counts as soon as all of it but the line feed is there
            let ends = whole.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(end, _)| end);
            let expected: Vec<Entry> = (0..ends.filter(|end| *end <= length).count()).map(entry).collect();
            let lines = Ledger::read(folder.path()).unwrap();
            assert!(lines.damaged.is_empty(), "a torn line is no damage");
            assert_eq!(entries(folder.path()), expected, "prefix of {length} bytes");
        }
    }

    /// Whichever byte of whichever line is damaged: that line is lost, and told, and no other.
    #[test]
    fn damage_costs_one_line() {
        let folder = tempfile::tempdir().unwrap();
        let (path, whole) = three(folder.path());
        Ledger::open(folder.path(), 2, 0, "p").unwrap().append(entry(3)).unwrap();
        for at in (0..whole.len()).filter(|at| whole[*at] != b'\n') {
            let line = whole[..at].iter().filter(|b| **b == b'\n').count();
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            let expected: Vec<Entry> = (0..4).filter(|unit| *unit != line).map(entry).collect();
            assert_eq!(entries(folder.path()), expected, "byte {at}");
            assert_eq!(Ledger::read(folder.path()).unwrap().damaged, [(path.clone(), line + 1)], "byte {at}");
        }
    }

    #[test]
    fn a_torn_line_does_not_swallow_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let (path, whole) = three(folder.path());
        fs::write(&path, &whole[..whole.len() - 5]).unwrap();
        Ledger::open(folder.path(), 1, 0, "p").unwrap().append(entry(7)).unwrap();
        assert_eq!(entries(folder.path()), [entry(0), entry(1), entry(7)]);
    }

    #[test]
    fn names_that_lead_elsewhere_and_lines_of_other_epochs_do_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| LedgerFile { name: name.into(), ..LedgerFile::default() };
        let mut ledger = Ledger::open(folder.path(), 1, 0, "p").unwrap();
        for name in ["../x", "/etc/passwd", "..", "a/../b"] {
            ledger.append(Entry::Slow { unit: 0, files: vec![file(name)] }).unwrap();
        }
        ledger.append(Entry::Slow { unit: 1, files: vec![file("a.h5")] }).unwrap();
        fs::copy(folder.path().join("000001-00000.jsonl"), folder.path().join("000002-00000.jsonl")).unwrap();
        let lines = Ledger::read(folder.path()).unwrap();
        assert_eq!((lines.noted.len(), lines.damaged.len()), (1, 9));
        assert_eq!(Ledger::last_epoch(folder.path()).unwrap(), 2);
    }

    #[test]
    fn a_planted_link_is_neither_read_nor_written_through() {
        let folder = tempfile::tempdir().unwrap();
        let (path, whole) = three(folder.path());
        let elsewhere = folder.path().join("elsewhere");
        fs::rename(&path, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &path).unwrap();
        assert_eq!(entries(folder.path()), []);
        assert!(Ledger::open(folder.path(), 1, 0, "p").is_err());
        assert_eq!(fs::read(&elsewhere).unwrap(), whole);
    }
}
