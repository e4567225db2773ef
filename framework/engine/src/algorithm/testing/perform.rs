//! Frames through one step, folded as a run folds.

use super::{Stage, StagedFrame};
use crate::algorithm::{Frame, FrameOut, ListSink, Partial, RowSink, RunValues, Step, StepKind, TrainExtract};
use crate::compute::Fold;
use trainyard_format::{Error, Place, Result};

/// What a step made of some frames.
#[derive(Debug, Default, PartialEq)]
pub struct Made {
    /// of each frame, those that the step declared
    pub columns: Vec<Vec<f64>>,
    /// bytes of each frame's row, or of each train's
    pub rows: Vec<Vec<u8>>,
    /// entries of each frame's list, one behind the other
    pub lists: Vec<Vec<u8>>,
    /// run values
    pub values: RunValues,
}

/// How the work is cut.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// frames that a step gets at once
    pub at_once: usize,
    /// scratch is used again
    pub keep_scratch: bool,
    /// partials are stored and loaded between trains
    pub restart: bool,
    /// trains folded one behind the other instead of by the tree
    pub chain: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Shape { at_once: 1, keep_scratch: true, restart: false, chain: false }
    }
}

/// Frames whose partial is begun anew, as in a run.
const BLOCK: usize = crate::read::BLOCK_FRAMES;

impl Stage {
    /// Frames of one train after the other.
    ///
    /// # Errors
    /// What the step cannot do; a step that sees no frames.
    pub fn perform(&self, step: &Step, frames: &[StagedFrame]) -> Result<Made> {
        self.perform_as(step, frames, Shape::default())
    }

    /// # Errors
    /// As [`perform`](Self::perform).
    pub fn perform_as(&self, step: &Step, frames: &[StagedFrame], shape: Shape) -> Result<Made> {
        let mut made = Made::default();
        let mut partials = Vec::new();
        let mut scratch = None;
        for train in frames.chunk_by(|a, b| a.id.train == b.id.train) {
            let partial = match &step.kind {
                StepKind::Frame(_) => self.frames_of_train(step, train, shape, &mut scratch, &mut made)?,
                StepKind::Train(_) => self.train(step, train, &mut made)?,
                _ => return Err(Error::bug("a step that sees no frames cannot be rehearsed", Place::default())),
            };
            partials.push(if shape.restart { again(step, &partial)? } else { partial });
        }
        let whole = fold(step, partials, shape.chain)?;
        finish(step, whole, &mut made.values)?;
        Ok(made)
    }

    fn frames_of_train(
        &self,
        step: &Step,
        train: &[StagedFrame],
        shape: Shape,
        scratch: &mut Option<Partial>,
        made: &mut Made,
    ) -> Result<Partial> {
        let StepKind::Frame(kind) = &step.kind else { return Ok(begin(step)) };
        let mut whole: Option<Partial> = None;
        for block in train.chunks(BLOCK) {
            let mut partial = kind.begin();
            for group in block.chunks(shape.at_once.max(1)) {
                if !shape.keep_scratch {
                    *scratch = None;
                }
                let working = scratch.get_or_insert_with(|| kind.working());
                let views: Vec<Frame<'_>> = group.iter().map(|f| f.frame(self, &step.needs)).collect();
                let mut columns = vec![vec![f64::NAN; step.columns.len()]; group.len()];
                let (mut rows, mut lists) = (vec![Vec::new(); group.len()], vec![Vec::new(); group.len()]);
                let mut out: Vec<FrameOut<'_>> = columns
                    .iter_mut()
                    .zip(rows.iter_mut().zip(&mut lists))
                    .map(|(columns, (row, list))| FrameOut {
                        columns,
                        row: RowSink::new(step.rows.by_frame(), row),
                        list: ListSink::new(step.listed(), list),
                    })
                    .collect();
                kind.block(&views, working, &mut out, &mut partial)?;
                out.into_iter().try_for_each(|out| out.row.end().and_then(|()| out.list.end()))?;
                made.columns.append(&mut columns);
                made.lists.append(&mut lists);
                if !step.rows.by_frame().is_empty() {
                    made.rows.append(&mut rows);
                }
            }
            match &mut whole {
                Some(whole) => kind.merge(whole, partial)?,
                empty => *empty = Some(partial),
            }
        }
        let whole = whole.unwrap_or_else(|| kind.begin());
        if !step.rows.by_train().is_empty() {
            let mut bytes = Vec::new();
            let mut row = RowSink::new(step.rows.by_train(), &mut bytes);
            kind.train(&whole, &mut row)?;
            row.end()?;
            made.rows.push(bytes);
        }
        Ok(whole)
    }

    fn train(&self, step: &Step, train: &[StagedFrame], made: &mut Made) -> Result<Partial> {
        let StepKind::Train(kind) = &step.kind else { return Ok(begin(step)) };
        let length = kind.extract_len();
        let mut data = vec![0.0; length * train.len()];
        for (frame, values) in train.iter().zip(data.chunks_exact_mut(length.max(1))) {
            kind.extract(&frame.frame(self, &step.needs), values)?;
        }
        let pulse_ids: Vec<u64> = train.iter().map(|f| f.id.pulse).collect();
        let train_id = train.first().map_or(0, |f| f.id.train);
        let mut bytes = Vec::new();
        let mut row = RowSink::new(step.rows.by_train(), &mut bytes);
        let extract = TrainExtract { train_id, pulse_ids: &pulse_ids, len: length, data: &data };
        let partial = kind.train(&extract, &mut row)?;
        row.end()?;
        if !step.rows.by_train().is_empty() {
            made.rows.push(bytes);
        }
        Ok(partial)
    }
}

pub(super) fn begin(step: &Step) -> Partial {
    match &step.kind {
        StepKind::Frame(kind) => kind.begin(),
        StepKind::Train(kind) => kind.begin(),
        _ => Box::new(()),
    }
}

/// As a run that was stopped and resumed gets it.
fn again(step: &Step, partial: &Partial) -> Result<Partial> {
    match &step.kind {
        StepKind::Frame(kind) => kind.load(&kind.store(partial)?),
        StepKind::Train(kind) => kind.load(&kind.store(partial)?),
        _ => Ok(begin(step)),
    }
}

fn fold(step: &Step, partials: Vec<Partial>, chain: bool) -> Result<Partial> {
    let merge = |a: &mut Partial, b: Partial| match &step.kind {
        StepKind::Frame(kind) => kind.merge(a, b),
        StepKind::Train(kind) => kind.merge(a, b),
        _ => Ok(()),
    };
    if chain {
        let mut whole = begin(step);
        partials.into_iter().try_for_each(|next| merge(&mut whole, next))?;
        return Ok(whole);
    }
    let mut fold = Fold::default();
    partials.into_iter().try_for_each(|leaf| fold.push(leaf, &merge))?;
    Ok(fold.finish(&merge)?.unwrap_or_else(|| begin(step)))
}

pub(super) fn finish(step: &Step, partial: Partial, values: &mut RunValues) -> Result<()> {
    match &step.kind {
        StepKind::Frame(kind) => kind.finish(partial, values),
        StepKind::Train(kind) => kind.finish(partial, values),
        _ => Ok(()),
    }
}
