//! The memory of one rank: one account for all kinds of step, by which batches are cut and a budget is refused.
//!
//! | what | how much |
//! |---|---|
//! | workers | scratch, and as many decoded frames as they work on at once |
//! | maps | of accumulating steps the state of every pixel in every group |
//! | partials | of each step one a level of the tree of trains, and those of the blocks in flight |
//! | trains | what train steps take from the frames of the longest train, gathered |
//! | rows | what waits for its file |
//! | batches | stored chunks, decoded chunks that frames share, results: as much as is left, in three batches |

use crate::algorithm::StepKind;
use crate::compute::Worker;
use crate::plan::{Job, Pass};
use crate::read::{ModuleStreams, BLOCK_FRAMES};
use crate::store::RowSpool;
use trainyard_format::Result;

/// Batches in flight: one being read, one computed, one written.
pub const BATCHES: u64 = 3;

/// What one pass takes on one rank, the batches left out.
pub fn fixed(job: &Job, pass: &Pass, modules: &[ModuleStreams], threads: usize) -> u64 {
    let workers = (threads as u64).saturating_mul(Worker::memory(job, pass, modules));
    let steps = || pass.steps.iter().map(|&step| &job.steps[step].step);
    let (mut partials, mut trains) = (0u64, 0u64);
    let longest = longest_train(job);
    let levels = u64::from(usize::BITS - job.sequences.iter().map(|s| s.len()).max().unwrap_or(0).leading_zeros());
    for step in steps() {
        match &step.kind {
            StepKind::Frame(step) => partials += (levels + 1).saturating_mul(step.memory() as u64),
            StepKind::Train(step) => {
                let extracted = longest.saturating_mul((step.extract_len() * size_of::<f32>()) as u64);
                trains = trains.saturating_add(extracted);
                partials += (levels + 1 + threads as u64).saturating_mul(step.memory() as u64);
            }
            // the state while frames come, and one map of it at rest
            StepKind::Accumulate(step) => {
                let pixels = (job.detector.modules.len() * job.detector.module_pixels()) as u64;
                let groups = step.grouping().most(longest);
                let bytes = pixels.saturating_mul(step.pixel_bytes() as u64);
                partials = partials.saturating_add(bytes.saturating_mul(groups.saturating_add(1)));
            }
            _ => {}
        }
    }
    let spooled = steps().filter(|step| step.rows.row_bytes() > 0 || step.list.is_some()).count();
    let rows = if spooled > 0 { RowSpool::most_bytes(spooled) } else { 0 };
    workers.saturating_add(partials).saturating_add(trains).saturating_add(rows)
}

/// Frames of the selected train that has most.
fn longest_train(job: &Job) -> u64 {
    let of_module = |module: &trainyard_format::detector::Module| {
        let counts = module.parts.iter().filter_map(|part| {
            let file = job.run.files.get(part.file)?;
            let group = file.sources.get(part.source)?.groups.get(part.group)?;
            let wanted = file.trains.iter().zip(&group.count).filter(|(id, _)| job.trains.binary_search(id).is_ok());
            wanted.map(|(_, count)| *count).max()
        });
        counts.max().unwrap_or(0)
    };
    let rows = job.detector.modules.iter().map(of_module).max().unwrap_or(0);
    rows.saturating_mul(job.detector.cells_per_row as u64)
}

/// The least memory with which `threads` workers can do the job: three blocks in flight beside all else.
///
/// # Errors
/// Input whose streams disagree.
pub fn minimum_memory(job: &Job, threads: usize) -> Result<u64> {
    let mut most = 0;
    for pass in &job.passes {
        let modules = streams(job, pass)?;
        let rows: u64 = modules
            .iter()
            .flat_map(|m| &m.streams)
            .map(|s| {
                let rows = s.parts.iter().flatten().map(|p| p.rows_per_chunk).max().unwrap_or(1);
                // stored and encoded anew by each writer, all at most about as large as the pixels
                (1 + pass.writes.len().max(1) as u64) * s.row_bytes as u64 * (BLOCK_FRAMES as u64).max(rows)
            })
            .sum();
        let results =
            BLOCK_FRAMES as u64 * pass.steps.iter().map(|&s| job.steps[s].step.frame_bytes(&job.detector)).sum::<u64>();
        most = most.max(BATCHES * (rows + results) + fixed(job, pass, &modules, threads));
    }
    Ok(most)
}

pub fn streams(job: &Job, pass: &Pass) -> Result<Vec<ModuleStreams>> {
    job.detector.modules.iter().enumerate().map(|(at, m)| ModuleStreams::of(job, pass, at, m)).collect()
}
