//! The steps of a pass, one after the other, each on all frames that are still there.

use super::block::{BlockResult, BlockTask, FrameResult};
use super::change::change;
use super::stored::run_stored;
use super::worker::Loaded;
use super::Worker;
use crate::algorithm::{ErasedFrameStep, Frame, FrameId, FrameOut, ListSink, RowSink, StepKind, Verdict};
use crate::plan::{Job, PlannedStep};
use trainyard_format::{Error, Place, Result};

/// `alive` are the places of the frames that are there; `done` is by place. Frames that a step lets go leave `alive`.
///
/// # Errors
/// What a step cannot do: it ends the run, also where damage is skipped, because other steps hold the frame.
pub fn run_steps(
    task: &BlockTask<'_>,
    worker: &mut Worker,
    alive: &mut Vec<usize>,
    done: &mut [FrameResult],
    block: &mut BlockResult,
) -> Result<()> {
    for (position, &number) in task.pass.steps.iter().enumerate() {
        let planned = &task.job.steps[number];
        if alive.is_empty() {
            return Ok(());
        }
        match &planned.step.kind {
            StepKind::Keep(keep) => {
                for &place in &*alive {
                    let loaded = &worker.frames[place];
                    let verdict = keep.verdict(&loaded.columns).map_err(|e| told_by(planned, Some(loaded.id), e))?;
                    done[place].fate = match verdict {
                        Verdict::Keep => continue,
                        Verdict::Drop => planned.fate,
                        Verdict::NoData => planned.fate + 1,
                    };
                }
                alive.retain(|&place| done[place].fate == crate::plan::FateCodes::KEPT);
            }
            StepKind::Frame(step) => run_frames((position, planned), &**step, worker, alive, done, block)?,
            StepKind::Stored(step) => run_stored(task, (position, planned), &**step, worker, alive, done, block)?,
            StepKind::Train(step) => {
                for &place in &*alive {
                    let loaded = &worker.frames[place];
                    let mut values = vec![0.0; step.extract_len()];
                    step.extract(&loaded.frame(planned), &mut values)
                        .map_err(|e| told_by(planned, Some(loaded.id), e))?;
                    done[place].extracts[position] = Some(values);
                    block.frames_in[position] += 1;
                }
            }
            StepKind::Accumulate(step) => {
                for &place in &*alive {
                    let loaded = &worker.frames[place];
                    if let Some(group) = step.grouping().of(&loaded.id, block.block.train, &loaded.columns) {
                        if task.batch.window.holds(position, group) {
                            done[place].images[position] = Some((group, loaded.seen(task).to_vec()));
                            block.frames_in[position] += 1;
                        }
                    }
                }
            }
            StepKind::Transform(_) => {
                let Worker { frames, working, changing, .. } = worker;
                let Some(working) = &mut working[position] else { continue };
                for &place in &*alive {
                    let loaded = &mut frames[place];
                    let counts = change(task, planned, loaded, working, changing)?;
                    let counted = counts.iter().enumerate().filter(|(_, count)| **count > 0);
                    done[place].counts.extend(counted.map(|(at, count)| (number, at, *count)));
                    // how far what is written deviates is measured in the numbers that are written
                    if !loaded.original.is_empty() && !planned.gives.measures_as(&planned.sees) {
                        loaded.original.clone_from(&loaded.image);
                    }
                }
            }
            StepKind::Metadata(_) | StepKind::Decide(_) | StepKind::Write(_) => {}
        }
    }
    Ok(())
}

fn run_frames(
    (position, planned): (usize, &PlannedStep),
    step: &dyn ErasedFrameStep,
    worker: &mut Worker,
    alive: &[usize],
    done: &mut [FrameResult],
    block: &mut BlockResult,
) -> Result<()> {
    let Worker { frames, working, .. } = worker;
    let Some(working) = &mut working[position] else { return Ok(()) };
    let partial = block.partials[position].get_or_insert_with(|| step.begin());
    let columns = planned.step.columns.len();
    let declared = planned.step.rows.by_frame();
    let mut made = vec![vec![f64::NAN; columns]; alive.len()];
    let mut rows: Vec<Vec<u8>> = vec![Vec::new(); alive.len()];
    let mut lists: Vec<Vec<u8>> = vec![Vec::new(); alive.len()];
    {
        let views: Vec<Frame<'_>> = alive.iter().map(|&place| frames[place].frame(planned)).collect();
        let mut out: Vec<FrameOut<'_>> = made
            .iter_mut()
            .zip(rows.iter_mut().zip(&mut lists))
            .map(|(columns, (row, list))| FrameOut {
                columns,
                row: RowSink::new(declared, row),
                list: ListSink::new(planned.step.listed(), list),
            })
            .collect();
        let of_block = || views.first().map(|frame| frame.id);
        step.block(&views, working, &mut out, partial).map_err(|e| told_by(planned, of_block(), e))?;
        for (frame, out) in views.iter().zip(out) {
            let ended = out.row.end().and_then(|()| out.list.end());
            ended.map_err(|e| told_by(planned, Some(frame.id), e))?;
        }
    }
    block.frames_in[position] += alive.len() as u32;
    for ((&place, made), (row, list)) in alive.iter().zip(made).zip(rows.into_iter().zip(lists)) {
        done[place].lists[position] = list;
        keep((position, planned), &mut frames[place], &mut done[place], made, row);
    }
    Ok(())
}

/// What a step made of a frame: its columns, also for the steps behind it, and the row where one is declared.
pub fn keep(
    (position, planned): (usize, &PlannedStep),
    loaded: &mut Loaded,
    done: &mut FrameResult,
    columns: Vec<f64>,
    row: Vec<u8>,
) {
    if !planned.step.rows.by_frame().is_empty() {
        done.rows[position] = Some(row);
    }
    for (number, value) in (planned.first_column..).zip(columns) {
        loaded.columns[number] = value;
        done.columns.push((number, value));
    }
}

impl Loaded {
    /// Pixels of the modules that are gone through.
    pub fn seen(&self, task: &BlockTask<'_>) -> &[f32] {
        let (pixels, modules) = (self.image.len() / self.present.len().max(1), &task.batch.window.modules);
        self.image.get(modules.start * pixels..modules.end * pixels).unwrap_or_default()
    }

    /// As a step gets it.
    pub fn frame<'a>(&'a self, planned: &'a PlannedStep) -> Frame<'a> {
        let needs = &planned.step.needs;
        let frame = Frame::new(&planned.detector, self.id, (&self.present, &needs.modules), &self.image, &self.columns);
        let gain: &[f32] = if needs.planes.gain { &self.gain } else { &[] };
        let mask: &[u32] = if needs.planes.mask { &self.mask } else { &[] };
        frame.with_planes(gain, mask)
    }
}

/// A bit for each writer that takes a frame with these columns.
///
/// # Errors
/// What a condition cannot do.
pub fn takers(job: &Job, columns: &[f64], id: FrameId) -> Result<u8> {
    let mut taken = 0;
    for (number, writer) in job.writers.iter().enumerate() {
        let planned = &job.steps[writer.step];
        let takes = match &planned.step.takes {
            None => true,
            Some(takes) => takes.verdict(columns).map_err(|e| told_by(planned, Some(id), e))? == Verdict::Keep,
        };
        taken |= u8::from(takes) << number;
    }
    Ok(taken)
}

/// What a step says, with its name, and the frame where it is known.
pub fn told_by(planned: &PlannedStep, frame: Option<FrameId>, error: Error) -> Error {
    let known = error.place().clone();
    let place = Place { train: known.train.or(frame.map(|f| f.train)), ..known };
    let pulse = frame.map(|f| format!(", pulse {}", f.pulse)).unwrap_or_default();
    error.retold(|what| format!("step {}, {}{pulse}: {what}", planned.number, planned.label), place)
}
