//! Counters that show how far a rank is and who waits for whom.

use crate::comm::Share;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        #[derive(Debug, Default)]
        pub struct Meter { $($(#[$doc])* pub $name: AtomicU64),* }

        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
        pub struct Snapshot { $($(#[$doc])* pub $name: u64),* }

        impl Meter {
            pub fn snapshot(&self) -> Snapshot {
                Snapshot { $($name: self.$name.load(Ordering::Relaxed)),* }
            }
        }
    };
}

counters! {
    /// frames of this start over all ranks and phases, by the plan
    frames_planned,
    /// frames of earlier starts, by the plan
    frames_before,
    /// frames of the plan that this rank is through with, those that were never read among them
    frames_passed,
    /// frames looked at
    frames_done,
    frames_kept,
    /// sequences of all phases: of this start over all ranks, of earlier starts, of this rank
    sequences_planned,
    sequences_before,
    sequences_done,
    /// files of slow data, the same
    files_planned,
    files_before,
    files_done,
    /// finished work of earlier starts that is to be read back, and that of it which this rank has read
    entries_to_check,
    entries_checked,
    /// stored bytes read
    bytes_read,
    bytes_written,
    /// time spent fetching, computing and writing
    read_ns,
    compute_ns,
    write_ns,
    /// time the compute side waited for a batch, and for the writer to take one
    wait_read_ns,
    wait_write_ns,
}

impl Meter {
    /// What the other ranks are told.
    pub fn share(&self) -> Share {
        let now = self.snapshot();
        Share { frames: now.frames_passed, bytes: now.bytes_read, files: now.files_done, entries: now.entries_checked }
    }

    pub fn set(counter: &AtomicU64, amount: u64) {
        counter.store(amount, Ordering::Relaxed);
    }

    pub fn add(counter: &AtomicU64, amount: u64) {
        counter.fetch_add(amount, Ordering::Relaxed);
    }

    pub fn time(counter: &AtomicU64, duration: Duration) {
        counter.fetch_add(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Snapshot {
    /// Which stage set the pace.
    pub fn bound_by(&self) -> &'static str {
        let stages = [("read-bound", self.read_ns), ("compute-bound", self.compute_ns), ("write-bound", self.write_ns)];
        stages.into_iter().max_by_key(|s| s.1).map_or("idle", |s| s.0)
    }
}
