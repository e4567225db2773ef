//! Ranks watch the end of their job themselves. Slurm's warning may not come: the controller is away, or the signal found a rank
//! that was stopped. A job that nobody warned runs into its limit and is not resumed.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

const EVERY: Duration = Duration::from_millis(500);

/// Sets the flags `lead` seconds before the end, given in seconds since 1970. What is not a time in the future is not watched:
/// the script asks Slurm, which need not answer.
pub fn watch(end: &str, lead: u64, flags: Vec<Arc<AtomicBool>>) {
    let Some(stop_at) = stop_at(end, lead, super::now()) else { return };
    let watch = move || {
        // by the clock of the machine, as a halted process does not see time go by
        while super::now() < stop_at {
            std::thread::sleep(EVERY);
        }
        flags.iter().for_each(|flag| flag.store(true, Ordering::Relaxed));
    };
    // without the thread, Slurm's warning is left
    if let Err(e) = std::thread::Builder::new().name("job end".into()).spawn(watch) {
        tracing::warn!("failed to watch the end of the job: {e}");
    }
}

fn stop_at(end: &str, lead: u64, now: u64) -> Option<u64> {
    let end = end.trim().parse::<u64>().ok().filter(|&end| end > now)?;
    Some(end.saturating_sub(lead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_less_the_lead() {
        assert_eq!(stop_at("1000", 90, 500), Some(910));
        assert_eq!(stop_at(" 1000\n", 90, 950), Some(910), "at once");
        for nothing in ["", "N/A", "Unknown", "2026-11-20T12:26:24", "0", "400", "-1"] {
            assert_eq!(stop_at(nothing, 90, 500), None, "{nothing}");
        }
    }

    #[test]
    fn all_flags_are_set_when_the_time_comes() {
        let flags = [Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false))];
        watch(&(crate::job::now() + 4).to_string(), 1, flags.to_vec());
        assert!(!flags[0].load(Ordering::Relaxed));
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(100));
            if flags.iter().all(|flag| flag.load(Ordering::Relaxed)) {
                return;
            }
        }
        panic!("no warning came");
    }
}
