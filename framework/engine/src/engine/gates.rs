//! Quality gates at the end of a run: at least one kept frame is measured, and every limit is held against what was.

use super::memory::streams;
use super::round::output_plans;
use crate::compute::{process, BlockTask, Workers};
use crate::plan::{DroppedModule, Job, Quality};
use crate::read::{leave_out, Block, FetchOptions, Fetcher, Prepared, Window};
use crate::store::{LostRows, Part};
use std::sync::Arc;
use trainyard_format::{Error, Place, Result};

/// Measures the kept frame that draws the least, when none of the kept frames is in the sample. It is read and encoded once
/// more, to the same bytes: which frame it is depends on the run alone, and is known only now.
///
/// # Errors
/// Input that can no longer be read.
pub fn measure_one(job: &Job, parts: &mut [Part], dropped: &[DroppedModule]) -> Result<()> {
    let Some(quality) = &job.quality else { return Ok(()) };
    if parts.iter().any(|p| !p.measured.is_empty()) {
        return Ok(());
    }
    let Some((sequence, train, frame)) = least(job, quality, parts) else { return Ok(()) };
    let Some(number) = job.passes.iter().position(|p| !p.writes.is_empty()) else { return Ok(()) };
    let pass = &job.passes[number];
    let modules = streams(job, pass)?;
    let outputs = output_plans(job, pass, &modules)?;
    let block = Block { train, frames: vec![frame] };
    let (mut frames, _) = job.detector.frames(&job.run, job.sequence_trains(sequence), &job.pool)?;
    leave_out(&mut frames, dropped);
    let prepared = Prepared {
        sequence,
        frames,
        fates: parts[sequence].fates.clone(),
        taken: parts[sequence].taken.clone(),
        columns: parts[sequence].columns.clone(),
        blocks: vec![block.clone()],
        judged: Vec::new(),
        output_bytes: 0,
        recodes: outputs.len() as u64,
        problems: Vec::new(),
        lost: LostRows::default(),
    };
    let fetcher = Fetcher::new(job, &modules, FetchOptions::default())?;
    let tables = fetcher.tables(&prepared)?;
    let batch = fetcher.fetch(&prepared, &tables, &Arc::new(Window::whole(modules.len())), vec![block.clone()])?;
    let bad = super::absorb::bad_pixels(job);
    let task = BlockTask {
        job,
        pass,
        modules: &modules,
        outputs: &outputs,
        bad: &bad,
        prepared: &prepared,
        batch: &batch,
        measure_all: true,
    };
    let done = Workers::new(job, pass).with(|worker| process(&task, &block, worker))?;
    let measured: Vec<_> = done.frames.into_iter().flat_map(|f| f.measured).collect();
    if measured.is_empty() {
        return Err(Error::bug("a kept frame could not be measured", Place::default()));
    }
    parts[sequence].measured.extend(measured.into_iter().map(|m| (frame as u32, m)));
    Ok(())
}

/// (sequence, train in it, frame in it) of the kept frame that draws the least.
fn least(job: &Job, quality: &Quality, parts: &[Part]) -> Option<(usize, usize, usize)> {
    let mut least: Option<(f64, (usize, usize, usize))> = None;
    for (sequence, part) in parts.iter().enumerate() {
        for (train, &id) in job.sequence_trains(sequence).iter().enumerate() {
            for frame in part.starts[train]..part.starts[train + 1] {
                let draw = quality.draw(id, part.pulse_id[frame]);
                let written = part.fates[frame] == 0 && part.taken.get(frame) != Some(&0);
                if written && least.is_none_or(|(other, _)| draw < other) {
                    least = Some((draw, (sequence, train, frame)));
                }
            }
        }
    }
    least.map(|(_, place)| place)
}

/// Frames that were measured, each once.
pub fn distinct(parts: &[Part]) -> usize {
    let of = |part: &Part| part.measured.chunk_by(|a, b| a.0 == b.0).count();
    parts.iter().map(of).sum()
}

/// Every sampled frame against every limit, and every limit against the sample: one that could be measured in no frame holds
/// for none.
///
/// # Errors
/// The gate that refuses.
pub fn check(job: &Job, parts: &[Part]) -> Result<()> {
    let Some(quality) = &job.quality else { return Ok(()) };
    for (sequence, part) in parts.iter().enumerate() {
        for (frame, measured) in &part.measured {
            for &(metric, limit) in &quality.limits {
                let Some(value) = measured.value(metric).filter(|v| !metric.meets(*v, limit)) else { continue };
                let train = part.starts.partition_point(|&s| s <= *frame as usize) - 1;
                let train = job.sequence_trains(sequence)[train];
                let pulse = part.pulse_id[*frame as usize];
                let what = format!("{} of pulse {pulse} is {value:.6}, the limit is {limit}", metric.name());
                let place = Place::default().source(&job.detector.name).train(train);
                return Err(Error::gate(what, place)
                    .with_hint("nothing was published: choose a smaller bound, or loosen the limit in `quality`"));
            }
        }
    }
    let sampled = || parts.iter().flat_map(|p| &p.measured);
    let frames = distinct(parts);
    for &(metric, _) in quality.limits.iter().filter(|_| frames > 0) {
        if sampled().all(|(_, measured)| measured.value(metric).is_none()) {
            let what = format!("{} could not be measured in any of {frames} sampled frames", metric.name());
            return Err(Error::gate(what, Place::default().source(&job.detector.name)).with_hint(
                "nothing was published: take a larger `sample`, or leave the limit out; frames without a good pixel, or with \
                 one value alone, have no such measure",
            ));
        }
    }
    Ok(())
}
