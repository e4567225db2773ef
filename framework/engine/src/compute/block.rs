//! One block: its frames decoded one after the other, the fused steps run on each while it is in cache.

use super::decode::{decode_row, locate};
use super::image::{apply_mask, convert, numbers, restore};
use super::output::{OutputPlan, RowOut};
use super::quality::{measure, Measured};
use super::way::{ensure_writable, is_seen, way, Way};
use super::Worker;
use crate::algorithm::{Frame, Partial, PixelStep, RowSink, Spread, StepKind, Verdict};
use crate::plan::{BadInput, FateCodes, Job, Pass};
use crate::read::{Batch, Block, ChunkState, ModuleStreams, Prepared, Role};
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
    /// by position among the pass's steps: what a train step extracted
    pub extracts: Vec<Option<Vec<f32>>>,
    /// `[module][stream]`, empty when the frame is not written
    pub out: Vec<Vec<Option<RowOut>>>,
    pub damage: Option<Error>,
    /// by module: the error of what is written
    pub achieved: Vec<(usize, Achieved)>,
    pub measured: Option<Measured>,
    /// the steps saw no good pixel
    pub blank: bool,
    /// of the first such frame of a block: smallest, middle and largest pixel as stored
    pub blank_values: Option<[f64; 3]>,
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
    pub outputs: &'a OutputPlan,
    pub bad: &'a [Vec<u32>],
    pub prepared: &'a Prepared,
    pub batch: &'a Batch,
    /// every frame belongs to the quality sample
    pub measure_all: bool,
}

/// # Errors
/// Damage, when the workflow says to stop at it.
pub fn process(task: &BlockTask<'_>, block: &Block, worker: &mut Worker) -> Result<BlockResult> {
    let steps = task.pass.steps.len();
    let mut result = BlockResult {
        block: block.clone(),
        frames: Vec::with_capacity(block.frames.len()),
        partials: (0..steps).map(|_| None).collect(),
        frames_in: vec![0; steps],
    };
    worker.left.fill(None);
    for &frame in &block.frames {
        let outcome = one_frame(task, block.train, frame, worker, &mut result);
        match outcome {
            Ok(done) => {
                if !done.out.is_empty() {
                    for (left, rows) in worker.left.iter_mut().zip(&task.prepared.frames.rows) {
                        *left = rows[frame].map(|row| (row.part, row.row));
                    }
                }
                result.frames.push(done);
            }
            // the other gain stages of the pulse may be written already
            Err(damage @ Error::Input { .. }) if task.job.detector.parallel_gain && task.pass.write.is_some() => {
                return Err(damage.with_hint(
                    "parallel gain: its pulse would lose one of three gain stages; leave the train out with `trains`",
                ));
            }
            Err(damage @ Error::Input { .. }) if task.job.bad_input != BadInput::Stop => {
                result.frames.push(FrameResult {
                    fate: FateCodes::UNREADABLE,
                    damage: Some(damage),
                    ..FrameResult::default()
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(result)
}

fn one_frame(
    task: &BlockTask<'_>,
    train: usize,
    frame: usize,
    worker: &mut Worker,
    block: &mut BlockResult,
) -> Result<FrameResult> {
    let BlockTask { job, pass, prepared, .. } = task;
    let train_id = prepared.frames.trains[train];
    worker.columns.clear();
    worker.columns.extend(prepared.columns.iter().map(|c| c[frame]));
    check_chunks(task, frame, train_id)?;
    if pass.pixels {
        decode_image(task, frame, train_id, worker)?;
    }
    ensure_writable(task, frame, train_id, worker)?;
    let sampled = pass.write.is_some()
        && job
            .quality
            .as_ref()
            .is_some_and(|q| task.measure_all || q.samples(train_id, prepared.frames.pulse_id[frame]));
    if sampled {
        worker.original.clone_from(&worker.image);
    }
    let mut done = FrameResult {
        rows: vec![None; pass.steps.len()],
        extracts: vec![None; pass.steps.len()],
        ..FrameResult::default()
    };
    if is_seen(job, pass) && worker.image.iter().all(|pixel| pixel.is_nan()) {
        done.blank = true;
        if !block.frames.iter().any(|f| f.blank) {
            done.blank_values = stored_values(task, frame, worker);
        }
    }
    for (position, &number) in pass.steps.iter().enumerate() {
        let planned = &job.steps[number];
        if let StepKind::Pixels(step) = &planned.step.kind {
            change_pixels(task, &**step, worker);
            continue;
        }
        let view = Frame {
            detector: &job.detector,
            train_id,
            pulse_id: prepared.frames.pulse_id[frame],
            cell_id: prepared.frames.cell_id[frame],
            present: &worker.present,
            image: &worker.image,
            columns: &worker.columns,
        };
        match &planned.step.kind {
            StepKind::Keep(keep) => match keep.verdict(&worker.columns) {
                Verdict::Keep => {}
                Verdict::Drop => done.fate = planned.fate,
                Verdict::NoData => done.fate = planned.fate + 1,
            },
            StepKind::Frame(step) => {
                let partial = block.partials[position].get_or_insert_with(|| step.begin());
                let mut made = vec![f64::NAN; planned.step.columns.len()];
                let by_frame = planned.step.outputs.first().is_some_and(|o| o.axis == crate::algorithm::Axis::Frame);
                let mut bytes = Vec::new();
                let declared = if by_frame { planned.step.outputs.as_slice() } else { &[] };
                let mut sink = RowSink::new(declared, &mut bytes);
                if let Some(working) = &mut worker.working[position] {
                    step.frame(&view, working, &mut made, &mut sink, partial);
                }
                block.frames_in[position] += 1;
                if by_frame {
                    done.rows[position] = Some(bytes);
                }
                for (i, value) in made.into_iter().enumerate() {
                    worker.columns[planned.first_column + i] = value;
                    done.columns.push((planned.first_column + i, value));
                }
            }
            StepKind::Train(step) => {
                let mut values = vec![0.0; step.extract_len()];
                step.extract(&view, &mut values);
                done.extracts[position] = Some(values);
                block.frames_in[position] += 1;
            }
            StepKind::Metadata(_) | StepKind::Table(_) | StepKind::Pixels(_) | StepKind::Write(_) => {}
        }
        if done.fate != FateCodes::KEPT {
            return Ok(done);
        }
    }
    if pass.write.is_some() {
        done.out = write_frame(task, frame, train_id, sampled, worker, &mut done.achieved).map_err(|e| match e {
            // sums hold the frame: to call it unreadable now would leave it in them
            Error::Input { what, place, .. } if job.bad_input != BadInput::Stop && is_seen(job, pass) => {
                Error::bug(format!("damage was found behind the steps: {what}"), place)
            }
            other => other,
        })?;
        if sampled {
            done.measured = Some(measure(task, frame, train_id, &done.out, worker)?);
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

fn decode_image(task: &BlockTask<'_>, frame: usize, train_id: u64, worker: &mut Worker) -> Result<()> {
    let detector = &*task.job.detector;
    let pixels = detector.module_pixels();
    let share = detector.cells_per_row > 1;
    for (module, streams) in task.modules.iter().enumerate() {
        let image = &mut worker.image[module * pixels..(module + 1) * pixels];
        let row = task.prepared.frames.rows[module][frame];
        worker.present[module] = row.is_some();
        let Some(row) = row else {
            image.fill(f32::NAN);
            continue;
        };
        for (number, stream) in streams.streams.iter().enumerate().filter(|(_, s)| s.decoded) {
            let Some(part) = stream.parts[row.part as usize].as_ref() else { continue };
            let is_mask = Some(number) == streams.mask;
            let bytes = if is_mask { &mut worker.mask } else { &mut worker.rows[module] };
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
                    let all = &mut worker.pixels[module * pixels..(module + 1) * pixels];
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
fn stored_values(task: &BlockTask<'_>, frame: usize, worker: &Worker) -> Option<[f64; 3]> {
    let detector = &*task.job.detector;
    let pixels = detector.module_pixels();
    let mut all: Vec<f32> = Vec::new();
    for (module, streams) in task.modules.iter().enumerate() {
        let (Some(row), Some(stream)) = (task.prepared.frames.rows[module][frame], streams.streams.first()) else {
            continue;
        };
        let size = stream.element.size();
        let start = row.cell as usize * detector.planes.max(1) * pixels * size;
        let Some(bytes) = worker.rows[module].get(start..start + pixels * size) else { continue };
        let first = all.len();
        all.resize(first + pixels, f32::NAN);
        numbers(stream.element, bytes, &mut all[first..]);
    }
    let spread = Spread::of(all.into_iter().map(f64::from))?;
    Some([spread.minimum, spread.median, spread.maximum])
}

/// Applies a step to the pixels as stored, and makes the image anew: bad pixels stay bad.
fn change_pixels(task: &BlockTask<'_>, step: &dyn PixelStep, worker: &mut Worker) {
    let pixels = task.job.detector.module_pixels();
    let present = worker.present.iter().enumerate().filter(|(_, p)| **p);
    for (module, _) in present {
        let range = module * pixels..(module + 1) * pixels;
        step.apply(module, &mut worker.pixels[range.clone()]);
        for (image, changed) in worker.image[range.clone()].iter_mut().zip(&worker.pixels[range]) {
            if !image.is_nan() {
                *image = *changed;
            }
        }
    }
}

fn write_frame(
    task: &BlockTask<'_>,
    frame: usize,
    train_id: u64,
    sampled: bool,
    worker: &mut Worker,
    achieved: &mut Vec<(usize, Achieved)>,
) -> Result<Vec<Vec<Option<RowOut>>>> {
    let mut out = Vec::with_capacity(task.modules.len());
    for (module, streams) in task.modules.iter().enumerate() {
        // the cells of a row leave together: the first that is kept takes the row along; one that is measured needs it again
        let row = task.prepared.frames.rows[module][frame];
        let row = row.filter(|row| sampled || worker.left[module] != Some((row.part, row.row)));
        let mut of_module = Vec::with_capacity(streams.streams.len());
        for (number, stream) in streams.streams.iter().enumerate() {
            let plan = task.outputs.streams[module][number].as_ref();
            let (Some(row), Some(plan)) = (row, plan) else {
                of_module.push(None);
                continue;
            };
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
                if !(stream.decoded && image) {
                    let bytes = &mut worker.rows[module];
                    decode_row(stream, chunks, row, false, bytes, &mut worker.codec).map_err(|e| {
                        let file = &task.job.run.files[part.file].path;
                        locate(e, file, &task.job.detector.modules[module].source, &stream.key, row.row, train_id)
                    })?;
                }
                if image && task.pass.changes {
                    let pixels = task.job.detector.module_pixels();
                    let changed = &worker.pixels[module * pixels..(module + 1) * pixels];
                    restore(stream.element, changed, &mut worker.rows[module]);
                }
                let mut bytes = Vec::new();
                let (filter_mask, error) = plan.encode(&worker.rows[module], &mut bytes, &mut worker.codec)?;
                achieved.extend(error.map(|e| (module, e)));
                RowOut::Encoded { bytes, filter_mask }
            } else {
                RowOut::Piece { part: row.part, chunk: chunk_number, row: row.row, stored: stored.clone() }
            }));
        }
        out.push(of_module);
    }
    Ok(out)
}
