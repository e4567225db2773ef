//! The reading thread: takes tickets, prepares sequences, fetches batch after batch ahead of the workers.

use super::memory::BATCHES;
use super::pipeline::{Lane, ToCompute};
use super::tables::RunTables;
use super::watchers::Watchers;
use super::Meter;
use crate::compute::{OutputPlan, StreamOutput};
use crate::read::{prepare, Batch, Block, Fetcher, Prepared, SequenceTables, TableShare};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;
use trainyard_format::{Error, Place, Result};

/// Batches larger than this only delay the first result, and leave the cache before they are computed.
const COMFORTABLE: u64 = 16 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    Sequence(usize),
    /// files of slow data: small ones are committed together
    Slow(Vec<usize>),
}

impl Lane<'_> {
    pub(super) fn read(
        &self,
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
                    if !self.read_sequence(*sequence, fetcher, compute, &mut watchers)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Whether this rank was asked to stop; the others are then given no more work either.
    fn stopped(&self) -> bool {
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
        fetcher: &Fetcher<'_>,
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
        let recodes = |outputs: &&OutputPlan| outputs.streams.iter().flatten().flatten().any(StreamOutput::recodes);
        prepared.recodes = self.outputs.iter().filter(recodes).count() as u64;
        if let (crate::plan::BadInput::Stop, Some(problem)) = (self.job.bad_input, prepared.problems.first()) {
            return Err(problem.clone());
        }
        let tables = fetcher.tables(&prepared)?;
        let bytes_in = super::bytes_in::count(self.modules, &prepared, &tables);
        let prepared = Arc::new(prepared);
        if compute.send(ToCompute::Start { prepared: prepared.clone(), rows, bytes_in }).is_err() {
            return Ok(false);
        }
        let mut blocks = prepared.blocks.iter();
        let mut next: Option<&Block> = blocks.next();
        while next.is_some() {
            if self.stopped() {
                return Ok(false);
            }
            watchers.tell();
            let batch = self.batch(fetcher, &prepared, &tables, &mut blocks, &mut next)?;
            if compute.send(ToCompute::Batch(batch)).is_err() {
                return Ok(false);
            }
        }
        Ok(compute.send(ToCompute::End).is_ok())
    }

    fn batch<'p>(
        &self,
        fetcher: &Fetcher<'_>,
        prepared: &'p Prepared,
        tables: &SequenceTables,
        blocks: &mut impl Iterator<Item = &'p Block>,
        next: &mut Option<&'p Block>,
    ) -> Result<Batch> {
        let pass = &self.job.passes[self.pass_number];
        let limit = self.options.memory.saturating_sub(self.fixed_memory) / BATCHES;
        let mut chosen = Vec::new();
        let mut cost = 0u64;
        let mut comfortable = COMFORTABLE;
        let mut whole = 1;
        while let Some(block) = *next {
            let more = fetcher.cost(prepared, tables, block);
            if chosen.is_empty() {
                if more > limit {
                    return Err(Error::resource(
                        format!(
                            "failed to fit {} frames into memory: {more} bytes, allowed are {limit} a batch",
                            block.frames.len()
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
        let batch = fetcher.fetch(prepared, tables, chosen)?;
        Meter::time(&self.meter.read_ns, started.elapsed());
        Meter::add(&self.meter.bytes_read, batch.bytes);
        Ok(batch)
    }
}
