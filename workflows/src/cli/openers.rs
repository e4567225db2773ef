//! The pool of children that look into HDF5 files for us.

use super::Failure;
use std::num::NonZeroUsize;
use trainyard_format::opener::{Limits, OpenerCommand, OpenerPool};

/// Most children: opening waits for storage more than for the processor, but each holds memory.
const MOST: usize = 16;

/// As many children as there are cores to use; they are this program, started as `trainyard opener`.
///
/// # Errors
/// When our own executable cannot be found, or the environment sets no proper limit.
pub fn openers() -> Result<OpenerPool, Failure> {
    let limits = Limits::from_environment()?;
    let workers = std::thread::available_parallelism().map_or(2, NonZeroUsize::get).min(MOST);
    let pool = OpenerPool::start(OpenerCommand::own()?, workers, limits);
    // a child dies with the thread that started it: that must be one that lives as long as the pool
    pool.start_children()?;
    Ok(pool)
}
