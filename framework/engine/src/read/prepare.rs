//! Before a sequence is read: its frames, what earlier passes and metadata say of them, and which are still wanted.

use super::gain_stages::{join_stages, unite};
use super::{along, metadata, Block, BLOCK_FRAMES};
use crate::algorithm::{FrameId, StepKind, TrainRows, Verdict};
use crate::compute::{takers, told_by};
use crate::plan::{BadInput, DroppedModule, FateCodes, Job, Pass};
use crate::store::{LostRows, Part};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trainyard_format::detector::{FrameState, FrameTable};
use trainyard_format::{Error, Result};

/// (step, position of a frame or train in the sequence, row)
pub type SequenceRow = (usize, usize, Vec<u8>);

/// Columns and results of decisions, for the frames of one sequence.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableShare {
    /// (column number, value by frame)
    pub columns: Vec<(usize, Vec<f64>)>,
    pub rows: Vec<SequenceRow>,
}

pub struct Prepared {
    pub sequence: usize,
    pub frames: FrameTable,
    pub fates: Vec<u8>,
    /// a bit for each writer that took or takes the frame, where that is known already
    pub taken: Vec<u8>,
    /// `[column][frame]`
    pub columns: Vec<Vec<f64>>,
    /// candidates, in blocks
    pub blocks: Vec<Block>,
    /// frames of each train that decisions were about
    pub judged: Vec<u32>,
    /// bytes of results per frame
    pub output_bytes: u64,
    /// writers that encode frames anew
    pub recodes: u64,
    /// lasting damage found in the index and in what metadata steps read
    pub problems: Vec<Error>,
    /// rows of whole trains that are left out
    pub lost: LostRows,
}

/// Also gives the rows that are known without pixels.
///
/// # Errors
/// Input that cannot be read; lasting damage of single trains is in `problems`.
pub fn prepare(
    job: &Job,
    pass: usize,
    sequence: usize,
    before: Option<&Part>,
    tables: TableShare,
    dropped: &[DroppedModule],
) -> Result<(Prepared, Vec<SequenceRow>)> {
    let (mut frames, mut problems) = job.detector.frames(&job.run, job.sequence_trains(sequence), &job.pool)?;
    leave_out(&mut frames, dropped);
    let count = frames.len();
    let mut columns = vec![vec![f64::NAN; count]; job.columns.len()];
    columns[1] = frames.pulse_id.iter().map(|&id| id as f64).collect();
    columns[2] = frames.cell_id.iter().map(|&id| f64::from(id)).collect();
    for (t, &train) in frames.trains.iter().enumerate() {
        columns[0][frames.starts[t]..frames.starts[t + 1]].fill(train as f64);
    }
    let mut fates: Vec<u8> = match before {
        Some(part) => part.fates.clone(),
        None => frames
            .state
            .iter()
            .map(|s| if *s == FrameState::Complete { FateCodes::KEPT } else { FateCodes::INCOMPLETE })
            .collect(),
    };
    if let Some(part) = before {
        for (column, known) in columns.iter_mut().zip(&part.columns).skip(Job::BUILT_IN_COLUMNS.len()) {
            column.clone_from(known);
        }
    }
    if job.detector.parallel_gain {
        unite(&frames, &mut fates);
    }
    for (number, values) in tables.columns {
        columns[number] = values;
    }
    let mut rows = tables.rows;
    let judged = frames.starts.windows(2).map(|train| kept(&fates[train[0]..train[1]])).collect();
    let this = &job.passes[pass];
    for &position in &this.before {
        let planned = &job.steps[position];
        match &planned.step.kind {
            StepKind::Metadata(step) => {
                let made = planned.first_column..planned.first_column + planned.step.columns.len();
                let mut trains = TrainRows { rows: vec![None; frames.trains.len()] };
                for (t, damage) in metadata::compute(job, &**step, &frames, &mut columns[made], &mut trains)? {
                    lose(&frames, &mut fates, t);
                    problems.push(damage);
                }
                let made = trains.rows.into_iter().enumerate();
                rows.extend(made.filter_map(|(t, row)| Some((position, t, row?))));
            }
            StepKind::Keep(keep) => {
                let mut row = vec![f64::NAN; columns.len()];
                for frame in 0..count {
                    if fates[frame] == FateCodes::KEPT {
                        for (value, column) in row.iter_mut().zip(&columns) {
                            *value = column[frame];
                        }
                        let id = FrameId {
                            train: row[0] as u64,
                            pulse: frames.pulse_id[frame],
                            cell: frames.cell_id[frame],
                        };
                        match keep.verdict(&row).map_err(|e| told_by(planned, Some(id), e))? {
                            Verdict::Keep => {}
                            Verdict::Drop => fates[frame] = planned.fate,
                            Verdict::NoData => fates[frame] = planned.fate + 1,
                        }
                    }
                }
                if job.detector.parallel_gain {
                    unite(&frames, &mut fates);
                }
            }
            _ => {}
        }
    }
    let mut lost = LostRows::default();
    if !this.writes.is_empty() && job.bad_input != BadInput::Stop {
        for (t, damage) in along::unreadable(job, &frames, &fates)? {
            lose(&frames, &mut fates, t);
            problems.push(damage);
        }
        let (rows, damage) = LostRows::look(job, &frames.trains)?;
        lost = rows;
        for (train, damage) in damage {
            frames.trains.iter().position(|&id| id == train).into_iter().for_each(|t| lose(&frames, &mut fates, t));
            problems.push(damage);
        }
        if job.detector.parallel_gain {
            unite(&frames, &mut fates);
        }
    }
    let output_bytes = this.steps.iter().map(|&s| job.steps[s].step.frame_bytes(&job.steps[s].detector)).sum();
    let mut taken = before.map(|part| part.taken.clone()).unwrap_or_default();
    let chosen = !this.writes.is_empty() && job.chooses() && is_known(job, this);
    if chosen {
        taken = takers_of(job, &frames, &fates, &columns)?;
    }
    // what nobody looks at and nobody takes need not be read
    let unseen = |frame: usize| chosen && this.steps.is_empty() && taken[frame] == 0;
    let wanted = |frame: usize| fates[frame] == FateCodes::KEPT && !unseen(frame);
    let blocks = if this.reads() { blocks(&frames, wanted) } else { Vec::new() };
    let prepared =
        Prepared { sequence, frames, fates, taken, columns, blocks, judged, output_bytes, recodes: 0, problems, lost };
    Ok((prepared, rows))
}

/// Modules that were dropped have no frame from here on. That a frame is incomplete was decided with them.
pub fn leave_out(frames: &mut FrameTable, dropped: &[DroppedModule]) {
    for module in dropped {
        if let Some(rows) = frames.rows.get_mut(module.position) {
            rows.fill(None);
        }
    }
}

/// Whether who takes a frame is known before it is read.
fn is_known(job: &Job, pass: &Pass) -> bool {
    let made = |step: &usize| {
        let planned = &job.steps[*step];
        planned.first_column..planned.first_column + planned.step.columns.len()
    };
    let mut read = pass.writes.iter().flat_map(|&write| &job.steps[write].step.needs.columns);
    read.all(|column| !pass.steps.iter().any(|step| made(step).contains(column)))
}

/// Of each frame that nothing dropped. The gain stages of a pulse go to the same writers: to each that takes one of them.
fn takers_of(job: &Job, frames: &FrameTable, fates: &[u8], columns: &[Vec<f64>]) -> Result<Vec<u8>> {
    let mut taken = vec![0; frames.len()];
    let mut row = vec![f64::NAN; columns.len()];
    for frame in (0..frames.len()).filter(|&frame| fates[frame] == FateCodes::KEPT) {
        for (value, column) in row.iter_mut().zip(columns) {
            *value = column[frame];
        }
        let id = FrameId { train: row[0] as u64, pulse: frames.pulse_id[frame], cell: frames.cell_id[frame] };
        taken[frame] = takers(job, &row, id)?;
    }
    if job.detector.parallel_gain {
        join_stages(frames, &mut taken);
    }
    Ok(taken)
}

impl Prepared {
    /// Frames that turned out to be unreadable go, and with them the other gain stages of their pulses.
    pub fn lose(&mut self, job: &Job, lost: BTreeMap<usize, Error>) {
        for (frame, damage) in lost {
            self.fates[frame] = FateCodes::UNREADABLE;
            self.problems.push(damage);
        }
        if job.detector.parallel_gain {
            unite(&self.frames, &mut self.fates);
        }
        let mut wanted = vec![false; self.fates.len()];
        self.blocks.iter().flat_map(|block| &block.frames).for_each(|&frame| wanted[frame] = true);
        self.blocks = blocks(&self.frames, |frame| wanted[frame] && self.fates[frame] == FateCodes::KEPT);
    }
}

fn kept(fates: &[u8]) -> u32 {
    fates.iter().filter(|fate| **fate == FateCodes::KEPT).count() as u32
}

/// The frames of train `t` cannot be read.
fn lose(frames: &FrameTable, fates: &mut [u8], t: usize) {
    let fates = &mut fates[frames.starts[t]..frames.starts[t + 1]];
    fates.iter_mut().filter(|f| **f == FateCodes::KEPT).for_each(|f| *f = FateCodes::UNREADABLE);
}

fn blocks(frames: &FrameTable, wanted: impl Fn(usize) -> bool) -> Vec<Block> {
    let mut blocks = Vec::new();
    for train in 0..frames.trains.len() {
        let own: Vec<usize> = (frames.starts[train]..frames.starts[train + 1]).filter(|&f| wanted(f)).collect();
        blocks.extend(own.chunks(BLOCK_FRAMES).map(|f| Block { train, frames: f.to_vec() }));
    }
    blocks
}
