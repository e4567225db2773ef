//! What may differ between two runs of the same plan without changing a byte of the result.

use crate::compute::Worker;
use crate::plan::Job;
use crate::read::{FetchOptions, ModuleStreams, BLOCK_FRAMES};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use trainyard_format::Result;

#[derive(Clone, Debug)]
pub struct Options {
    pub threads: usize,
    /// bytes that this rank may use for batches and workers
    pub memory: u64,
    pub fetch: FetchOptions,
    pub overwrite: bool,
    /// set from outside: finish what is being written to disk, then return
    pub stop: Arc<AtomicBool>,
}

impl Options {
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Batches in flight: one being read, one computed, one written.
pub const BATCHES: u64 = 3;

/// The least memory with which `threads` workers can do the job: three blocks in flight, and the workers.
///
/// # Errors
/// Input whose streams disagree.
pub fn minimum_memory(job: &Job, threads: usize) -> Result<u64> {
    let mut most = 0;
    for pass in &job.passes {
        let modules = streams(job, pass)?;
        let rows: u64 = modules
            .iter()
            .flat_map(|m| &m.streams)
            .map(|s| {
                let rows = s.parts.iter().flatten().map(|p| p.rows_per_chunk).max().unwrap_or(1);
                // stored and encoded anew, both at most about as large as the pixels
                2 * s.row_bytes as u64 * (BLOCK_FRAMES as u64).max(rows)
            })
            .sum();
        most = most.max(BATCHES * rows + threads as u64 * Worker::memory(job, pass, &modules));
    }
    Ok(most)
}

pub fn streams(job: &Job, pass: &crate::plan::Pass) -> Result<Vec<ModuleStreams>> {
    job.detector.modules.iter().enumerate().map(|(at, m)| ModuleStreams::of(job, pass, at, m)).collect()
}
