//! One pass on one rank: a reading thread, the workers, a writing thread, and one thread for slow data; each waits for
//! the next only when it is a whole batch ahead.

use super::reader::Unit;
use super::tables::RunTables;
use super::{Meter, Options};
use crate::comm::Ranks;
use crate::compute::OutputPlan;
use crate::plan::Job;
use crate::publish::{Entry, Lease, Ledger, LedgerFile, WorkFolder};
use crate::read::{Batch, Fetcher, ModuleStreams, Prepared};
use crate::store::{FinishedChunk, Part, SlowUnit};
use crossbeam_channel::bounded;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::{Scope, ScopedJoinHandle};
use trainyard_format::detector::Row;
use trainyard_format::{Error, Place, Result};

/// Everything that the threads of one pass share.
pub struct Lane<'a> {
    pub job: &'a Job,
    pub pass_number: usize,
    /// of tickets
    pub phase: usize,
    /// by pass and sequence, of the passes before this one
    pub parts: &'a [Vec<LedgerFile>],
    pub modules: &'a [ModuleStreams],
    pub outputs: &'a OutputPlan,
    pub units: &'a [Unit],
    pub slow_units: &'a [SlowUnit],
    pub tables: &'a RunTables,
    pub ranks: &'a dyn Ranks,
    pub options: &'a Options,
    pub meter: &'a Meter,
    pub work: &'a WorkFolder,
    /// where this rank writes unfinished files
    pub writing: PathBuf,
    pub ledger: &'a Mutex<Ledger>,
    pub lease: &'a Lease,
}

pub enum ToCompute {
    Start { prepared: Arc<Prepared>, bytes_in: u64 },
    Batch(Batch),
    End,
}

pub enum ToWriter {
    Start(Arc<Prepared>),
    Chunks {
        /// (module, position of the train, row)
        kept: Vec<(usize, usize, Row)>,
        /// (module, stream, chunk)
        chunks: Vec<(usize, usize, FinishedChunk)>,
        /// given back to the reader
        buffers: Vec<Arc<Vec<u8>>>,
    },
    Finish(Box<Part>),
}

impl Lane<'_> {
    /// # Errors
    /// The first thing that went wrong in any of the threads.
    pub fn run(&self) -> Result<()> {
        let fetcher = Fetcher::new(self.job, self.modules, self.options.fetch)?;
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.options.threads).build().map_err(|e| {
            Error::resource(format!("failed to start {} threads: {e}", self.options.threads), Place::default())
                .with_hint(
                    "use fewer with --threads, or raise the limits of processes and memory (`ulimit -u`, `ulimit -v`)",
                )
        })?;
        let outcome: Result<[Result<()>; 4]> = std::thread::scope(|scope| {
            let (to_compute, computing) = bounded::<ToCompute>(0);
            let (to_writer, writing) = bounded::<ToWriter>(0);
            let (to_slow, slow) = bounded::<Vec<usize>>(0);
            let fetcher = &fetcher;
            // where one cannot be started the channels close, and those that could end
            let copier =
                start(scope, "copy slow data", move || slow.iter().try_for_each(|units| self.copy_slow(&units)))?;
            let writer = start(scope, "write", move || self.write(&writing, fetcher))?;
            let reader = start(scope, "read", move || self.read(fetcher, &to_compute, &to_slow))?;
            let computed = self.compute(&pool, computing, to_writer);
            let join = |thread: ScopedJoinHandle<'_, Result<()>>| {
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            Ok([join(reader), computed, join(writer), join(copier)])
        });
        outcome?.into_iter().collect()
    }

    /// The stored part of an earlier pass. None: it is lost, which is noted, and this pass over the sequence is left for a
    /// later round.
    pub(super) fn part(&self, pass: usize, sequence: usize) -> Result<Option<Part>> {
        let record = self.parts.get(pass).and_then(|parts| parts.get(sequence));
        let record = record.ok_or_else(|| Error::bug("no record of an earlier part", Place::default()))?;
        let part = Part::load(&self.work.parts(), record)?;
        if part.is_none() {
            self.note(vec![Entry::LostSequence { pass, sequence }])?;
        }
        Ok(part)
    }

    pub(super) fn note(&self, entries: Vec<Entry>) -> Result<()> {
        self.ledger.lock().unwrap_or_else(|e| e.into_inner()).append_all(entries)
    }
}

/// # Errors
/// `Resource` when the system grants no more threads.
pub(super) fn start<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    what: &str,
    work: impl FnOnce() -> T + Send + 's,
) -> Result<ScopedJoinHandle<'s, T>> {
    std::thread::Builder::new().name(what.into()).spawn_scoped(scope, work).map_err(|e| Error::threads(what, &e))
}
