//! One block: some of its frames decoded at once, the fused steps run on them while they are in cache, those that stay made
//! ready to leave.

use super::load::load;
use super::output::OutputPlan;
use super::quality::{measure, Measured};
use super::steps::{run_steps, takers};
use super::way::{is_seen, looks_first};
use super::worker::Loaded;
use super::write::{write_frame, Written};
use super::Worker;
use crate::algorithm::Partial;
use crate::plan::{BadInput, FateCodes, Job, Pass};
use crate::read::{Batch, Block, ModuleStreams, Prepared};
use trainyard_codec::lossy::Achieved;
use trainyard_format::{Error, Result};

/// What one frame leaves.
#[derive(Default)]
pub struct FrameResult {
    pub fate: u8,
    /// columns made in this pass: (number, value)
    pub columns: Vec<(usize, f64)>,
    /// by position among the pass's steps: bytes of the declared outputs, `None` when the step did not see the frame
    pub rows: Vec<Option<Vec<u8>>>,
    /// by position among the pass's steps: entries of the declared list, one behind the other
    pub lists: Vec<Vec<u8>>,
    /// by position among the pass's steps: what a train step extracted
    pub extracts: Vec<Option<Vec<f32>>>,
    /// by position among the pass's steps: group and image of the window's modules, for steps that accumulate
    pub images: Vec<Option<(u64, Vec<f32>)>>,
    /// a bit for each writer that took the frame
    pub taken: u8,
    /// `[writer][module][stream]`, empty of writers that did not take the frame
    pub out: Vec<Written>,
    pub damage: Option<Error>,
    /// what steps that change frames counted: (step, its number among those that the step counts, count)
    pub counts: Vec<(usize, usize, u64)>,
    /// by writer and module: the error of what is written
    pub achieved: Vec<(usize, usize, Achieved)>,
    /// of each writer that took the frame
    pub measured: Vec<Measured>,
    /// the steps saw no good pixel
    pub blank: bool,
    /// of the first such frame of a block: smallest, middle and largest pixel as stored
    pub blank_values: Option<[f64; 3]>,
}

impl FrameResult {
    pub fn of(pass: &Pass) -> Self {
        let steps = pass.steps.len();
        FrameResult {
            rows: vec![None; steps],
            lists: vec![Vec::new(); steps],
            extracts: vec![None; steps],
            images: vec![None; steps],
            ..FrameResult::default()
        }
    }
}

pub struct BlockResult {
    pub block: Block,
    pub frames: Vec<FrameResult>,
    /// by position among the pass's steps: partial of the block, `None` for steps without one or without frames
    pub partials: Vec<Option<Partial>>,
    /// frames that went into each partial
    pub frames_in: Vec<u32>,
}

pub struct BlockTask<'a> {
    pub job: &'a Job,
    pub pass: &'a Pass,
    pub modules: &'a [ModuleStreams],
    /// by writer
    pub outputs: &'a [OutputPlan],
    pub bad: &'a [Vec<u32>],
    pub prepared: &'a Prepared,
    pub batch: &'a Batch,
    /// every frame belongs to the quality sample
    pub measure_all: bool,
}

impl BlockTask<'_> {
    /// Whether what is written of a frame is measured.
    pub fn samples(&self, frame: usize, train_id: u64) -> bool {
        let quality = self.job.quality.as_ref().filter(|_| !self.pass.writes.is_empty());
        quality.is_some_and(|q| self.measure_all || q.samples(train_id, self.prepared.frames.pulse_id[frame]))
    }

    /// A bit for each writer that takes a frame, which nothing dropped.
    fn takers(&self, frame: usize, loaded: &Loaded) -> Result<u8> {
        match self.prepared.taken.get(frame) {
            Some(taken) => Ok(*taken),
            None => takers(self.job, &loaded.columns, loaded.id),
        }
    }
}

/// # Errors
/// Damage, when the workflow says to stop at it; what a step cannot do.
pub fn process(task: &BlockTask<'_>, block: &Block, worker: &mut Worker) -> Result<BlockResult> {
    let steps = task.pass.steps.len();
    let mut result = BlockResult {
        block: block.clone(),
        frames: Vec::with_capacity(block.frames.len()),
        partials: (0..steps).map(|_| None).collect(),
        frames_in: vec![0; steps],
    };
    worker.left.iter_mut().for_each(|left| left.fill(None));
    for group in block.frames.chunks(worker.frames.len()) {
        let mut done = Vec::with_capacity(group.len());
        // places of the frames in the worker that steps are to see
        let mut alive = Vec::with_capacity(group.len());
        for (place, &frame) in group.iter().enumerate() {
            let first_blank = !result.frames.iter().chain(&done).any(|f: &FrameResult| f.blank);
            match load(task, block.train, frame, worker, place, first_blank) {
                Ok(loaded) => {
                    alive.push(place);
                    done.push(loaded);
                }
                Err(damage) => done.push(lost(task, damage)?),
            }
        }
        run_steps(task, worker, &mut alive, &mut done, &mut result)?;
        if !task.pass.writes.is_empty() {
            for place in alive {
                leave(task, block.train, group[place], worker, place, &mut done[place])?;
            }
        }
        result.frames.append(&mut done);
    }
    Ok(result)
}

/// A frame that cannot be read.
fn lost(task: &BlockTask<'_>, damage: Error) -> Result<FrameResult> {
    match damage {
        // it was looked at before; other parts of it may be taken already
        Error::Input { what, place, .. } if looks_first(task.job, task.pass) => {
            Err(Error::resource(format!("what could be read a moment ago cannot be read now: {what}"), place))
        }
        damage @ Error::Input { .. } if task.job.bad_input != BadInput::Stop => {
            Ok(FrameResult { fate: FateCodes::UNREADABLE, damage: Some(damage), ..FrameResult::default() })
        }
        error => Err(error),
    }
}

/// A frame that stays is made ready to be written, and measured where it is in the sample.
fn leave(
    task: &BlockTask<'_>,
    train: usize,
    frame: usize,
    worker: &mut Worker,
    place: usize,
    done: &mut FrameResult,
) -> Result<()> {
    let train_id = task.prepared.frames.trains[train];
    let sampled = task.samples(frame, train_id);
    done.taken = task.takers(frame, &worker.frames[place])?;
    let written = write_frame(task, (train, frame), (done.taken, sampled), worker, place, &mut done.achieved);
    done.out = match written {
        Ok(out) => out,
        Err(Error::Input { what, place, .. })
            if task.job.bad_input != BadInput::Stop && is_seen(task.job, task.pass) =>
        {
            // sums hold the frame: to call it unreadable now would leave it in them
            return Err(Error::bug(format!("damage was found behind the steps: {what}"), place));
        }
        Err(damage) => {
            *done = lost(task, damage)?;
            return Ok(());
        }
    };
    let takers = (0..task.outputs.len()).filter(|writer| done.taken >> writer & 1 == 1);
    for writer in takers {
        for (left, rows) in worker.left[writer].iter_mut().zip(&task.prepared.frames.rows) {
            *left = rows[frame].map(|row| (row.part, row.row));
        }
        if sampled {
            done.measured.push(measure(task, (frame, writer), &done.out[writer], worker, place)?);
        }
    }
    Ok(())
}
