//! The memory of one rank: one account for all kinds of step, by which batches are cut and a budget is refused.
//!
//! | what | how much |
//! |---|---|
//! | workers | scratch, and as many decoded frames as they work on at once |
//! | maps | of accumulating steps the state of every pixel in every group; in a pass by modules as much of it as there is room for, at
//!          least one group of one module; and what is on its way to the disk |
//! | partials | of each step one a level of the tree of trains, and those of the blocks in flight |
//! | trains | what train steps take from the frames of the longest train, gathered |
//! | rows | what waits for its file |
//! | batches | stored chunks, decoded chunks that frames share, results: as much as is left, in three batches |

use crate::algorithm::{Plane, StepKind};
use crate::compute::Worker;
use crate::plan::{Job, Pass};
use crate::read::{ModuleStreams, Stream, BLOCK_FRAMES};
use crate::store::RowSpool;
use trainyard_format::Result;

/// Batches in flight: one being read, one computed, one written.
pub const BATCHES: u64 = 3;

/// What one pass takes on one rank, the batches left out.
pub fn fixed(job: &Job, pass: &Pass, modules: &[ModuleStreams], threads: usize) -> u64 {
    let workers = (threads as u64).saturating_mul(Worker::memory(job, pass, modules));
    let planned = || pass.steps.iter().map(|&step| &job.steps[step]);
    let steps = || planned().map(|planned| &planned.step);
    let (mut partials, mut trains) = (0u64, 0u64);
    let longest = job.longest_train;
    let levels = u64::from(usize::BITS - job.sequences.iter().map(|s| s.len()).max().unwrap_or(0).leading_zeros());
    for planned in planned() {
        match &planned.step.kind {
            StepKind::Frame(step) => partials += (levels + 1).saturating_mul(step.memory() as u64),
            StepKind::Train(step) => {
                let extracted = longest.saturating_mul((step.extract_len() * size_of::<f32>()) as u64);
                trains = trains.saturating_add(extracted);
                partials += (levels + 1 + threads as u64).saturating_mul(step.memory() as u64);
            }
            StepKind::Accumulate(step) => {
                let tile = (planned.sees.module_pixels() * step.pixel_bytes()) as u64;
                let tiles = match pass.by_module {
                    true => 1,
                    false => step.grouping().most(longest).saturating_mul(job.detector.modules.len() as u64),
                };
                // each thread turns one into bytes
                partials = partials.saturating_add(tile.saturating_mul(tiles.saturating_add(2 * threads as u64)));
            }
            _ => {}
        }
    }
    let spooled = steps().filter(|step| step.rows.row_bytes() > 0 || step.list.is_some()).count();
    let rows = if spooled > 0 { RowSpool::most_bytes(spooled) } else { 0 };
    workers.saturating_add(partials).saturating_add(trains).saturating_add(rows)
}

/// The least memory with which `threads` workers can do the job: three blocks in flight beside all else.
///
/// # Errors
/// Input whose streams disagree.
pub fn minimum_memory(job: &Job, threads: usize) -> Result<u64> {
    let mut most = 0;
    for pass in &job.passes {
        let modules = streams(job, pass)?;
        most = most.max(BATCHES * least_batch(job, pass, &modules) + fixed(job, pass, &modules, threads));
    }
    Ok(most)
}

/// The least that a batch takes: one block, in a pass by modules of one of them.
pub fn least_batch(job: &Job, pass: &Pass, modules: &[ModuleStreams]) -> u64 {
    match pass.by_module {
        true => modules.iter().map(|one| block_bytes(job, pass, std::slice::from_ref(one))).max().unwrap_or(0),
        false => block_bytes(job, pass, modules),
    }
}

fn block_bytes(job: &Job, pass: &Pass, modules: &[ModuleStreams]) -> u64 {
    let of_stream = |s: &Stream| {
        let rows = s.parts.iter().flatten().map(|p| p.rows_per_chunk).max().unwrap_or(1);
        // stored and encoded anew by each writer, all at most about as large as the pixels
        (1 + pass.writes.len().max(1) as u64) * s.row_bytes as u64 * (BLOCK_FRAMES as u64).max(rows)
    };
    let rows: u64 = modules.iter().flat_map(|m| &m.streams).map(of_stream).sum();
    let results: u64 = pass.steps.iter().map(|&s| job.steps[s].step.frame_bytes(&job.steps[s].detector)).sum();
    let made = made_bytes(job, pass);
    rows + BLOCK_FRAMES as u64
        * (made + (results * modules.len() as u64).div_ceil(job.detector.modules.len().max(1) as u64))
}

/// Bytes that steps make of one frame, beside what is as large as it came: pixels of another type or shape, gain, mask.
pub fn made_bytes(job: &Job, pass: &Pass) -> u64 {
    let (written, read) = (job.written(), &job.read);
    if pass.writes.is_empty() || written.is_as(read) {
        return 0;
    }
    let made = |plane: Plane, size: u64| if plane == Plane::Made { size } else { 0 };
    let pixel = (written.planes.max(1) * written.element.size()) as u64 + made(written.gain, 1) + made(written.mask, 4);
    pixel.saturating_mul(written.pixels() as u64)
}

pub fn streams(job: &Job, pass: &Pass) -> Result<Vec<ModuleStreams>> {
    job.detector.modules.iter().enumerate().map(|(at, m)| ModuleStreams::of(job, pass, at, m)).collect()
}
