//! A frame on its way in: its stored chunks looked at, its image decoded and masked.

use super::block::{BlockTask, FrameResult};
use super::decode::{decode_row, locate};
use super::image::numbers;
use super::planes::{StoredRow, Taking};
use super::way::ensure_writable;
use super::worker::Loaded;
use super::Worker;
use crate::algorithm::{FrameId, Spread};
use crate::read::ChunkState;
use trainyard_codec::Scratch;
use trainyard_format::Result;

/// Loads a frame of the run to a place of the worker. Of the first blank one the stored values are noted.
///
/// # Errors
/// Damage, with its place.
pub fn load(
    task: &BlockTask<'_>,
    train: usize,
    frame: usize,
    worker: &mut Worker,
    place: usize,
    first_blank: bool,
) -> Result<FrameResult> {
    let frames = &task.prepared.frames;
    let id = FrameId { train: frames.trains[train], pulse: frames.pulse_id[frame], cell: frames.cell_id[frame] };
    let Worker { frames: places, plane, codec, .. } = worker;
    let loaded = &mut places[place];
    (loaded.id, loaded.frame) = (id, frame);
    loaded.columns.clear();
    loaded.columns.extend(task.prepared.columns.iter().map(|c| c[frame]));
    check_chunks(task, frame, id.train)?;
    if task.pass.pixels {
        decode_image(task, frame, loaded, plane, codec)?;
    }
    ensure_writable(task, frame, id.train, worker)?;
    let loaded = &mut worker.frames[place];
    loaded.original.clear();
    if task.samples(frame, id.train) {
        loaded.original.extend_from_slice(&loaded.image);
    }
    let mut done = FrameResult::of(task.pass);
    let looks = task.pass.steps.iter().any(|&step| task.job.steps[step].step.kind.looks());
    if looks && loaded.seen(task).iter().all(|pixel| pixel.is_nan()) {
        done.blank = true;
        if first_blank {
            done.blank_values = stored_values(task, frame, worker, place);
        }
    }
    Ok(done)
}

/// The image of a frame as steps see it first: decoded and masked.
///
/// # Errors
/// Damage, with its place.
pub fn look(task: &BlockTask<'_>, train: usize, frame: usize, worker: &mut Worker) -> Result<Vec<f32>> {
    load(task, train, frame, worker, 0, false)?;
    Ok(worker.frames.first().map(|loaded| loaded.image.clone()).unwrap_or_default())
}

/// A chunk that is only copied is still looked at: that it is there, in full.
pub(super) fn check_chunks(task: &BlockTask<'_>, frame: usize, train_id: u64) -> Result<()> {
    for (module, streams) in task.modules.iter().enumerate() {
        let Some(row) = task.prepared.frames.rows[module][frame] else { continue };
        for (number, stream) in streams.streams.iter().enumerate() {
            let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
            let chunks = &task.batch.chunks[module][number];
            if let Some(index) = chunks.find(row.part, row.row / part.rows_per_chunk) {
                if let ChunkState::Failed(error) = &chunks.chunks[index].state {
                    let file = &task.job.run.files[part.file].path;
                    let source = &task.job.detector.modules[module].source;
                    return Err(locate(error.clone(), file, source, &stream.key, row.row, train_id));
                }
            }
        }
    }
    Ok(())
}

/// A frame that leaves in the row of another one, as [`load`] gives it to the steps.
///
/// # Errors
/// Damage, with its place.
pub fn load_beside(
    task: &BlockTask<'_>,
    (train, frame): (usize, usize),
    loaded: &mut Loaded,
    plane: &mut Vec<u8>,
    codec: &mut Scratch,
) -> Result<()> {
    let frames = &task.prepared.frames;
    loaded.id = FrameId { train: frames.trains[train], pulse: frames.pulse_id[frame], cell: frames.cell_id[frame] };
    decode_image(task, frame, loaded, plane, codec)
}

fn decode_image(
    task: &BlockTask<'_>,
    frame: usize,
    loaded: &mut Loaded,
    plane: &mut Vec<u8>,
    codec: &mut Scratch,
) -> Result<()> {
    let (detector, train_id) = (&*task.job.detector, loaded.id.train);
    let pixels = detector.module_pixels();
    let share = detector.cells_per_row > 1;
    loaded.as_it_is_read(&task.job.read, task.pass.planes, task.pass.changes);
    loaded.stage = task.prepared.frames.third.get(frame).copied().unwrap_or(0);
    for (module, streams) in task.modules.iter().enumerate() {
        // of modules that no step needs all pixels are NaN from the beginning, those outside the window nobody looks at
        if !task.pass.decodes(module) || !task.batch.window.modules.contains(&module) {
            loaded.present[module] = false;
            continue;
        }
        let range = module * pixels..(module + 1) * pixels;
        let row = task.prepared.frames.rows[module][frame];
        loaded.present[module] = row.is_some();
        let Some(row) = row else {
            loaded.take_none(range);
            continue;
        };
        for (number, stream) in streams.streams.iter().enumerate().filter(|(_, s)| s.decoded) {
            let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
            let (is_mask, is_gain) = (Some(number) == streams.mask, Some(number) == streams.gain);
            let beside = is_mask || is_gain;
            let mut bytes = std::mem::take(if beside { &mut *plane } else { &mut loaded.rows[module] });
            let chunks = &task.batch.chunks[module][number];
            decode_row(stream, chunks, row, share, &mut bytes, codec).map_err(|e| {
                let file = &task.job.run.files[part.file].path;
                locate(e, file, &detector.modules[module].source, &stream.key, row.row, train_id)
            })?;
            let stored = StoredRow { element: stream.element, bytes: &bytes, cell: row.cell };
            if is_mask {
                loaded.take_mask(range.clone(), &stored, task.job.image.detector_mask);
            } else if is_gain {
                loaded.take_gain(range.clone(), &stored);
            } else {
                let taking = Taking {
                    options: &task.job.image,
                    bad: &task.bad[module],
                    planes: detector.planes,
                    changes: task.pass.changes,
                };
                loaded.take_pixels(range.clone(), &stored, &taking);
            }
            *(if beside { &mut *plane } else { &mut loaded.rows[module] }) = bytes;
        }
    }
    Ok(())
}

/// Smallest, middle and largest pixel of the frame as stored, masked or not.
fn stored_values(task: &BlockTask<'_>, frame: usize, worker: &Worker, place: usize) -> Option<[f64; 3]> {
    let detector = &*task.job.detector;
    let pixels = detector.module_pixels();
    let mut all: Vec<f32> = Vec::new();
    for (module, streams) in task.modules.iter().enumerate() {
        let stream = streams.streams.first().filter(|s| s.decoded);
        let (Some(row), Some(stream)) = (task.prepared.frames.rows[module][frame], stream) else { continue };
        let size = stream.element.size();
        let start = row.cell as usize * detector.planes.max(1) * pixels * size;
        let rows = &worker.frames[place].rows[module];
        let Some(bytes) = rows.get(start..start + pixels * size) else { continue };
        let first = all.len();
        all.resize(first + pixels, f32::NAN);
        numbers(stream.element, bytes, &mut all[first..]);
    }
    let spread = Spread::of(all.into_iter().map(f64::from))?;
    Some([spread.minimum, spread.median, spread.maximum])
}
