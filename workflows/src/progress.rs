//! How far a run is: a bar on a terminal, else a log line now and then, as batch systems keep them.
//!
//! Any thread may add; drawing is done by one thread of its own, so workers never wait for the terminal.

use crate::cli::output::bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::mpsc::{channel, RecvTimeoutError, Sender};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use trainyard_engine::engine::{Meter, Snapshot};

/// How often a bar is drawn.
const DRAW: Duration = Duration::from_millis(200);

/// Shows how far a [`Meter`] is until dropped.
#[derive(Debug)]
pub struct Progress {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins to show progress: a bar when stderr is a terminal, else a log line every `every`.
    pub fn start(meter: Arc<Meter>, every: Duration) -> Self {
        let (end, ended) = channel::<()>();
        let bar = std::io::stderr().is_terminal().then(bar);
        let show = move || {
            let started = Instant::now();
            loop {
                let wait = if bar.is_some() { DRAW } else { every };
                match ended.recv_timeout(wait) {
                    Err(RecvTimeoutError::Timeout) => {}
                    Ok(()) | Err(RecvTimeoutError::Disconnected) => break,
                }
                let now = meter.snapshot();
                let line = line(&now, started.elapsed());
                match &bar {
                    Some(bar) => {
                        bar.set_length(now.frames_expected);
                        bar.set_position(now.frames_done);
                        bar.set_message(line);
                    }
                    None => tracing::info!("{line}"),
                }
            }
            if let Some(bar) = bar {
                bar.finish_and_clear();
            }
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

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:40} {percent:>3}%  {msg}  {eta}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// `1200 of 35200 frames (3%), 410 frames/s, 0.86 GB/s, 85 s left`
fn line(now: &Snapshot, elapsed: Duration) -> String {
    let (frames, read, seconds) = (now.frames_done, now.bytes_read, elapsed.as_secs_f64().max(1e-3));
    let total = now.frames_expected;
    let share = if total == 0 { 100.0 } else { 100.0 * frames as f64 / total as f64 };
    let rate = frames as f64 / seconds;
    let mut line = format!(
        "{frames} of {total} frames ({share:.0}%), {rate:.0} frames/s, {}/s",
        bytes((read as f64 / seconds) as u64)
    );
    if frames > 0 && frames < total {
        line.push_str(&format!(", {:.0} s left", (total - frames) as f64 / rate));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_speed_and_rest() {
        let now = Snapshot { frames_done: 300, frames_expected: 1200, bytes_read: 600_000_000, ..Snapshot::default() };
        let text = line(&now, Duration::from_secs(2));
        assert_eq!(text, "300 of 1200 frames (25%), 150 frames/s, 300 MB/s, 6 s left");
        assert_eq!(line(&Snapshot::default(), Duration::ZERO), "0 of 0 frames (100%), 0 frames/s, 0 B/s");
    }

    #[test]
    fn it_ends_when_dropped() {
        let progress = Progress::start(Arc::new(Meter::default()), Duration::from_secs(3600));
        let started = Instant::now();
        drop(progress);
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
