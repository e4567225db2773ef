//! One round through the passes: what of each is still to be done, by all ranks, with a barrier between two.
//!
//! Where a part of an earlier pass turns out lost, the round ends early and the next begins with that pass.

use super::memory::{fixed, streams};
use super::pipeline::Lane;
use super::start::{Start, Survey};
use super::tables::RunTables;
use crate::algorithm::{FrameOutput, Partial, RunValues, StepKind};
use crate::compute::{OutputPlan, RowLayout, StreamOutput};
use crate::plan::{Job, Pass};
use crate::publish::{Entry, LedgerFile, Stored};
use crate::read::{blame_change, ModuleStreams, Role};
use crate::store::{Folds, Part, RunFold};
use trainyard_format::{Error, Place, Result};

/// How a round ended, the same on every rank.
pub enum Round {
    Interrupted,
    /// something is lost: another round
    Lacking,
    /// all passes are done; run values of the table steps, by step
    Complete(Vec<(usize, RunValues)>),
}

impl Start<'_> {
    /// # Errors
    /// Whatever stops the run.
    pub fn round(&self, number: usize) -> Result<Round> {
        let passes = self.job.passes.len();
        let mut values = Vec::new();
        for pass in 0..=passes {
            let mut survey = self.survey(pass)?;
            let mut tables = None;
            if let (Some(before), Some(stored)) = (pass.checked_sub(1), &survey.stored) {
                if !self.job.passes[before].tables.is_empty() {
                    tables = self.judge(before, &stored[before], &mut values)?;
                    // a part may have been found damaged
                    survey = self.survey(pass)?;
                }
            }
            let Survey { stored: Some(stored), open } = survey else { return Ok(Round::Lacking) };
            if pass == passes {
                return Ok(if open.is_empty() { Round::Complete(values) } else { Round::Lacking });
            }
            if open.is_empty() {
                continue;
            }
            let modules = streams(self.job, &self.job.passes[pass])?;
            let outputs = output_plan(self.job, &self.job.passes[pass], &modules)?;
            let lane = Lane {
                job: self.job,
                pass_number: pass,
                // that of ticket 0 is for what earlier starts left
                phase: 1 + number * passes + pass,
                stored: &stored,
                modules: &modules,
                outputs: &outputs,
                units: &open,
                slow_units: self.slow,
                tables: tables.as_ref(),
                ranks: self.ranks,
                options: self.options,
                fixed_memory: fixed(self.job, &self.job.passes[pass], &modules, self.options.threads),
                meter: self.meter,
                work: self.work,
                writing: self.writing.clone(),
                ledger: self.ledger,
                lease: self.lease,
            };
            lane.run().map_err(|e| self.lease.check().err().unwrap_or_else(|| blame_change(self.job, e)))?;
            self.ranks.report(self.meter.share());
            // one that was stopped has given out no more work: what was under way is finished, and all end together
            if self.ranks.any(self.options.stopped()) {
                return Ok(Round::Interrupted);
            }
        }
        Ok(Round::Complete(values))
    }

    /// Rank 0 runs the table steps behind a pass, keeps their run values and stores the rest for all. None: something is
    /// lost, which is noted.
    fn judge(
        &self,
        pass: usize,
        stored: &[Stored],
        values: &mut Vec<(usize, RunValues)>,
    ) -> Result<Option<LedgerFile>> {
        let bug = |e: postcard::Error| Error::bug(e.to_string(), Place::default());
        let mut told = Vec::new();
        if self.ranks.rank() == 0 {
            let mut judged = || -> Result<Option<LedgerFile>> {
                let Some(parts) = self.load(pass, stored)? else { return Ok(None) };
                let mut tables = RunTables::compute(self.job, &parts, pass)?;
                values.append(&mut tables.values);
                tables.store(&self.work.parts().join(self.work.tables_name(pass))).map(Some)
            };
            told = postcard::to_stdvec(&judged()).map_err(bug)?;
        }
        postcard::from_bytes::<Result<Option<LedgerFile>>>(&self.ranks.broadcast(told)).map_err(bug)?
    }

    /// All parts of a pass. None: some are lost, which is noted.
    ///
    /// # Errors
    /// It cannot be told what they hold.
    pub fn load(&self, pass: usize, stored: &[Stored]) -> Result<Option<Vec<Part>>> {
        let mut parts = Vec::with_capacity(stored.len());
        let mut lost = Vec::new();
        for (sequence, stored) in stored.iter().enumerate() {
            match Part::load(&self.work.parts(), &stored.part)? {
                Some(part) => parts.push(part),
                None => lost.push(Entry::LostSequence { pass, sequence }),
            }
        }
        let whole = lost.is_empty();
        self.note(lost)?;
        Ok(whole.then_some(parts))
    }

    /// The partials of all passes, folded over the run: by step. None: some are lost, which is noted.
    ///
    /// # Errors
    /// It cannot be told what is stored; what a step cannot do.
    pub fn folded(&self, stored: &[Vec<Stored>]) -> Result<Option<Vec<(usize, Partial)>>> {
        let mut fold = RunFold::new(self.job);
        for (pass, stored) in stored.iter().enumerate() {
            for (sequence, stored) in stored.iter().enumerate() {
                let Some(record) = &stored.folds else { continue };
                match Folds::load(&self.work.parts(), record)? {
                    Some(folds) => fold.push(folds)?,
                    None => {
                        self.note(vec![Entry::LostSequence { pass, sequence }])?;
                        return Ok(None);
                    }
                }
            }
        }
        fold.finish().map(Some)
    }
}

pub(super) fn output_plan(job: &Job, pass: &Pass, modules: &[ModuleStreams]) -> Result<OutputPlan> {
    let wanted = match pass.write.map(|w| &job.steps[w].step.kind) {
        Some(StepKind::Write(output)) => output.clone(),
        _ => FrameOutput::Same,
    };
    let mut plan = OutputPlan::default();
    for module in modules {
        let mut streams = Vec::new();
        for stream in &module.streams {
            let image = stream.role == Role::Image;
            // masks and gain are worth compressing too, and never with loss
            let as_wanted = image || matches!(wanted, FrameOutput::Lossless(_));
            let output = if as_wanted { &wanted } else { &FrameOutput::Same };
            let layout = RowLayout::of(job, stream, pass.changes);
            streams.push(if stream.written { Some(StreamOutput::new(stream, output, layout)?) } else { None });
        }
        plan.streams.push(streams);
    }
    Ok(plan)
}
