//! What ends a run early: Ctrl-C, SIGTERM, and Slurm's warning before the time limit.

use super::{Exit, Failure};
use crate::terminal;
use signal_hook::consts::{SIGINT, SIGTERM, SIGUSR1, SIGXFSZ};
use signal_hook::flag::{register, register_conditional_shutdown};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

/// Takes what stands in the line of a terminal away.
const CLEAR: &[u8] = b"\r\x1b[K";

/// A flag that all of them set, and one that the warning alone sets. A second Ctrl-C ends at once.
///
/// # Errors
/// The system does not let signals be caught.
pub fn stop_on_signals() -> Result<(Arc<AtomicBool>, Arc<AtomicBool>), Failure> {
    let (stop, warned) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let register_all = || -> std::io::Result<()> {
        for signal in [SIGINT, SIGTERM] {
            if terminal::columns_of_stderr().is_some() {
                clear_before_the_end(signal, stop.clone())?;
            }
            register_conditional_shutdown(signal, Exit::Interrupted as i32, stop.clone())?;
            register(signal, stop.clone())?;
        }
        // a file beyond `ulimit -f` is then an error of the write, as on a full disk
        register(SIGXFSZ, Arc::new(AtomicBool::new(false)))?;
        // Slurm may warn more than once, and that is no second Ctrl-C
        register(SIGUSR1, warned.clone())?;
        register(SIGUSR1, stop.clone()).map(drop)
    };
    register_all().map_err(|e| Failure::new(Exit::Resource, &format!("failed to catch signals: {e}"), None))?;
    Ok((stop, warned))
}

/// The second one ends the process in the handler behind this: nobody else could take the line of progress away.
fn clear_before_the_end(signal: i32, stop: Arc<AtomicBool>) -> std::io::Result<()> {
    let clear = move || {
        if stop.load(Ordering::Relaxed) {
            // SAFETY: `write` may be called in a signal handler, and reads a constant of this length.
            unsafe { libc::write(libc::STDERR_FILENO, CLEAR.as_ptr().cast(), CLEAR.len()) };
        }
    };
    // SAFETY: the action loads an atomic and calls `write`; it neither allocates nor locks nor panics.
    unsafe { signal_hook::low_level::register(signal, clear) }.map(drop)
}
