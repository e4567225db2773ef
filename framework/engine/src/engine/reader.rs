//! The reading thread: takes tickets, prepares sequences, fetches batch after batch ahead of the workers.

use super::memory::{least_batch, made_bytes, BATCHES};
use super::pipeline::{Beginning, Lane, ToCompute};
use super::tables::RunTables;
use super::watchers::Watchers;
use super::Meter;
use crate::compute::{looks_first, OutputPlan, StreamOutput};
use crate::read::{prepare, windows, Batch, Block, Fetcher, Prepared, SequenceTables, TableShare, Window};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;
use trainyard_format::words::counted;
use trainyard_format::{Error, Place, Result};

/// Batches larger than this only delay the first result, and leave the cache before they are computed.
const COMFORTABLE: u64 = 16 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    Sequence(usize),
    /// files of slow data: small ones are committed together
    Slow(Vec<usize>),
}

/// What batches are cut from.
pub(super) struct Excerpt<'a> {
    pub prepared: &'a Prepared,
    pub tables: &'a SequenceTables,
    pub window: &'a Arc<Window>,
    /// bytes of a batch
    pub limit: u64,
}

impl Lane<'_> {
    pub(super) fn read(
        &self,
        pool: &rayon::ThreadPool,
        fetcher: &Fetcher<'_>,
        compute: &crossbeam_channel::Sender<ToCompute>,
        slow: &crossbeam_channel::Sender<Vec<usize>>,
    ) -> Result<()> {
        let mut watchers = Watchers::of(self);
        loop {
            if self.stopped() {
                return Ok(());
            }
            watchers.tell();
            let ticket = self.ranks.next_ticket(self.phase);
            let unit = usize::try_from(ticket).ok().and_then(|t| self.units.get(t));
            match unit {
                None => return Ok(()),
                Some(Unit::Slow(units)) => {
                    if slow.send(units.clone()).is_err() {
                        return Ok(());
                    }
                }
                Some(Unit::Sequence(sequence)) => {
                    if !self.read_sequence(*sequence, (pool, fetcher), compute, &mut watchers)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Whether this rank was asked to stop; the others are then given no more work either.
    pub(super) fn stopped(&self) -> bool {
        let stopped = self.options.stopped();
        if stopped {
            self.ranks.stop();
        }
        stopped
    }

    /// False when nobody listens any more.
    fn read_sequence(
        &self,
        sequence: usize,
        (pool, fetcher): (&rayon::ThreadPool, &Fetcher<'_>),
        compute: &crossbeam_channel::Sender<ToCompute>,
        watchers: &mut Watchers<'_>,
    ) -> Result<bool> {
        let before = match self.pass_number {
            0 => None,
            pass => match self.part(pass - 1, sequence)? {
                Some(part) => Some(part),
                None => return Ok(true),
            },
        };
        let tables = match self.tables {
            None => TableShare::default(),
            Some(record) => {
                match RunTables::share(&self.work.parts(), record, self.job.sequences.len(), sequence)? {
                    Some(share) => share,
                    // gone or damaged: rank 0 makes it anew before the next round
                    None => return Ok(true),
                }
            }
        };
        let (mut prepared, rows) =
            prepare(self.job, self.pass_number, sequence, before.as_ref(), tables, self.dropped)?;
        prepared.output_bytes += made_bytes(self.job, &self.job.passes[self.pass_number]);
        let recodes = |outputs: &&OutputPlan| outputs.streams.iter().flatten().flatten().any(StreamOutput::recodes);
        prepared.recodes = self.outputs.iter().filter(recodes).count() as u64;
        if let (crate::plan::BadInput::Stop, Some(problem)) = (self.job.bad_input, prepared.problems.first()) {
            return Err(problem.clone());
        }
        let tables = fetcher.tables(&prepared)?;
        let pass = &self.job.passes[self.pass_number];
        if looks_first(self.job, pass) && !self.look_first(pool, fetcher, &mut prepared, &tables)? {
            return Ok(false);
        }
        let bytes_in = super::bytes_in::count(self.modules, &prepared, &tables);
        let (windows, batch_limit) = self.windows(&prepared);
        let prepared = Arc::new(prepared);
        let visits = windows.iter().map(|window| window.count(self.job, pass, &prepared)).sum();
        let beginning = Beginning { prepared: prepared.clone(), rows, bytes_in, visits };
        if compute.send(ToCompute::Start(Box::new(beginning))).is_err() {
            return Ok(false);
        }
        for window in windows.into_iter().map(Arc::new) {
            if pass.by_module && compute.send(ToCompute::Window(window.clone())).is_err() {
                return Ok(false);
            }
            let blocks = window.blocks(self.job, pass, &prepared);
            let mut blocks = blocks.iter();
            let mut next: Option<&Block> = blocks.next();
            while next.is_some() {
                if self.stopped() {
                    return Ok(false);
                }
                watchers.tell();
                let of = Excerpt { prepared: &prepared, tables: &tables, window: &window, limit: batch_limit };
                let batch = self.batch(fetcher, &of, &mut blocks, &mut next)?;
                if compute.send(ToCompute::Batch(batch)).is_err() {
                    return Ok(false);
                }
            }
        }
        Ok(compute.send(ToCompute::End).is_ok())
    }

    /// What is gone through at once of a sequence, and the bytes of a batch.
    pub(super) fn windows(&self, prepared: &Prepared) -> (Vec<Window>, u64) {
        let pass = &self.job.passes[self.pass_number];
        let room = self.options.memory.saturating_sub(self.fixed_memory);
        if !pass.by_module {
            return (vec![Window::whole(self.modules.len())], room / BATCHES);
        }
        let batches = BATCHES * least_batch(self.job, pass, self.modules);
        let state = room - (room / 4).max(batches).min(room);
        (windows(self.job, pass, prepared, state), (room - state) / BATCHES)
    }

    pub(super) fn batch<'p>(
        &self,
        fetcher: &Fetcher<'_>,
        &Excerpt { prepared, tables, window, limit }: &Excerpt<'_>,
        blocks: &mut impl Iterator<Item = &'p Block>,
        next: &mut Option<&'p Block>,
    ) -> Result<Batch> {
        let pass = &self.job.passes[self.pass_number];
        let mut chosen = Vec::new();
        let mut cost = 0u64;
        let mut comfortable = COMFORTABLE;
        let mut whole = 1;
        while let Some(block) = *next {
            let more = fetcher.cost(prepared, tables, window, block);
            if chosen.is_empty() {
                if more > limit {
                    return Err(Error::resource(
                        format!(
                            "failed to fit {} into memory: {more} bytes, allowed are {limit} a batch",
                            counted(block.frames.len(), "frame")
                        ),
                        Place::default(),
                    )
                    .with_hint("give more with --memory, or use fewer threads"));
                }
                // rows that are only copied need no workers
                let rounds = if pass.pixels || prepared.recodes > 0 { 2 * self.options.threads as u64 } else { 1 };
                comfortable = comfortable.max(rounds * more);
                whole = rounds.div_ceil(2) as usize;
            } else if cost + more > limit || (cost + more > comfortable && chosen.len().is_multiple_of(whole)) {
                // a batch ends with a whole round of the workers: in a started one most of them would wait
                break;
            }
            cost += more;
            chosen.push(block.clone());
            *next = blocks.next();
        }
        let started = Instant::now();
        let batch = fetcher.fetch(prepared, tables, window, chosen)?;
        Meter::time(&self.meter.read_ns, started.elapsed());
        Meter::add(&self.meter.bytes_read, batch.bytes);
        Ok(batch)
    }
}
