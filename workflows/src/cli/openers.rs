//! The pool of children that look into HDF5 files for us.

use super::session::{cores, start_workers};
use super::{output, Exit, Failure};
use std::num::NonZeroUsize;
use trainyard_engine::comm::Launch;
use trainyard_format::opener::{Limits, OpenerCommand, OpenerPool};
use trainyard_format::stuck::watch;
use trainyard_format::Error;

/// Most children: opening waits for storage more than for the processor, but each holds memory.
const MOST: usize = 16;

/// As many children as there are cores to use; they are this program, started as `trainyard opener`.
///
/// Started at once, before MPI, are those of a process that opens a run. A rank that follows another one is told what is in
/// the files, and starts children when its work first needs one, as a lost child is replaced: not by a copy of a process
/// that MPI may not survive, but by `posix_spawn`, which shares the memory of its parent until the child is another program.
///
/// # Errors
/// When our own executable cannot be found, the environment sets no proper limit, or the system grants no threads.
pub fn openers() -> Result<OpenerPool, Failure> {
    start_workers(cores())?;
    let limits = Limits::from_environment()?;
    watch(limits.time, last_words)
        .map_err(|e| Failure::new(Exit::Resource, &format!("failed to start a thread: {e}"), None))?;
    let workers = std::thread::available_parallelism().map_or(2, NonZeroUsize::get).min(MOST);
    let pool = OpenerPool::start(OpenerCommand::own()?, workers, limits);
    if !Launch::of_environment().follows() {
        pool.start_children()?;
    }
    Ok(pool)
}

/// Of a program whose storage does not answer any more.
fn last_words(error: &Error) -> i32 {
    let failure = Failure::from(error.clone());
    output::complain(&failure.text);
    failure.exit as i32
}
