//! How far the work in an output folder is, by what lies there: ledger, manifest, notes. Slurm is not asked.

use super::folder::JobFolder;
use super::note::Note;
use super::start::starts;
use super::{attempt::Attempt, now};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use trainyard_engine::publish::{Entry, Ledger, PlanNote, MANIFEST};
use trainyard_format::words::{bytes, counted};
use trainyard_format::Result;

/// Longest manifest that is read.
const LONGEST: u64 = 1 << 30;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Progress {
    /// ledger and manifest say so
    pub published: bool,
    /// in the last pass
    pub sequences_done: usize,
    /// none before the first start
    pub sequences: Option<usize>,
    /// sequences of all passes
    pub passes_done: usize,
    pub passes_in_all: Option<usize>,
    /// sequences of all passes and files of slow data
    pub units_done: usize,
    pub units: Option<usize>,
    /// frames in finished sequences of the last pass, and those of them that stay
    pub frames_in: u64,
    pub frames_kept: u64,
    /// by the ranks of the present start, or the last one
    pub frames_per_second: Option<f64>,
    pub bytes_per_second: Option<f64>,
    /// until the end at the pace of this start
    pub seconds_left: Option<f64>,
    pub last_error: Option<String>,
    /// input that was left out of what is published, as the manifest lists it
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub skipped: Vec<String>,
}

impl Progress {
    /// `job`: whose notes to read.
    ///
    /// # Errors
    /// A ledger that cannot be read.
    pub fn read(folder: &JobFolder, job: Option<&str>) -> Result<Self> {
        let work = folder.work();
        let entries: Vec<Entry> = Ledger::read(&work.ledger())?.noted.into_iter().map(|line| line.entry).collect();
        let plan = PlanNote::read(&work);
        let mut progress = Progress::of_ledger(&entries, plan.as_ref());
        let identity = entries.iter().rev().find_map(|e| match e {
            Entry::Start { identity, .. } => Some(identity.as_str()),
            _ => None,
        });
        let in_ledger =
            entries.iter().any(|e| matches!(e, Entry::Published { identity: i, .. } if Some(i.as_str()) == identity));
        if let Some(manifest) = in_ledger.then(|| Published::read(folder)).flatten() {
            progress.published = Some(manifest.plan.as_str()) == identity;
            (progress.frames_in, progress.frames_kept) = (manifest.frames.input, manifest.frames.kept);
            progress.skipped = manifest.problems;
        }
        let Some(job) = job else { return Ok(progress) };
        let attempts = Attempt::of_job(folder, job);
        if let Some(start) = starts(folder, job).last() {
            let notes = Note::read_all(&start.notes(folder));
            let before = attempts.iter().rfind(|a| a.turn < start.turn).map_or(0, |a| a.units_done);
            progress.add_pace(&notes, before);
            let wrong = notes.iter().filter(|n| n.exit.is_some_and(|e| e != 0 && e != 2));
            progress.last_error = wrong.filter_map(|n| n.error.clone()).next();
        }
        if let Some(error) = attempts.last().and_then(|a| a.error.clone()) {
            progress.last_error.get_or_insert(error);
        }
        Ok(progress)
    }

    fn of_ledger(entries: &[Entry], plan: Option<&PlanNote>) -> Self {
        let mut done = BTreeSet::new();
        let mut copied = BTreeSet::new();
        let mut progress = Progress::default();
        let last = plan.map_or(0, |p| p.passes.saturating_sub(1));
        for entry in entries {
            match entry {
                Entry::Sequence { pass, sequence, frames, kept, .. } => {
                    let is_new = done.insert((*pass, *sequence));
                    if is_new && *pass == last {
                        progress.sequences_done += 1;
                        progress.frames_in += frames;
                        progress.frames_kept += kept;
                    }
                }
                Entry::Slow { unit, .. } => {
                    copied.insert(*unit);
                }
                _ => {}
            }
        }
        progress.passes_done = done.len();
        progress.passes_in_all = plan.map(|p| p.sequences.saturating_mul(p.passes));
        progress.units_done = done.len() + copied.len();
        progress.sequences = plan.map(|p| p.sequences);
        progress.units = plan.map(|p| p.sequences.saturating_mul(p.passes).saturating_add(p.slow_units));
        progress
    }

    fn add_pace(&mut self, notes: &[Note], done_before: usize) {
        let Some(began) = notes.iter().map(|n| n.started).min() else { return };
        let seconds = notes.iter().map(|n| n.seconds).fold(0.0, f64::max);
        let frames: u64 = notes.iter().map(|n| n.frames_done).sum();
        // before the first frame there is no rate to tell
        if seconds > 0.0 && frames > 0 {
            self.frames_per_second = Some(frames as f64 / seconds);
            self.bytes_per_second = Some(notes.iter().map(|n| n.bytes_read as f64).sum::<f64>() / seconds);
        }
        let running = notes.iter().any(|n| n.exit.is_none());
        let done = self.units_done.saturating_sub(done_before);
        if let (true, Some(all), true) = (running, self.units, done > 0) {
            let left = all.saturating_sub(self.units_done) as f64;
            self.seconds_left = Some(left * now().saturating_sub(began) as f64 / done as f64);
        }
    }

    /// `3 of 8 sequences, 1200 frames (800 kept), 410 frames/s, 0.8 GiB/s, 85 s left`
    pub fn line(&self) -> String {
        let total = match self.sequences {
            Some(all) => counted(all, "sequence"),
            None => "? sequences".into(),
        };
        let frames = counted(self.frames_in, "frame");
        let mut line = format!("{} of {total}, {frames} ({} kept)", self.sequences_done, self.frames_kept);
        if let (Some(frames), Some(read)) = (self.frames_per_second, self.bytes_per_second) {
            line.push_str(&format!(", {frames:.0} frames/s, {}/s", bytes(read as u64)));
        }
        if let Some(left) = self.seconds_left {
            line.push_str(&format!(", {left:.0} s left"));
        }
        line
    }
}

/// What is read of the manifest.
#[derive(Deserialize)]
struct Published {
    plan: String,
    frames: Frames,
    #[serde(default)]
    problems: Vec<String>,
}

#[derive(Deserialize)]
struct Frames {
    input: u64,
    kept: u64,
}

impl Published {
    fn read(folder: &JobFolder) -> Option<Self> {
        let path = folder.output().join(MANIFEST);
        if std::fs::metadata(&path).ok()?.len() > LONGEST {
            return None;
        }
        serde_json::from_slice(&std::fs::read(&path).ok()?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(pass: usize, sequence: usize, frames: u64, kept: u64) -> Entry {
        Entry::Sequence { pass, sequence, frames, kept, stored: Box::default(), files: vec![] }
    }

    #[test]
    fn the_ledger_against_the_plan() {
        let plan =
            PlanNote { identity: "i".into(), passes: 2, sequences: 3, slow_units: 1, trains: 9, epoch: 1, started: 0 };
        let entries = [
            done(0, 0, 8, 8),
            done(0, 1, 8, 7),
            done(1, 0, 8, 2),
            done(1, 0, 8, 2),
            Entry::Slow { unit: 0, files: vec![] },
        ];
        let progress = Progress::of_ledger(&entries, Some(&plan));
        assert_eq!((progress.sequences_done, progress.sequences), (1, Some(3)));
        assert_eq!((progress.units_done, progress.units), (4, Some(7)));
        assert_eq!((progress.passes_done, progress.passes_in_all), (3, Some(6)));
        assert_eq!((progress.frames_in, progress.frames_kept), (8, 2));
        assert!(progress.line().starts_with("1 of 3 sequences, 8 frames (2 kept)"));
    }

    #[test]
    fn nothing_is_known_before_the_first_start() {
        let output = tempfile::tempdir().unwrap();
        let progress = Progress::read(&JobFolder::of_output(output.path()), Some("7")).unwrap();
        assert_eq!(progress, Progress::default());
        assert_eq!(progress.line(), "0 of ? sequences, 0 frames (0 kept)");
    }

    #[test]
    fn the_pace_is_that_of_all_ranks() {
        let note = |exit| Note {
            started: now() - 10,
            seconds: 10.0,
            frames_done: 50,
            bytes_read: 1_000_000_000,
            exit,
            ..Note::default()
        };
        let mut early = Progress { units: Some(8), ..Progress::default() };
        early.add_pace(&[Note { frames_done: 0, ..note(None) }], 0);
        assert_eq!((early.frames_per_second, early.seconds_left), (None, None), "nothing is done yet");
        assert!(!early.line().contains("frames/s"));
        let mut progress = Progress { units_done: 6, units: Some(8), ..Progress::default() };
        progress.add_pace(&[note(None), note(Some(0))], 4);
        assert_eq!((progress.frames_per_second, progress.bytes_per_second), (Some(10.0), Some(2e8)));
        assert!((progress.seconds_left.unwrap() - 10.0).abs() <= 1.0);
    }
}
