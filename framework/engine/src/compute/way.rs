//! How a row leaves, and that it can: before any step sees a frame, everything that would be written of it has been read.
//!
//! Otherwise a frame could turn out to be damaged when sums, rows and columns already hold it. Chunks of several rows are
//! put together only when the rows around them are known, so with `skip-up-to` they are decoded here, once, even where they
//! then leave as they came; without it the first damage ends the run, whenever it is found.

use super::block::BlockTask;
use super::decode::{decode_row, locate};
use super::load::check_chunks;
use super::output::{Encoder, StreamOutput};
use super::Worker;
use crate::plan::{BadInput, Job, Pass};
use crate::read::{ChunkState, Role, StoredChunk, Stream, StreamPart};
use trainyard_codec::Scratch;
use trainyard_format::detector::Row;
use trainyard_format::Result;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// the stored chunk is the row
    Copy,
    /// a chunk of its own, encoded from the row
    Encode,
    /// with its neighbours: copied with them, or taken out of the decoded chunk
    Piece,
}

/// How `row` of a stream leaves.
pub fn way(
    task: &BlockTask<'_>,
    (stream, output): (&Stream, &StreamOutput),
    (row, part): (Row, &StreamPart),
    stored: &StoredChunk,
) -> Way {
    // lossy and changed pixels leave row by row, whatever chunks they came in
    let lossy = stream.role == Role::Image && matches!(output.encoder, Encoder::Proved(..));
    let anew = output.layout.anew || lossy;
    let single = anew || (part.rows_per_chunk == 1 && output.rows_per_chunk == 1);
    if single && output.copies[row.part as usize] && matches!(stored.state, ChunkState::Stored { .. }) {
        Way::Copy
    } else if single && (anew || task.job.detector.cells_per_row == 1) {
        Way::Encode
    } else {
        Way::Piece
    }
}

/// Whether a step of the pass keeps something of a frame.
pub fn is_seen(job: &Job, pass: &Pass) -> bool {
    pass.steps.iter().any(|&s| job.steps[s].step.kind.reads())
}

/// Whether what is read and written of frames is looked at before any of them is taken: the gain stages of a pulse, which lie
/// far apart, go together, and some of them would be taken already when another turns out to be damaged; so it is with the
/// modules of a frame in a pass by modules.
pub fn looks_first(job: &Job, pass: &Pass) -> bool {
    let taken = !pass.writes.is_empty() || is_seen(job, pass);
    job.bad_input != BadInput::Stop && (pass.by_module || (job.detector.parallel_gain && taken))
}

/// Reads all that steps will see and the writer will take of a frame, and lets go of it.
///
/// # Errors
/// Damage, with its place.
pub fn look_first(
    task: &BlockTask<'_>,
    frame: usize,
    train_id: u64,
    (spare, codec): &mut (Vec<u8>, Scratch),
) -> Result<()> {
    check_chunks(task, frame, train_id)?;
    for (module, streams) in task.modules.iter().enumerate() {
        let Some(row) = task.prepared.frames.rows[module][frame] else { continue };
        for (number, stream) in streams.streams.iter().enumerate() {
            let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
            let chunks = &task.batch.chunks[module][number];
            let Some(index) = chunks.find(row.part, row.row / part.rows_per_chunk) else { continue };
            let outputs = task.outputs.iter().filter_map(|o| o.streams.get(module)?.get(number)?.as_ref());
            let ways: Vec<Way> =
                outputs.map(|output| way(task, (stream, output), (row, part), &chunks.chunks[index])).collect();
            if !stream.decoded && ways.iter().all(|way| *way == Way::Copy) {
                continue;
            }
            let share = ways.contains(&Way::Piece) || task.job.detector.cells_per_row > 1;
            decode_row(stream, chunks, row, share, spare, codec).map_err(|e| {
                let file = &task.job.run.files[part.file].path;
                locate(e, file, &task.job.detector.modules[module].source, &stream.key, row.row, train_id)
            })?;
        }
    }
    Ok(())
}

/// Reads what will be written of a frame and was not decoded for the steps.
///
/// # Errors
/// Damage, with its place.
pub fn ensure_writable(task: &BlockTask<'_>, frame: usize, train_id: u64, worker: &mut Worker) -> Result<()> {
    if task.pass.writes.is_empty() || task.job.bad_input == BadInput::Stop {
        return Ok(());
    }
    let seen = is_seen(task.job, task.pass);
    for (module, streams) in task.modules.iter().enumerate() {
        let Some(row) = task.prepared.frames.rows[module][frame] else { continue };
        for (number, stream) in streams.streams.iter().enumerate() {
            let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
            let chunks = &task.batch.chunks[module][number];
            let Some(index) = chunks.find(row.part, row.row / part.rows_per_chunk) else { continue };
            // decoded once, however many writers want it
            let mut share = None;
            for output in task.outputs.iter().filter_map(|outputs| outputs.streams[module][number].as_ref()) {
                match way(task, (stream, output), (row, part), &chunks.chunks[index]) {
                    Way::Copy => {}
                    // what cannot be encoded is damage too; where no step has seen the frame, that is soon enough
                    Way::Encode if stream.decoded || !seen => {}
                    Way::Encode => share = share.or(Some(false)),
                    Way::Piece => share = Some(true),
                }
            }
            let Some(share) = share else { continue };
            decode_row(stream, chunks, row, share, &mut worker.spare, &mut worker.codec).map_err(|e| {
                let file = &task.job.run.files[part.file].path;
                locate(e, file, &task.job.detector.modules[module].source, &stream.key, row.row, train_id)
            })?;
        }
    }
    Ok(())
}
