//! How far a run is: one line that is drawn anew on a terminal, else a log line now and then, as batch systems keep them.
//!
//! Rank 0 speaks for all. The whole is the plan's: what earlier starts finished is part of it, but speed and the time that is
//! left are those of this start. Any thread may count; drawing is done by one thread of its own, so workers never wait for
//! the terminal.

use crate::terminal;
use console::Term;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use trainyard_engine::comm::{Ranks, Share};
use trainyard_engine::engine::{Meter, Snapshot};
use trainyard_format::words::{bytes, counted};

/// How often it is looked at, and a line drawn.
const DRAW: Duration = Duration::from_millis(200);
/// Before that a rate is chance.
const SHORTEST: Duration = Duration::from_millis(500);
/// Of 80 columns those that leave room for the `^C^C` that a terminal shows behind the line: over the edge it would stay.
const WIDTH: usize = 76;
/// Characters of the longest bar.
const LONGEST_BAR: usize = 20;

/// Whether a line of ours stands on the terminal. Who writes there holds it.
static SHOWN: Mutex<bool> = Mutex::new(false);

/// To the beginning of the line, and what stands behind it away.
const CLEAR: &str = "\r\x1b[K";

/// Writes lines to the terminal while a line of progress may stand on it: that goes, and comes again below when it is drawn next.
pub fn above(write: impl FnOnce()) {
    let mut shown = SHOWN.lock().unwrap_or_else(|e| e.into_inner());
    if std::mem::take(&mut *shown) {
        let _ = Term::stderr().write_str(CLEAR);
    }
    write();
}

/// Draws the line anew: no more than its text, so that nothing is pushed over the edge.
fn draw(text: &str) {
    let mut shown = SHOWN.lock().unwrap_or_else(|e| e.into_inner());
    // a terminal that cannot be written to has nobody before it
    let _ = Term::stderr().write_str(&format!("\r{text}\x1b[K"));
    *shown = true;
}

/// Shows how far a run is until dropped.
#[derive(Debug)]
pub struct Progress {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to show progress: a line when stderr is a terminal, else a log line every `every`.
    pub fn start(meter: Arc<Meter>, ranks: Arc<dyn Ranks>, stop: Arc<AtomicBool>, every: Duration) -> Self {
        let (end, ended) = channel::<()>();
        let on_terminal = terminal::columns_of_stderr().is_some();
        let show = move || {
            let mut watch = Watch::new();
            let mut told = Instant::now();
            while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(DRAW) {
                let now = watch.look(&meter.snapshot(), meter.share() + ranks.reported(), Instant::now());
                if on_terminal && stop.load(Ordering::Relaxed) {
                    draw(STOPPING);
                } else if on_terminal {
                    draw(&now.drawn());
                } else if told.elapsed() >= every {
                    tracing::info!("{}", now.line());
                    told = Instant::now();
                }
            }
            above(|| {});
        };
        // without the thread there is no progress shown, and nothing else is lost
        let thread = std::thread::Builder::new().name("progress".into()).spawn(show).ok();
        Progress { end: Some(end), thread }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One that was asked to stop finishes what is under way.
const STOPPING: &str = "stopping: finishes what is under way; Ctrl-C again ends at once";

/// When this start began to work, which is after it has read back what earlier ones left.
struct Watch {
    began: Option<(Instant, Share)>,
}

impl Watch {
    fn new() -> Self {
        Watch { began: None }
    }

    fn look(&mut self, plan: &Snapshot, done: Share, at: Instant) -> View {
        let known = plan.frames_planned + plan.files_planned > 0;
        if known && self.began.is_none() {
            self.began = Some((at, done));
        }
        let (since, first) = self.began.unwrap_or((at, done));
        View {
            plan: *plan,
            done,
            this_start: Share {
                frames: done.frames.saturating_sub(first.frames),
                bytes: done.bytes.saturating_sub(first.bytes),
                files: done.files.saturating_sub(first.files),
                ..Share::default()
            },
            elapsed: at.saturating_duration_since(since),
        }
    }
}

/// One look.
struct View {
    plan: Snapshot,
    /// by all ranks
    done: Share,
    this_start: Share,
    elapsed: Duration,
}

impl View {
    /// Done, and all there is, of the whole run.
    fn frames(&self) -> (u64, u64) {
        let all = self.plan.frames_before.saturating_add(self.plan.frames_planned);
        (self.plan.frames_before.saturating_add(self.done.frames).min(all), all)
    }

    fn files(&self) -> (u64, u64) {
        let all = self.plan.files_before.saturating_add(self.plan.files_planned);
        (self.plan.files_before.saturating_add(self.done.files).min(all), all)
    }

    /// What is counted, and how much of it: frames, and where there are none, files of slow data.
    fn counted(&self) -> (u64, u64, &'static str) {
        match (self.frames(), self.files()) {
            ((_, 0), (done, all)) => (done, all, "file"),
            ((done, all), _) => (done, all, "frame"),
        }
    }

    /// By this start, of what is counted.
    fn pace(&self) -> Option<f64> {
        let done = if self.frames().1 > 0 { self.this_start.frames } else { self.this_start.files };
        (done > 0 && self.elapsed >= SHORTEST).then(|| done as f64 / self.elapsed.as_secs_f64())
    }

    fn left(&self) -> Option<Duration> {
        let (done, all, _) = self.counted();
        let left = (all > done).then(|| (all - done) as f64)?;
        Duration::try_from_secs_f64(left / self.pace()?).ok()
    }

    fn share(&self) -> f64 {
        let (done, all, _) = self.counted();
        if all == 0 {
            return 0.0;
        }
        done as f64 / all as f64
    }

    /// What is under way where frames do not say it.
    fn phase(&self) -> Option<String> {
        let (checked, to_check) = (self.done.entries, self.plan.entries_to_check);
        let (done, all, what) = self.counted();
        if to_check > checked {
            return Some(format!("reading back what earlier starts finished, {checked} of {to_check}"));
        }
        if all == 0 {
            return Some("beginning".into());
        }
        let (files, all_files) = self.files();
        match what {
            "frame" if done == all && files < all_files => {
                Some(format!("all {} done, {files} of {} copied", counted(all, what), counted(all_files, "file")))
            }
            _ if done == all => Some(format!("all {} done, finishing", counted(all, what))),
            _ => None,
        }
    }

    /// `34 %: 1200 of 35200 frames, 410 frames/s, 0.8 GiB/s, 85 s left`
    fn line(&self) -> String {
        if let Some(phase) = self.phase() {
            return phase;
        }
        let (done, all, what) = self.counted();
        let mut line = format!("{:.0} %: {done} of {}", (100.0 * self.share()).floor(), counted(all, what));
        if let Some(pace) = self.pace() {
            line.push_str(&format!(", {} {what}s/s", figure(pace)));
            if self.this_start.bytes > 0 {
                let read = self.this_start.bytes as f64 / self.elapsed.as_secs_f64();
                line.push_str(&format!(", {}/s", bytes(read as u64)));
            }
        }
        if let Some(left) = self.left() {
            line.push_str(&format!(", {} left", time(left)));
        }
        line
    }

    /// The same with a bar, in one line of 80 columns.
    fn drawn(&self) -> String {
        let line = self.line();
        let room = WIDTH.saturating_sub(line.chars().count() + 3).min(LONGEST_BAR);
        if self.phase().is_some() || room < 5 {
            return line.chars().take(WIDTH).collect();
        }
        let full = (self.share() * room as f64) as usize;
        format!("[{}{}] {line}", "=".repeat(full), " ".repeat(room - full))
    }
}

/// Three figures at most behind which nothing is true, and no `0` for what moves.
fn figure(rate: f64) -> String {
    if rate < 9.95 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.0}")
    }
}

/// `85 s`, `12 min`, `2 h 5 min`, `3 d 2 h`
fn time(left: Duration) -> String {
    let seconds = left.as_secs_f64().ceil() as u64;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds.div_ceil(60)),
        7200..=172_799 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_engine::comm::Solo;

    fn share(frames: u64, bytes: u64) -> Share {
        Share { frames, bytes, ..Share::default() }
    }

    fn looked(plan: Snapshot, at_first: Share, later: Share, seconds: u64) -> View {
        let (mut watch, now) = (Watch::new(), Instant::now());
        watch.look(&plan, at_first, now);
        watch.look(&plan, later, now + Duration::from_secs(seconds))
    }

    #[test]
    fn a_line_tells_speed_and_rest() {
        let plan = Snapshot { frames_planned: 1200, ..Snapshot::default() };
        let view = looked(plan, Share::default(), share(300, 600 << 20), 2);
        assert_eq!(view.line(), "25 %: 300 of 1200 frames, 150 frames/s, 300 MiB/s, 6 s left");
        // nothing is known of the pace before the first
        assert_eq!(looked(plan, Share::default(), share(0, 4096), 2).line(), "0 %: 0 of 1200 frames");
        assert_eq!(looked(plan, Share::default(), share(1200, 1), 2).line(), "all 1200 frames done, finishing");
        assert_eq!(looked(Snapshot::default(), Share::default(), Share::default(), 2).line(), "beginning");
    }

    /// Of the whole, what earlier starts did is done; of the speed it is no part.
    #[test]
    fn a_resume_begins_where_the_other_ended() {
        let plan = Snapshot { frames_planned: 400, frames_before: 600, ..Snapshot::default() };
        let view = looked(plan, Share::default(), share(100, 0), 10);
        assert_eq!(view.line(), "70 %: 700 of 1000 frames, 10 frames/s, 30 s left");
        let reading = Snapshot { entries_to_check: 12, ..Snapshot::default() };
        let view = looked(reading, Share::default(), Share { entries: 3, ..Share::default() }, 1);
        assert_eq!(view.line(), "reading back what earlier starts finished, 3 of 12");
    }

    #[test]
    fn where_there_are_no_frames_files_are_counted() {
        let plan = Snapshot { files_planned: 40, ..Snapshot::default() };
        let view = looked(plan, Share::default(), Share { files: 10, ..Share::default() }, 5);
        assert_eq!(view.line(), "25 %: 10 of 40 files, 2.0 files/s, 15 s left");
        let plan = Snapshot { files_planned: 1, frames_planned: 5, ..Snapshot::default() };
        assert_eq!(looked(plan, Share::default(), share(5, 0), 5).line(), "all 5 frames done, 0 of 1 file copied");
    }

    #[test]
    fn a_drawn_line_fits_a_terminal_of_80_columns() {
        for (planned, seconds) in [(9, 1), (123_456, 100), (35_200_000_000, 1000), (u64::MAX, 9_000_000)] {
            let plan = Snapshot { frames_planned: planned, frames_before: 7, ..Snapshot::default() };
            let view = looked(plan, Share::default(), share(planned / 3, u64::MAX / 2), seconds);
            let drawn = view.drawn();
            assert!(drawn.chars().count() < 80, "{drawn}");
            assert!(drawn.contains(&(planned / 3 + 7).to_string()), "{drawn}");
        }
    }

    #[test]
    fn times_are_as_long_as_they_have_to_be() {
        let shown = [0.2, 85.0, 119.9, 3000.0, 7500.0, 200_000.0].map(|s| time(Duration::from_secs_f64(s)));
        assert_eq!(shown, ["1 s", "85 s", "2 min", "50 min", "2 h 5 min", "2 d 7 h"]);
    }

    #[test]
    fn it_ends_when_dropped() {
        let (ranks, stop) = (Arc::new(Solo::default()), Arc::new(AtomicBool::new(false)));
        let progress = Progress::start(Arc::new(Meter::default()), ranks, stop, Duration::from_secs(3600));
        let started = Instant::now();
        drop(progress);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
