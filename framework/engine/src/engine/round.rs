//! One round through the passes: what of each is still to be done, by all ranks, with a barrier between two.
//!
//! Where a part of an earlier pass turns out lost, the round ends early and the next begins with that pass.

use super::memory::{fixed, streams};
use super::pipeline::Lane;
use super::start::{Start, Survey};
use super::tables::RunTables;
use crate::algorithm::{FrameOutput, Partial, RunValues, StepKind};
use crate::compute::{OutputPlan, RowLayout, StreamOutput};
use crate::plan::{DroppedModule, Job, Pass};
use crate::publish::{Entry, LedgerFile, Stored};
use crate::read::{blame_change, ModuleStreams, Role};
use crate::store::{finished, Folds, Part, RunFold};
use std::collections::BTreeSet;
use trainyard_format::{Error, Place, Result};

/// What rank 0 tells of a barrier: where the columns and rows are, and all modules that are dropped by now.
type Judged = (LedgerFile, Vec<DroppedModule>);

/// How a round ended, the same on every rank.
pub enum Round {
    Interrupted,
    /// something is lost: another round
    Lacking,
    /// all passes are done
    Complete(Decisions),
}

/// What all decisions of the run made.
#[derive(Default)]
pub struct Decisions {
    /// run values by step, on rank 0
    pub values: Vec<(usize, RunValues)>,
    pub dropped: Vec<DroppedModule>,
}

impl Start<'_> {
    /// # Errors
    /// Whatever stops the run.
    pub fn round(&self, number: usize) -> Result<Round> {
        let passes = self.job.passes.len();
        let mut decisions = Decisions::default();
        for pass in 0..=passes {
            let mut survey = self.survey(pass)?;
            let mut tables = None;
            if let (Some(before), Some(stored)) = (pass.checked_sub(1), &survey.stored) {
                if !self.job.passes[before].tables.is_empty() {
                    tables = self.judge(before, stored, &mut decisions)?;
                    // a part may have been found damaged
                    survey = self.survey(pass)?;
                }
            }
            let Survey { stored: Some(stored), open } = survey else { return Ok(Round::Lacking) };
            if pass == passes {
                return Ok(if open.is_empty() { Round::Complete(decisions) } else { Round::Lacking });
            }
            if open.is_empty() {
                continue;
            }
            let modules = streams(self.job, &self.job.passes[pass])?;
            let outputs = output_plans(self.job, &self.job.passes[pass], &modules)?;
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
                dropped: &decisions.dropped,
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
        Ok(Round::Complete(decisions))
    }

    /// Rank 0 makes the decisions behind a pass, keeps their run values, tells all which modules are dropped, and stores the rest
    /// for them. None: something is lost, which is noted.
    fn judge(&self, pass: usize, stored: &[Vec<Stored>], decisions: &mut Decisions) -> Result<Option<LedgerFile>> {
        let bug = |e: postcard::Error| Error::bug(e.to_string(), Place::default());
        let mut told = Vec::new();
        if self.ranks.rank() == 0 {
            let mut judged = || -> Result<Option<Judged>> {
                let Some(parts) = self.load(pass, &stored[pass])? else { return Ok(None) };
                let Some(folds) = self.finished(pass, &stored[..=pass])? else { return Ok(None) };
                let mut tables = RunTables::compute(self.job, &parts, pass, &folds, &decisions.dropped)?;
                decisions.values.append(&mut tables.values);
                let file = tables.store(&self.work.parts().join(self.work.tables_name(pass)))?;
                Ok(Some((file, tables.dropped)))
            };
            told = postcard::to_stdvec(&judged()).map_err(bug)?;
        }
        let judged = postcard::from_bytes::<Result<Option<Judged>>>(&self.ranks.broadcast(told)).map_err(bug)??;
        Ok(judged.map(|(file, dropped)| {
            decisions.dropped = dropped;
            file
        }))
    }

    /// What steps folded over the run, of those that the decisions behind a pass read. None: something is lost, which is noted.
    fn finished(&self, pass: usize, stored: &[Vec<Stored>]) -> Result<Option<Vec<(usize, RunValues)>>> {
        let deciding = self.job.passes[pass].tables.iter();
        let wanted: BTreeSet<usize> =
            deciding.flat_map(|&step| self.job.steps[step].step.needs.folds.iter().copied()).collect();
        if wanted.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let Some(mut folded) = self.fold(RunFold::of(self.job, wanted.clone()), stored)? else { return Ok(None) };
        let finish = |step: usize| {
            let at = folded.iter().position(|(of, _)| *of == step);
            Ok((step, finished(&self.job.steps[step], at.map(|at| folded.swap_remove(at).1))?))
        };
        wanted.into_iter().map(finish).collect::<Result<_>>().map(Some)
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
        self.fold(RunFold::new(self.job), stored)
    }

    fn fold(&self, mut fold: RunFold<'_>, stored: &[Vec<Stored>]) -> Result<Option<Vec<(usize, Partial)>>> {
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

/// What each writer of the pass makes of the streams.
pub(super) fn output_plans(job: &Job, pass: &Pass, modules: &[ModuleStreams]) -> Result<Vec<OutputPlan>> {
    let kinds = pass.writes.iter().map(|&step| &job.steps[step].step.kind);
    let outputs = kinds.filter_map(|kind| match kind {
        StepKind::Write(output) => Some(output),
        _ => None,
    });
    outputs.map(|output| output_plan(job, pass, modules, output)).collect()
}

fn output_plan(job: &Job, pass: &Pass, modules: &[ModuleStreams], wanted: &FrameOutput) -> Result<OutputPlan> {
    let mut plan = OutputPlan::default();
    for module in modules {
        let mut streams = Vec::new();
        for stream in &module.streams {
            let image = stream.role == Role::Image;
            // masks and gain are worth compressing too, and never with loss
            let as_wanted = image || matches!(wanted, FrameOutput::Lossless(_));
            let output = if as_wanted { wanted } else { &FrameOutput::Same };
            let layout = RowLayout::of(job, stream, pass.changes);
            streams.push(if stream.written { Some(StreamOutput::new(stream, output, layout)?) } else { None });
        }
        plan.streams.push(streams);
    }
    Ok(plan)
}
