//! The steps of a pass, one after the other, each on all frames that are still there.

use super::block::{BlockResult, BlockTask, FrameResult};
use super::stored::run_stored;
use super::worker::Loaded;
use super::Worker;
use crate::algorithm::{
    ErasedFrameStep, Frame, FrameId, FrameOut, ListSink, Modules, RowSink, StepKind, Transform, Verdict,
};
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
            StepKind::Frame(step) => run_frames(task, (position, planned), &**step, worker, alive, done, block)?,
            StepKind::Stored(step) => run_stored(task, (position, planned), &**step, worker, alive, done, block)?,
            StepKind::Train(step) => {
                for &place in &*alive {
                    let loaded = &worker.frames[place];
                    let mut values = vec![0.0; step.extract_len()];
                    step.extract(&loaded.frame(task.job, &planned.step.needs.modules), &mut values)
                        .map_err(|e| told_by(planned, Some(loaded.id), e))?;
                    done[place].extracts[position] = Some(values);
                    block.frames_in[position] += 1;
                }
            }
            StepKind::Accumulate(step) => {
                for &place in &*alive {
                    let loaded = &worker.frames[place];
                    if let Some(group) = step.grouping().of(&loaded.id, block.block.train, &loaded.columns) {
                        done[place].images[position] = Some((group, loaded.image.clone()));
                        block.frames_in[position] += 1;
                    }
                }
            }
            StepKind::Transform(step) => {
                for &place in &*alive {
                    let loaded = &mut worker.frames[place];
                    change(task.job, &**step, loaded).map_err(|e| told_by(planned, Some(loaded.id), e))?;
                }
            }
            StepKind::Metadata(_) | StepKind::Decide(_) | StepKind::Write(_) => {}
        }
    }
    Ok(())
}

fn run_frames(
    task: &BlockTask<'_>,
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
        let views: Vec<Frame<'_>> =
            alive.iter().map(|&place| frames[place].frame(task.job, &planned.step.needs.modules)).collect();
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
        if !declared.is_empty() {
            done[place].rows[position] = Some(row);
        }
        done[place].lists[position] = list;
        for (number, value) in (planned.first_column..).zip(made) {
            frames[place].columns[number] = value;
            done[place].columns.push((number, value));
        }
    }
    Ok(())
}

/// Applies a step to the pixels as stored, and makes the image anew: bad pixels stay bad.
fn change(job: &Job, step: &dyn Transform, loaded: &mut Loaded) -> Result<()> {
    let pixels = job.detector.module_pixels();
    let present = loaded.present.iter().enumerate().filter(|(_, p)| **p);
    for (module, _) in present {
        let range = module * pixels..(module + 1) * pixels;
        step.apply(&loaded.id, module, &mut loaded.pixels[range.clone()])?;
        for (image, changed) in loaded.image[range.clone()].iter_mut().zip(&loaded.pixels[range]) {
            if !image.is_nan() {
                *image = *changed;
            }
        }
    }
    Ok(())
}

impl Loaded {
    /// As a step that looks at `sees` gets it.
    pub fn frame<'a>(&'a self, job: &'a Job, sees: &'a Modules) -> Frame<'a> {
        Frame::new(&job.detector, self.id, (&self.present, sees), &self.image, &self.columns)
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
