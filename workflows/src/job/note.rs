//! What a rank of a job says of itself: how far it is, now and then; how it ended, as its last act.
//!
//! The launcher's exit code cannot be trusted with that: when one rank aborts, the others are killed, and 137 is what is
//! left. A rank that was killed leaves a note without an end, which says just that. The first note is written before MPI
//! starts, as MPI may end the process without coming back. Room for the last one is kept from the start, for a full disk.

use super::now;
use super::start::Start;
use crate::cli::{Exit, Failure};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use trainyard_engine::comm::Launch;
use trainyard_engine::engine::Meter;
use trainyard_engine::publish::write_durably;

const EVERY: Duration = Duration::from_secs(5);
/// Longest error text kept.
const LONGEST_ERROR: usize = 4096;
/// Longest note that is read, and most of them.
const LONGEST: u64 = 64 << 10;
/// Bytes kept for the last note.
const ROOM: usize = 16 << 10;
const MOST: usize = 100_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Note {
    /// number of the job
    #[serde(default)]
    pub job: String,
    pub rank: usize,
    pub ranks: usize,
    /// seconds since 1970
    pub started: u64,
    pub updated: u64,
    /// since the start
    pub seconds: f64,
    pub frames_done: u64,
    pub frames_kept: u64,
    pub sequences_done: u64,
    pub bytes_read: u64,
    /// the ranks have found each other
    #[serde(default)]
    pub joined: bool,
    /// the time limit is near, by Slurm's warning or the clock
    #[serde(default)]
    pub warned: bool,
    /// exit code; none while it runs, or when it was killed
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// the same start again may do better
    #[serde(default)]
    pub retry: bool,
}

impl Note {
    /// All notes of one start; those that cannot be read are left out.
    pub fn read_all(folder: &Path) -> Vec<Note> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let mut notes: Vec<Note> = entries
            .filter_map(|e| e.ok().map(|e| e.path()))
            .filter(|p| p.extension().is_some_and(|e| e == "json"))
            .take(MOST)
            .filter(|p| std::fs::metadata(p).is_ok_and(|m| m.len() <= LONGEST))
            .filter_map(|p| serde_json::from_slice(&std::fs::read(p).ok()?).ok())
            .collect();
        notes.sort_by_key(|n| n.rank);
        notes
    }
}

/// Keeps the note of this rank until it is closed or dropped.
pub struct NoteBook {
    folder: PathBuf,
    shared: Arc<Shared>,
    room: PathBuf,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    note: Mutex<Note>,
    meter: Arc<Meter>,
    warned: Arc<AtomicBool>,
    started: Instant,
}

impl Shared {
    fn write(&self, folder: &Path, change: impl FnOnce(&mut Note)) {
        let snapshot = self.meter.snapshot();
        let mut note = self.note.lock().unwrap_or_else(|e| e.into_inner());
        note.updated = now();
        note.seconds = self.started.elapsed().as_secs_f64();
        note.frames_done = snapshot.frames_done;
        note.frames_kept = snapshot.frames_kept;
        note.sequences_done = snapshot.sequences_done;
        note.bytes_read = snapshot.bytes_read;
        note.warned = self.warned.load(Ordering::Relaxed);
        change(&mut note);
        let text = serde_json::to_string(&*note).unwrap_or_default();
        // a note that cannot be written must not stop the run
        if let Err(e) = write_durably(&note_file(folder, note.rank), text.as_bytes()) {
            tracing::warn!("failed to note progress: {e}");
        }
    }
}

impl NoteBook {
    /// Writes the first note, and from then on renews it now and then. `folder` must exist.
    pub fn open(folder: &Path, meter: Arc<Meter>, warned: Arc<AtomicBool>) -> Self {
        let (rank, ranks) = (rank_of_environment(|name| std::env::var(name).ok()), Launch::of_environment().tasks);
        let note = Note { job: Start::of_environment().job, rank, ranks, started: now(), ..Note::default() };
        let shared = Arc::new(Shared { note: Mutex::new(note), meter, warned, started: Instant::now() });
        // without room a note may still find some
        let _ = std::fs::write(room(folder, rank), [b'#'; ROOM]);
        shared.write(folder, |_| {});
        let (end, ended) = channel::<()>();
        let renew = {
            let (shared, folder) = (shared.clone(), folder.to_owned());
            move || {
                while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(EVERY) {
                    shared.write(&folder, |_| {});
                }
            }
        };
        let thread = std::thread::Builder::new().name("notes".into()).spawn(renew).ok();
        NoteBook { folder: folder.into(), shared, room: room(folder, rank), end: Some(end), thread }
    }

    /// The ranks have found each other.
    pub fn begin(&mut self, rank: usize, ranks: usize) {
        let mut expected = rank;
        self.shared.write(&self.folder, |note| {
            expected = std::mem::replace(&mut note.rank, rank);
            (note.ranks, note.joined) = (ranks, true);
        });
        if expected != rank {
            // unless another rank has written its own there by now
            let stale = note_file(&self.folder, expected);
            let of_this_rank = |note: &Note| !note.joined;
            if std::fs::read(&stale)
                .ok()
                .and_then(|b| serde_json::from_slice(&b).ok())
                .is_some_and(|n| of_this_rank(&n))
            {
                let _ = std::fs::remove_file(stale);
            }
        }
    }

    /// The last word. `retry`: the same start again may do better.
    pub fn close(mut self, outcome: &Result<Exit, Failure>, retry: bool) {
        self.stop();
        let _ = std::fs::remove_file(&self.room);
        self.shared.write(&self.folder, |note| match outcome {
            Ok(exit) => note.exit = Some(*exit as u8),
            Err(failure) => {
                note.exit = Some(failure.exit as u8);
                // where all ranks end for one reason, only the first has the words
                let text: String = failure.text.trim().chars().take(LONGEST_ERROR).collect();
                note.error = Some(text).filter(|text| !text.is_empty());
                note.retry = retry && failure.exit == Exit::Resource;
            }
        });
    }

    fn stop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn note_file(folder: &Path, rank: usize) -> PathBuf {
    folder.join(format!("{rank:05}.json"))
}

fn room(folder: &Path, rank: usize) -> PathBuf {
    folder.join(format!("{rank:05}.room"))
}

/// Before MPI tells, and where it never does, the launcher says which rank this is. Slurm's own number comes last: below
/// `mpirun` it is that of the daemon that started us.
fn rank_of_environment(variable: impl Fn(&str) -> Option<String>) -> usize {
    let names = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"];
    names.iter().find_map(|name| variable(name)?.trim().parse().ok()).unwrap_or(0)
}

impl Drop for NoteBook {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_file(&self.room);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_tells_progress_and_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let meter = Arc::new(Meter::default());
        let warned = Arc::new(AtomicBool::new(false));
        let mut book = NoteBook::open(folder.path(), meter.clone(), warned.clone());
        let before = Note::read_all(folder.path());
        assert_eq!((before.len(), before[0].joined, before[0].exit), (1, false, None), "MPI may not come back");
        book.begin(3, 4);
        let first = Note::read_all(folder.path());
        assert_eq!((first.len(), first[0].rank, first[0].ranks, first[0].exit), (1, 3, 4, None));
        assert!(first[0].joined);
        let names = || std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
        assert!(names().iter().any(|n| n.to_string_lossy().ends_with(".room")), "room for the last note");
        Meter::add(&meter.frames_done, 7);
        warned.store(true, Ordering::Relaxed);
        book.close(&Err(Failure::new(Exit::Resource, "disk full", None)), true);
        let last = Note::read_all(folder.path());
        assert_eq!(last.len(), 1);
        assert_eq!(names(), ["00003.json"], "the room is given back");
        assert_eq!((last[0].frames_done, last[0].exit, last[0].retry, last[0].warned), (7, Some(5), true, true));
        assert_eq!(last[0].error.as_deref(), Some("error: disk full"));
    }

    #[test]
    fn the_rank_is_known_before_mpi_starts() {
        let rank = |variables: &[(&str, &str)]| {
            rank_of_environment(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| v.to_string()))
        };
        assert_eq!(rank(&[]), 0);
        assert_eq!(rank(&[("SLURM_PROCID", "2")]), 2);
        assert_eq!(rank(&[("SLURM_PROCID", "0"), ("OMPI_COMM_WORLD_RANK", "3")]), 3, "below mpirun");
    }

    #[test]
    fn damaged_notes_are_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("00000.json"), "{").unwrap();
        std::fs::write(folder.path().join("00001.json"), vec![b' '; 70_000]).unwrap();
        assert!(Note::read_all(folder.path()).is_empty());
        assert!(Note::read_all(Path::new("/nonexistent")).is_empty());
    }
}
