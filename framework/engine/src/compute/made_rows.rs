//! Rows that steps make: pixels, gain and mask as they are behind the last step, in the type and shape in which they are written.
//!
//! A row of several cells leaves as a whole with the first of its frames that is kept. Its other cells go the same way as that
//! frame, kept or not: no row holds pixels that were changed beside pixels that were not.

use super::block::BlockTask;
use super::change::change;
use super::image::{restore, restore_over};
use super::load::load_beside;
use super::worker::Loaded;
use super::Worker;
use crate::algorithm::{FrameSchema, StepKind};
use crate::read::Role;
use std::ops::Range;
use trainyard_format::map::ElementType;
use trainyard_format::Result;

pub struct MadeRows {
    /// `[module][stream]`
    rows: Vec<Vec<Option<Vec<u8>>>>,
}

impl MadeRows {
    /// Of the frame at a place of the worker, whose steps are done. `taken`: a bit for each writer that takes the frame; `sampled`: the row is needed though it has left
    /// already.
    ///
    /// # Errors
    /// Of another cell of its row: damage, and what a step cannot do.
    pub fn of(
        task: &BlockTask<'_>,
        (train, frame): (usize, usize),
        (taken, sampled): (u8, bool),
        worker: &mut Worker,
        place: usize,
    ) -> Result<Self> {
        let frames = &task.prepared.frames;
        let mut made = MadeRows { rows: Vec::with_capacity(task.modules.len()) };
        for (module, streams) in task.modules.iter().enumerate() {
            let row = frames.rows[module][frame];
            // the writers that take a row make no difference to what is in it
            let takes = |writer: &usize| taken >> writer & 1 == 1;
            let waits = |writer: usize| {
                row.is_some_and(|row| sampled || worker.left[writer][module] != Some((row.part, row.row)))
            };
            let leaves = (0..task.outputs.len()).filter(takes).any(waits);
            let of_stream = |(number, _): (usize, &_)| {
                let output = task.outputs.first().and_then(|outputs| outputs.streams[module][number].as_ref());
                let layout = &output.filter(|output| leaves && output.layout.anew)?.layout;
                Some(vec![0; layout.bytes])
            };
            made.rows.push(streams.streams.iter().enumerate().map(of_stream).collect());
        }
        if made.rows.iter().flatten().all(Option::is_none) {
            return Ok(made);
        }
        let several = task.job.detector.cells_per_row > 1;
        let mut came = vec![false; task.modules.len()];
        made.fill(task, frame, &worker.frames[place], &mut came);
        let Worker { beside, working, changing, plane, codec, .. } = worker;
        let Some(beside) = beside.as_deref_mut().filter(|_| several) else { return Ok(made) };
        for other in (frames.starts[train]..frames.starts[train + 1]).filter(|&other| other != frame) {
            let same = |rows: &Vec<Option<_>>| {
                let at = |frame: usize| rows[frame].map(|row: trainyard_format::detector::Row| (row.part, row.row));
                at(frame).is_some() && at(frame) == at(other)
            };
            if !frames.rows.iter().any(same) {
                continue;
            }
            load_beside(task, (train, other), beside, plane, codec)?;
            for (position, &number) in task.pass.steps.iter().enumerate() {
                let planned = &task.job.steps[number];
                if let (StepKind::Transform(_), Some(working)) = (&planned.step.kind, &mut working[position]) {
                    change(task, planned, beside, working, changing)?;
                }
            }
            made.fill(task, other, beside, &mut came);
        }
        Ok(made)
    }

    pub fn row(&self, module: usize, stream: usize) -> Option<&[u8]> {
        self.rows.get(module)?.get(stream)?.as_deref()
    }

    /// Puts a frame to its cell.
    fn fill(&mut self, task: &BlockTask<'_>, frame: usize, loaded: &Loaded, came: &mut [bool]) {
        let written = task.job.written();
        let size = written.module_pixels();
        for (module, streams) in task.modules.iter().enumerate() {
            let Some(row) = task.prepared.frames.rows[module][frame] else { continue };
            let range = module * size..(module + 1) * size;
            for (number, stream) in streams.streams.iter().enumerate() {
                let output = task.outputs.first().and_then(|outputs| outputs.streams[module][number].as_ref());
                let (Some(bytes), Some(output)) = (&mut self.rows[module][number], output) else {
                    continue;
                };
                let over = stream.role == Role::Image
                    && output.layout.element == stream.element
                    && loaded.rows[module].len() == bytes.len();
                if over && !came[module] {
                    bytes.copy_from_slice(&loaded.rows[module]);
                }
                let cell = Cell { role: stream.role, element: output.layout.element, written, over };
                cell.put(loaded, range.clone(), row.cell, bytes);
            }
            came[module] = true;
        }
    }
}

/// A frame's part of a row.
pub struct Cell<'a> {
    pub role: Role,
    pub element: ElementType,
    pub written: &'a FrameSchema,
    /// the row holds what came: the second plane of raw pixels stays, and what no number of a step's fits into
    pub over: bool,
}

impl Cell<'_> {
    /// `range` are the module's pixels in the frame, `number` that of the cell in the row.
    pub fn put(&self, loaded: &Loaded, range: Range<usize>, number: u16, row: &mut [u8]) {
        let planes = if self.role == Role::Image { self.written.planes.max(1) } else { 1 };
        let cell = cell_of(row, number, planes * range.len() * self.element.size());
        match self.role {
            Role::Image if self.over => restore_over(self.element, &loaded.pixels[range], cell),
            Role::Image => restore(self.element, &loaded.pixels[range], cell),
            Role::Gain => restore(self.element, loaded.gain.get(range).unwrap_or_default(), cell),
            Role::Mask => {
                let mask = loaded.mask.get(range).unwrap_or_default();
                for (raw, mask) in cell.chunks_exact_mut(4).zip(mask) {
                    raw.copy_from_slice(&mask.to_le_bytes());
                }
            }
            Role::Companion => {}
        }
    }
}

fn cell_of(row: &mut [u8], cell: u16, bytes: usize) -> &mut [u8] {
    let start = usize::from(cell) * bytes;
    row.get_mut(start..start + bytes).unwrap_or_default()
}
