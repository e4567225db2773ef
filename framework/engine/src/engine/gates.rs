//! Quality gates at the end of a run: at least one kept frame is measured, and every limit is held against what was.

use super::memory::streams;
use super::round::output_plan;
use crate::compute::{process, BlockTask, Workers};
use crate::plan::{Job, Quality};
use crate::read::{Block, FetchOptions, Fetcher, Prepared, Window};
use crate::store::{LostRows, Part};
use std::sync::Arc;
use trainyard_format::{Error, Place, Result};

/// Measures the kept frame that draws the least, when none of the kept frames is in the sample. It is read and encoded once
/// more, to the same bytes: which frame it is depends on the run alone, and is known only now.
///
/// # Errors
/// Input that can no longer be read.
pub fn measure_one(job: &Job, parts: &mut [Part]) -> Result<()> {
    let Some(quality) = &job.quality else { return Ok(()) };
    if parts.iter().any(|p| !p.measured.is_empty()) {
        return Ok(());
    }
    let Some((sequence, train, frame)) = least(job, quality, parts) else { return Ok(()) };
    let Some(number) = job.passes.iter().position(|p| p.write.is_some()) else { return Ok(()) };
    let pass = &job.passes[number];
    let modules = streams(job, pass)?;
    let outputs = output_plan(job, pass, &modules)?;
    let block = Block { train, frames: vec![frame] };
    let (frames, _) = job.detector.frames(&job.run, job.sequence_trains(sequence), &job.pool)?;
    let prepared = Prepared {
        sequence,
        frames,
        fates: parts[sequence].fates.clone(),
        columns: parts[sequence].columns.clone(),
        blocks: vec![block.clone()],
        judged: Vec::new(),
        output_bytes: 0,
        recodes: true,
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
    let measured = done.frames.into_iter().find_map(|f| f.measured);
    let measured = measured.ok_or_else(|| Error::bug("a kept frame could not be measured", Place::default()))?;
    parts[sequence].measured.push((frame as u32, measured));
    Ok(())
}

/// (sequence, train in it, frame in it) of the kept frame that draws the least.
fn least(job: &Job, quality: &Quality, parts: &[Part]) -> Option<(usize, usize, usize)> {
    let mut least: Option<(f64, (usize, usize, usize))> = None;
    for (sequence, part) in parts.iter().enumerate() {
        for (train, &id) in job.sequence_trains(sequence).iter().enumerate() {
            for frame in part.starts[train]..part.starts[train + 1] {
                let draw = quality.draw(id, part.pulse_id[frame]);
                if part.fates[frame] == 0 && least.is_none_or(|(other, _)| draw < other) {
                    least = Some((draw, (sequence, train, frame)));
                }
            }
        }
    }
    least.map(|(_, place)| place)
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
    let frames = sampled().count();
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
