//! Repeats of the same work.

use crate::cli::Failure;
use std::time::Instant;

/// Seconds of each of `repeats` runs of `work`, sorted; one more before them does not count.
///
/// # Errors
/// The first failure of `work`.
pub fn seconds(repeats: usize, mut work: impl FnMut() -> Result<(), Failure>) -> Result<Vec<f64>, Failure> {
    work()?;
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let started = Instant::now();
        work()?;
        times.push(started.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}

/// The middle one of sorted times; infinity when there are none.
pub fn median(times: &[f64]) -> f64 {
    times.get(times.len() / 2).copied().unwrap_or(f64::INFINITY)
}

/// The shortest of sorted times: what the work takes when nothing else runs.
pub fn best(times: &[f64]) -> f64 {
    times.first().copied().unwrap_or(f64::INFINITY)
}
