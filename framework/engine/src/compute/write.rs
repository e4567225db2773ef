//! A frame on its way out: of each stream the stored chunk, a chunk of its own, or its part of one.

use super::block::BlockTask;
use super::decode::{decode_row, locate};
use super::made_rows::MadeRows;
use super::output::RowOut;
use super::way::{way, Way};
use super::Worker;
use crate::read::Role;
use trainyard_codec::lossy::Achieved;
use trainyard_format::Result;

/// `[module][stream]`; the frame lies at a place of the worker. `sampled`: what is written of it will be measured.
///
/// # Errors
/// Damage of what was not decoded before; a bug.
pub fn write_frame(
    task: &BlockTask<'_>,
    (train, frame): (usize, usize),
    sampled: bool,
    worker: &mut Worker,
    place: usize,
    achieved: &mut Vec<(usize, Achieved)>,
) -> Result<Vec<Vec<Option<RowOut>>>> {
    let train_id = task.prepared.frames.trains[train];
    let made = MadeRows::of(task, (train, frame), sampled, worker, place)?;
    let Worker { frames, codec, left, .. } = worker;
    let loaded = &mut frames[place];
    let mut out = Vec::with_capacity(task.modules.len());
    for (module, streams) in task.modules.iter().enumerate() {
        // the cells of a row leave together: the first that is kept takes the row along; one that is measured needs it again
        let row = task.prepared.frames.rows[module][frame];
        let row = row.filter(|row| sampled || left[module] != Some((row.part, row.row)));
        let mut of_module = Vec::with_capacity(streams.streams.len());
        for (number, stream) in streams.streams.iter().enumerate() {
            let plan = task.outputs.streams[module][number].as_ref();
            let (Some(row), Some(plan)) = (row, plan) else {
                of_module.push(None);
                continue;
            };
            if let Some(bytes) = made.row(module, number) {
                let mut encoded = Vec::new();
                let (filter_mask, error) = plan.encode(bytes, &mut encoded, codec)?;
                achieved.extend(error.map(|e| (module, e)));
                of_module.push(Some(RowOut::Encoded { bytes: encoded, filter_mask }));
                continue;
            }
            let Some(part) = stream.parts[row.part as usize].as_ref() else {
                of_module.push(None);
                continue;
            };
            let chunks = &task.batch.chunks[module][number];
            let chunk_number = row.row / part.rows_per_chunk;
            let Some(index) = chunks.find(row.part, chunk_number) else { continue };
            let stored = &chunks.chunks[index];
            let image = stream.role == Role::Image;
            let way = way(task, (stream, plan), (row, part), stored);
            of_module.push(Some(if way == Way::Copy {
                RowOut::Copy(stored.clone())
            } else if way == Way::Encode {
                let bytes = &mut loaded.rows[module];
                if !(stream.decoded && image) {
                    decode_row(stream, chunks, row, false, bytes, codec).map_err(|e| {
                        let file = &task.job.run.files[part.file].path;
                        locate(e, file, &task.job.detector.modules[module].source, &stream.key, row.row, train_id)
                    })?;
                }
                let mut encoded = Vec::new();
                let (filter_mask, error) = plan.encode(bytes, &mut encoded, codec)?;
                achieved.extend(error.map(|e| (module, e)));
                RowOut::Encoded { bytes: encoded, filter_mask }
            } else {
                RowOut::Piece { part: row.part, chunk: chunk_number, row: row.row, stored: stored.clone() }
            }));
        }
        out.push(of_module);
    }
    Ok(out)
}
