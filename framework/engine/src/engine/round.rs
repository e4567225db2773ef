//! One round through the passes: what of each is still to be done, by all ranks, with a barrier between two.
//!
//! Where a part of an earlier pass turns out lost, the round ends early and the next begins with that pass.

use super::options::streams;
use super::pipeline::Lane;
use super::start::{Start, Survey};
use super::tables::RunTables;
use crate::algorithm::{FrameOutput, RunValues, StepKind};
use crate::compute::{OutputPlan, StreamOutput};
use crate::plan::{Job, Pass};
use crate::publish::{Entry, LedgerFile};
use crate::read::{blame_change, ModuleStreams, Role};
use crate::store::Part;
use trainyard_format::Result;

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
        let mut tables = RunTables::default();
        let mut values = Vec::new();
        for pass in 0..=passes {
            let mut survey = self.survey(pass)?;
            if let (Some(before), Some(parts)) = (pass.checked_sub(1), &survey.parts) {
                tables = RunTables::default();
                if !self.job.passes[before].tables.is_empty() {
                    if let Some(parts) = self.load(before, &parts[before])? {
                        tables = RunTables::compute(self.job, &parts, before)?;
                        values.append(&mut tables.values);
                    }
                    // others may have found a part damaged that this rank could read
                    survey = self.survey(pass)?;
                }
            }
            let Survey { parts: Some(parts), open } = survey else { return Ok(Round::Lacking) };
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
                parts: &parts,
                modules: &modules,
                outputs: &outputs,
                units: &open,
                slow_units: self.slow,
                tables: &tables,
                ranks: self.ranks,
                options: self.options,
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

    /// All parts of a pass. None: some are lost, which is noted.
    ///
    /// # Errors
    /// It cannot be told what they hold.
    pub fn load(&self, pass: usize, records: &[LedgerFile]) -> Result<Option<Vec<Part>>> {
        let mut parts = Vec::with_capacity(records.len());
        let mut lost = Vec::new();
        for (sequence, record) in records.iter().enumerate() {
            match Part::load(&self.work.parts(), record)? {
                Some(part) => parts.push(part),
                None => lost.push(Entry::LostSequence { pass, sequence }),
            }
        }
        let whole = lost.is_empty();
        self.note(lost)?;
        Ok(whole.then_some(parts))
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
            let changed = image && pass.changes;
            streams.push(if stream.written { Some(StreamOutput::new(stream, output, changed)?) } else { None });
        }
        plan.streams.push(streams);
    }
    Ok(plan)
}
