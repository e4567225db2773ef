//! A step on stored chunks: what was fetched of each module is shown as it is.

use super::block::{BlockResult, BlockTask, FrameResult};
use super::steps::{keep, told_by};
use super::worker::Loaded;
use super::Worker;
use crate::algorithm::{ErasedStoredStep, FrameOut, ListSink, Partial, RowSink, Stored};
use crate::plan::PlannedStep;
use crate::read::{ChunkState, Role};
use trainyard_format::{Error, Place, Result};

/// # Errors
/// What the step cannot do.
pub fn run_stored(
    task: &BlockTask<'_>,
    (position, planned): (usize, &PlannedStep),
    step: &dyn ErasedStoredStep,
    worker: &mut Worker,
    alive: &[usize],
    done: &mut [FrameResult],
    block: &mut BlockResult,
) -> Result<()> {
    let Worker { frames, working, .. } = worker;
    let Some(working) = &mut working[position] else { return Ok(()) };
    let declared = planned.step.rows.by_frame();
    for &place in alive {
        let loaded = &mut frames[place];
        let (mut made, mut row, mut list) = (vec![f64::NAN; planned.step.columns.len()], Vec::new(), Vec::new());
        let mut out =
            FrameOut { columns: &mut made, row: RowSink::new(declared, &mut row), list: ListSink::new(&[], &mut list) };
        let shown = show(task, planned, step, loaded, working);
        shown
            .and_then(|()| step.frame(&loaded.id, working, &mut out))
            .and_then(|()| out.row.end())
            .map_err(|e| told_by(planned, Some(loaded.id), e))?;
        keep((position, planned), loaded, &mut done[place], made, row);
    }
    block.frames_in[position] += alive.len() as u32;
    Ok(())
}

/// All modules of one frame.
fn show(
    task: &BlockTask<'_>,
    planned: &PlannedStep,
    step: &dyn ErasedStoredStep,
    loaded: &Loaded,
    working: &mut Partial,
) -> Result<()> {
    let missing = || Error::bug("a chunk was not fetched", Place::default());
    for (module, streams) in task.modules.iter().enumerate() {
        let row = task.prepared.frames.rows[module][loaded.frame];
        let Some(row) = row.filter(|_| planned.step.needs.modules.has(module)) else { continue };
        let image = streams.streams.iter().position(|stream| stream.role == Role::Image).ok_or_else(missing)?;
        let stream = &streams.streams[image];
        let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
        let chunks = &task.batch.chunks[module][image];
        let at = chunks.find(row.part, row.row / part.rows_per_chunk).ok_or_else(missing)?;
        let (chunk, mut filters, mut mask) = (&chunks.chunks[at], part.filters.as_slice(), 0);
        let (mut rows, mut of_row) = (part.rows_per_chunk, row.row % part.rows_per_chunk);
        match &chunk.state {
            ChunkState::Stored { filter_mask } => mask = *filter_mask,
            ChunkState::Rows => (filters, rows, of_row) = (&[], 1, 0),
            ChunkState::Absent { .. } => {}
            ChunkState::Failed(error) => return Err(error.clone()),
        }
        let stored = Stored {
            bytes: chunk.bytes(),
            filters,
            filter_mask: mask,
            element: stream.element,
            row_bytes: stream.row_bytes,
            rows,
            row: of_row,
            cells: task.job.detector.cells_per_row.max(1),
            cell: usize::from(row.cell),
        };
        step.module(&loaded.id, module, &stored, working)?;
    }
    Ok(())
}
