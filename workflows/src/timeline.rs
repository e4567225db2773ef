//! How busy reading, computing and writing are, looked at while a rank works: the timeline of the report.

use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use trainyard_engine::engine::{Meter, Snapshot};
use trainyard_report::{RankTime, Track};

/// First length of a stretch; a long run has longer ones.
const STRETCH: f64 = 0.05;

pub struct Timeline {
    /// dropped: the thread ends
    stop: Sender<()>,
    meter: Arc<Meter>,
    /// none where the system grants no thread: a report without a timeline
    thread: Option<JoinHandle<Track>>,
}

impl Timeline {
    pub fn start(meter: &Arc<Meter>) -> Self {
        let (stop, stopped) = channel::<()>();
        let own = meter.clone();
        let look = move || {
            let mut track = Track { stretch: STRETCH, ..Track::default() };
            let mut before = (Instant::now(), own.snapshot());
            loop {
                let waited = stopped.recv_timeout(Duration::from_secs_f64(track.stretch));
                let now = (Instant::now(), own.snapshot());
                track.push(shares(&before.1, &now.1, (now.0 - before.0).as_secs_f64()));
                before = now;
                if track.is_full() {
                    track.halve();
                }
                if waited != Err(RecvTimeoutError::Timeout) {
                    return track;
                }
            }
        };
        let thread = std::thread::Builder::new().name("timeline".into()).spawn(look).ok();
        Timeline { stop, meter: meter.clone(), thread }
    }

    /// What this rank did.
    pub fn end(self, rank: usize) -> RankTime {
        drop(self.stop);
        let track = self.thread.and_then(|thread| thread.join().ok()).unwrap_or_default();
        let all = self.meter.snapshot();
        RankTime {
            rank,
            frames: all.frames_done,
            bytes_read: all.bytes_read,
            bytes_written: all.bytes_written,
            reading: seconds(all.read_ns),
            computing: seconds(all.compute_ns),
            writing: seconds(all.write_ns),
            waiting_for_reading: seconds(all.wait_read_ns),
            waiting_for_writing: seconds(all.wait_write_ns),
            track,
        }
    }
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 * 1e-9
}

fn shares(before: &Snapshot, now: &Snapshot, elapsed: f64) -> [f64; 3] {
    let share = |of: fn(&Snapshot) -> u64| seconds(of(now).saturating_sub(of(before))) / elapsed.max(1e-6);
    [share(|s| s.read_ns), share(|s| s.compute_ns), share(|s| s.write_ns)]
}
