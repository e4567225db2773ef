//! A frame on its way out: of each stream the stored chunk, a chunk of its own, or its part of one, for each writer that takes
//! the frame. What they encode is decoded once.

use super::block::BlockTask;
use super::decode::{decode_row, locate};
use super::made_rows::MadeRows;
use super::output::RowOut;
use super::way::{way, Way};
use super::Worker;
use crate::read::Role;
use trainyard_codec::lossy::Achieved;
use trainyard_format::Result;

/// What a writer makes of a frame, `[module][stream]`.
pub type Written = Vec<Vec<Option<RowOut>>>;

/// By writer, of which `taken` has a bit for each that takes the frame; it lies at a place of the worker. `sampled`: what is
/// written of it will be measured.
///
/// # Errors
/// Damage of what was not decoded before; a bug.
pub fn write_frame(
    task: &BlockTask<'_>,
    (train, frame): (usize, usize),
    (taken, sampled): (u8, bool),
    worker: &mut Worker,
    place: usize,
    achieved: &mut Vec<(usize, usize, Achieved)>,
) -> Result<Vec<Written>> {
    let train_id = task.prepared.frames.trains[train];
    let made = MadeRows::of(task, (train, frame), (taken, sampled), worker, place)?;
    let Worker { frames, codec, left, .. } = worker;
    let loaded = &mut frames[place];
    let mut out: Vec<Written> = task.outputs.iter().map(|_| Vec::new()).collect();
    let takers: Vec<usize> = (0..task.outputs.len()).filter(|writer| taken >> writer & 1 == 1).collect();
    for (module, streams) in task.modules.iter().enumerate() {
        takers.iter().for_each(|&writer| out[writer].push(Vec::with_capacity(streams.streams.len())));
        let row = task.prepared.frames.rows[module][frame];
        for (number, stream) in streams.streams.iter().enumerate() {
            let mut decoded = stream.decoded && stream.role == Role::Image;
            for &writer in &takers {
                // the cells of a row leave together: the first that is kept takes the row along; one that is measured needs it
                // again
                let row = row.filter(|row| sampled || left[writer][module] != Some((row.part, row.row)));
                let plan = task.outputs[writer].streams[module][number].as_ref();
                let (Some(row), Some(plan)) = (row, plan) else {
                    out[writer][module].push(None);
                    continue;
                };
                if let Some(bytes) = made.row(module, number) {
                    let mut encoded = Vec::new();
                    let (filter_mask, error) = plan.encode(bytes, &mut encoded, codec)?;
                    achieved.extend(error.map(|e| (writer, module, e)));
                    out[writer][module].push(Some(RowOut::Encoded { bytes: encoded, filter_mask }));
                    continue;
                }
                let Some(part) = stream.parts[row.part as usize].as_ref() else {
                    out[writer][module].push(None);
                    continue;
                };
                let chunks = &task.batch.chunks[module][number];
                let chunk_number = row.row / part.rows_per_chunk;
                let Some(index) = chunks.find(row.part, chunk_number) else { continue };
                let stored = &chunks.chunks[index];
                let way = way(task, (stream, plan), (row, part), stored);
                out[writer][module].push(Some(if way == Way::Copy {
                    RowOut::Copy(stored.clone())
                } else if way == Way::Encode {
                    let bytes = &mut loaded.rows[module];
                    if !decoded {
                        decode_row(stream, chunks, row, false, bytes, codec).map_err(|e| {
                            let file = &task.job.run.files[part.file].path;
                            locate(e, file, &task.job.detector.modules[module].source, &stream.key, row.row, train_id)
                        })?;
                        decoded = true;
                    }
                    let mut encoded = Vec::new();
                    let (filter_mask, error) = plan.encode(bytes, &mut encoded, codec)?;
                    achieved.extend(error.map(|e| (writer, module, e)));
                    RowOut::Encoded { bytes: encoded, filter_mask }
                } else {
                    RowOut::Piece { part: row.part, chunk: chunk_number, row: row.row, stored: stored.clone() }
                }));
            }
        }
    }
    Ok(out)
}
