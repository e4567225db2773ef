//! A frame on its way in: its stored chunks looked at, its image decoded and masked.

use super::block::{BlockTask, FrameResult};
use super::decode::{decode_row, locate};
use super::image::{apply_mask, convert, numbers};
use super::way::ensure_writable;
use super::Worker;
use crate::algorithm::{FrameId, Spread};
use crate::read::ChunkState;
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
    let loaded = &mut worker.frames[place];
    (loaded.id, loaded.frame) = (id, frame);
    loaded.columns.clear();
    loaded.columns.extend(task.prepared.columns.iter().map(|c| c[frame]));
    check_chunks(task, frame, id.train)?;
    if task.pass.pixels {
        decode_image(task, frame, id.train, worker, place)?;
    }
    ensure_writable(task, frame, id.train, worker)?;
    let loaded = &mut worker.frames[place];
    if task.samples(frame, id.train) {
        loaded.original.clone_from(&loaded.image);
    }
    let mut done = FrameResult::of(task.pass);
    let looks = task.pass.steps.iter().any(|&step| task.job.steps[step].step.kind.looks());
    if looks && loaded.image.iter().all(|pixel| pixel.is_nan()) {
        done.blank = true;
        if first_blank {
            done.blank_values = stored_values(task, frame, worker, place);
        }
    }
    Ok(done)
}

/// A chunk that is only copied is still looked at: that it is there, in full.
fn check_chunks(task: &BlockTask<'_>, frame: usize, train_id: u64) -> Result<()> {
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

fn decode_image(task: &BlockTask<'_>, frame: usize, train_id: u64, worker: &mut Worker, place: usize) -> Result<()> {
    let detector = &*task.job.detector;
    let pixels = detector.module_pixels();
    let share = detector.cells_per_row > 1;
    let loaded = &mut worker.frames[place];
    for (module, streams) in task.modules.iter().enumerate() {
        // of modules that no step needs all pixels are NaN from the beginning
        if !task.pass.decodes(module) {
            continue;
        }
        let image = &mut loaded.image[module * pixels..(module + 1) * pixels];
        let row = task.prepared.frames.rows[module][frame];
        loaded.present[module] = row.is_some();
        let Some(row) = row else {
            image.fill(f32::NAN);
            continue;
        };
        for (number, stream) in streams.streams.iter().enumerate().filter(|(_, s)| s.decoded) {
            let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
            let is_mask = Some(number) == streams.mask;
            let bytes = if is_mask { &mut worker.mask } else { &mut loaded.rows[module] };
            let chunks = &task.batch.chunks[module][number];
            decode_row(stream, chunks, row, share, bytes, &mut worker.codec).map_err(|e| {
                let file = &task.job.run.files[part.file].path;
                locate(e, file, &detector.modules[module].source, &stream.key, row.row, train_id)
            })?;
            // the first plane of the frame's cell: pixels, or their analogue part in raw AGIPD data
            let size = stream.element.size();
            let start = row.cell as usize * detector.planes.max(1) * pixels * size;
            let Some(bytes) = bytes.get(start..start + pixels * size) else { continue };
            if is_mask {
                apply_mask(stream.element, bytes, image);
            } else {
                convert(stream.element, bytes, image, &task.job.image);
                if task.pass.changes {
                    let all = &mut loaded.pixels[module * pixels..(module + 1) * pixels];
                    numbers(stream.element, bytes, all);
                }
                for &bad in &task.bad[module] {
                    image[bad as usize] = f32::NAN;
                }
            }
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
