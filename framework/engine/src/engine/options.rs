//! What may differ between two runs of the same plan without changing a byte of the result.

use crate::read::FetchOptions;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

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
