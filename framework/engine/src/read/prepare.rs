//! Before a sequence is read: its frames, what earlier passes and metadata say of them, and which are still wanted.

use super::gain_stages::unite;
use super::{along, metadata, Block, BLOCK_FRAMES};
use crate::algorithm::{FrameId, StepKind, TrainRows, Verdict};
use crate::compute::told_by;
use crate::plan::{BadInput, FateCodes, Job};
use crate::store::{LostRows, Part};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use trainyard_format::detector::{FrameState, FrameTable};
use trainyard_format::{Error, Result};

/// (step, position of a frame or train in the sequence, row)
pub type SequenceRow = (usize, usize, Vec<u8>);

/// Columns and results of the table steps, for the frames of one sequence.
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
    /// `[column][frame]`
    pub columns: Vec<Vec<f64>>,
    /// candidates, in blocks
    pub blocks: Vec<Block>,
    /// frames of each train that table steps judged
    pub judged: Vec<u32>,
    /// bytes of results per frame
    pub output_bytes: u64,
    /// frames are encoded anew
    pub recodes: bool,
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
) -> Result<(Prepared, Vec<SequenceRow>)> {
    let (frames, mut problems) = job.detector.frames(&job.run, job.sequence_trains(sequence), &job.pool)?;
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
    if this.write.is_some() && job.bad_input != BadInput::Stop {
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
    let blocks = if this.pixels || this.write.is_some() { blocks(&frames, &fates) } else { Vec::new() };
    let prepared =
        Prepared { sequence, frames, fates, columns, blocks, judged, output_bytes, recodes: false, problems, lost };
    Ok((prepared, rows))
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
        self.blocks = blocks(&self.frames, &self.fates);
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

fn blocks(frames: &FrameTable, fates: &[u8]) -> Vec<Block> {
    let mut blocks = Vec::new();
    for train in 0..frames.trains.len() {
        let kept: Vec<usize> =
            (frames.starts[train]..frames.starts[train + 1]).filter(|&f| fates[f] == FateCodes::KEPT).collect();
        blocks.extend(kept.chunks(BLOCK_FRAMES).map(|f| Block { train, frames: f.to_vec() }));
    }
    blocks
}
