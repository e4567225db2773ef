//! One pass on one rank: a reading thread, the workers, a writing thread, and one thread for slow data; each waits for
//! the next only when it is a whole batch ahead.

use super::reader::Unit;
use super::{Meter, Options};
use crate::comm::Ranks;
use crate::compute::OutputPlan;
use crate::plan::{DroppedModule, Job};
use crate::publish::{Entry, Lease, Ledger, LedgerFile, Stored, WorkFolder};
use crate::read::{Batch, Fetcher, ModuleStreams, Prepared, SequenceRow, Window};
use crate::store::{FinishedChunk, Folds, MapsSpool, Part, SlowUnit, SpooledRows};
use crossbeam_channel::bounded;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{Scope, ScopedJoinHandle};
use trainyard_format::detector::Row;
use trainyard_format::words::counted;
use trainyard_format::{Error, Place, Result};

/// Everything that the threads of one pass share.
pub struct Lane<'a> {
    pub job: &'a Job,
    pub pass_number: usize,
    /// of tickets
    pub phase: usize,
    /// by pass and sequence, of the passes before this one
    pub stored: &'a [Vec<Stored>],
    pub modules: &'a [ModuleStreams],
    /// by writer
    pub outputs: &'a [OutputPlan],
    pub units: &'a [Unit],
    pub slow_units: &'a [SlowUnit],
    /// what the decisions behind the pass before made, as rank 0 stored it
    pub tables: Option<&'a LedgerFile>,
    /// modules that no step of this pass sees
    pub dropped: &'a [DroppedModule],
    pub ranks: &'a dyn Ranks,
    pub options: &'a Options,
    /// what is not for batches
    pub fixed_memory: u64,
    pub meter: &'a Meter,
    pub work: &'a WorkFolder,
    /// where this rank writes unfinished files
    pub writing: PathBuf,
    pub ledger: &'a Mutex<Ledger>,
    pub lease: &'a Lease,
}

pub enum ToCompute {
    Start(Box<Beginning>),
    /// those before it are complete
    Window(Arc<Window>),
    Batch(Batch),
    End,
}

/// A sequence as its reading begins.
pub struct Beginning {
    pub prepared: Arc<Prepared>,
    /// known without pixels
    pub rows: Vec<SequenceRow>,
    pub bytes_in: u64,
    /// frames that will come, counted in every window that they come in
    pub visits: u64,
}

pub enum ToWriter {
    Start(Arc<Prepared>),
    Chunks {
        /// (writer, module, position of the train, row)
        kept: Vec<(usize, usize, usize, Row)>,
        /// (writer, module, stream), chunk
        chunks: Vec<([usize; 3], FinishedChunk)>,
        /// given back to the reader
        buffers: Vec<Arc<Vec<u8>>>,
    },
    Finish(Box<Leaving>),
}

/// What a pass over a sequence leaves beside the frames.
pub struct Leaving {
    pub part: Part,
    pub rows: SpooledRows,
    pub folds: Folds,
    pub maps: MapsSpool,
}

impl Lane<'_> {
    /// # Errors
    /// The first thing that went wrong in any of the threads.
    pub fn run(&self) -> Result<()> {
        let fetcher = Fetcher::new(self.job, self.modules, self.options.fetch)?;
        let pool = thread_pool(self.options.threads)?;
        let outcome: Result<[Result<()>; 4]> = std::thread::scope(|scope| {
            let (to_compute, computing) = bounded::<ToCompute>(0);
            let (to_writer, writing) = bounded::<ToWriter>(0);
            let (to_slow, slow) = bounded::<Vec<usize>>(0);
            let (fetcher, pool) = (&fetcher, &pool);
            // where one cannot be started the channels close, and those that could end
            let copier =
                start(scope, "copy slow data", move || slow.iter().try_for_each(|units| self.copy_slow(&units)))?;
            let writer = start(scope, "write", move || self.write(&writing, fetcher))?;
            let reader = start(scope, "read", move || self.read(pool, fetcher, &to_compute, &to_slow))?;
            let computed = self.compute(pool, computing, to_writer);
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
        self.load(pass, sequence, |stored, folder| Part::load(folder, &stored.part))
    }

    /// The stored rows of an earlier pass. None: as with [`part`](Self::part).
    pub(super) fn rows(&self, pass: usize, sequence: usize) -> Result<Option<SpooledRows>> {
        self.load(pass, sequence, |stored, folder| match &stored.rows {
            Some(record) => match SpooledRows::load(folder, record)? {
                Some(rows) => Ok(rows.sound()?.then_some(rows)),
                None => Ok(None),
            },
            None => Err(Error::bug("an earlier pass stored no rows", Place::default())),
        })
    }

    fn load<T>(
        &self,
        pass: usize,
        sequence: usize,
        load: impl FnOnce(&Stored, &Path) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let stored = self.stored.get(pass).and_then(|stored| stored.get(sequence));
        let stored = stored.ok_or_else(|| Error::bug("no record of an earlier pass", Place::default()))?;
        let loaded = load(stored, &self.work.parts())?;
        if loaded.is_none() {
            self.note(vec![Entry::LostSequence { pass, sequence }])?;
        }
        Ok(loaded)
    }

    pub(super) fn note(&self, entries: Vec<Entry>) -> Result<()> {
        self.ledger.lock().unwrap_or_else(|e| e.into_inner()).append_all(entries)
    }
}

/// # Errors
/// `Resource` when the system grants no more threads.
pub(super) fn thread_pool(threads: usize) -> Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|e| {
        Error::resource(format!("failed to start {}: {e}", counted(threads, "thread")), Place::default()).with_hint(
            "use fewer with --threads, or raise the limits of processes and memory (`ulimit -u`, `ulimit -v`)",
        )
    })
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
