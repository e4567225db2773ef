//! What a plan will cost, from the index alone: frames after pushdown, bytes, and a rough time.

use super::memory::streams;
use crate::algorithm::{Grouping, OutputDecl, StepKind};
use crate::plan::{Job, Pass, PlannedStep};
use crate::read::{prepare, ModuleStreams, Prepared, TableShare};
use crate::store::slow_units;
use trainyard_format::Result;

/// Rates of one core, for predictions only: decoding with analysis, and moving stored bytes.
const DECODED_PER_SECOND: f64 = 1.0e9;
const MOVED_PER_SECOND: f64 = 1.5e9;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct PassEstimate {
    pub frames: u64,
    /// stored bytes to be read
    pub bytes: u64,
    /// bytes after decoding, 0 when nothing is decoded
    pub decoded: u64,
    /// the most expensive sequence: stored and decoded bytes
    pub largest: (u64, u64),
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estimate {
    pub passes: Vec<PassEstimate>,
    pub slow_bytes: u64,
    /// upper bound: every frame that is read is written as large as it was
    pub output_bytes: u64,
}

impl Estimate {
    fn time((stored, decoded): (u64, u64), cores: usize) -> f64 {
        stored as f64 / MOVED_PER_SECOND + decoded as f64 / (DECODED_PER_SECOND * cores.max(1) as f64)
    }

    /// Seconds for the whole run.
    pub fn seconds(&self, cores: usize, nodes: usize) -> f64 {
        let passes: f64 = self.passes.iter().map(|p| Self::time((p.bytes, p.decoded), cores)).sum();
        (passes + self.slow_bytes as f64 / MOVED_PER_SECOND) / nodes.max(1) as f64
    }

    /// Seconds for the longest sequence of any pass, on one node.
    pub fn longest_sequence(&self, cores: usize) -> f64 {
        self.passes.iter().map(|p| Self::time(p.largest, cores)).fold(0.0, f64::max)
    }
}

/// # Errors
/// Metadata that cannot be read.
pub fn estimate(job: &Job) -> Result<Estimate> {
    let mut passes = Vec::new();
    let mut output = 0;
    for (number, pass) in job.passes.iter().enumerate() {
        let modules = streams(job, pass)?;
        let mut total = PassEstimate::default();
        for sequence in 0..job.sequences.len() {
            // later passes see what the first one leaves: what tables will drop is not known yet
            let prepared = if number == 0 {
                prepare(job, 0, sequence, None, TableShare::default(), &[])?.0
            } else {
                all_frames(job, sequence)?
            };
            let (frames, stored, decoded) = cost(job, pass, &modules, &prepared);
            total.frames += frames;
            total.bytes += stored;
            total.decoded += decoded;
            total.largest = total.largest.max((stored, decoded));
        }
        output += total.bytes.saturating_mul(pass.writes.len() as u64);
        passes.push(total);
    }
    let slow_bytes = slow_units(job).iter().map(|u| job.run.files[u.file].stamp.size).sum();
    Ok(Estimate { passes, slow_bytes, output_bytes: output + results(job) + slow_bytes })
}

/// Bytes of rows and maps, if every frame takes part. Lists are as long as what is found, and count as nothing.
fn results(job: &Job) -> u64 {
    let longest = job.longest_train;
    let trains = job.trains.len() as u64;
    let row = |outputs: &[OutputDecl]| outputs.iter().map(|output| output.row_bytes() as u64).sum::<u64>();
    let of_step = |planned: &PlannedStep| {
        let step = &planned.step;
        let frames = trains.saturating_mul(longest).saturating_mul(row(step.rows.by_frame()));
        let maps = match &step.kind {
            StepKind::Accumulate(kind) if *kind.grouping() != Grouping::Train => {
                let tiles = kind.grouping().most(longest).saturating_mul(job.detector.modules.len() as u64);
                tiles.saturating_mul(row(&step.maps))
            }
            _ => 0,
        };
        frames.saturating_add(trains.saturating_mul(row(step.rows.by_train()))).saturating_add(maps)
    };
    job.steps.iter().map(of_step).fold(0, u64::saturating_add)
}

fn all_frames(job: &Job, sequence: usize) -> Result<Prepared> {
    let (mut prepared, _) = prepare(job, 0, sequence, None, TableShare::default(), &[])?;
    let alive = |f: &usize| prepared.fates[*f] == crate::plan::FateCodes::KEPT;
    let frames: Vec<usize> = (0..prepared.fates.len()).filter(alive).collect();
    prepared.blocks = vec![crate::read::Block { train: 0, frames }];
    Ok(prepared)
}

/// Frames, stored bytes and decoded bytes of one sequence.
fn cost(job: &Job, pass: &Pass, modules: &[ModuleStreams], prepared: &Prepared) -> (u64, u64, u64) {
    if !pass.reads() {
        return (0, 0, 0);
    }
    let frames: u64 = prepared.blocks.iter().map(|b| b.frames.len() as u64).sum();
    let all = prepared.frames.len().max(1) as u64;
    let (mut stored, mut decoded) = (0u64, 0u64);
    for (module, streams) in modules.iter().enumerate() {
        let rows = prepared.frames.rows[module].iter().flatten().count() as u64;
        for stream in &streams.streams {
            let (mut bytes, mut count) = (0u64, 0u64);
            for part in &job.detector.modules[module].parts {
                let group = &job.run.files[part.file].sources[part.source].groups[part.group];
                if let Some(dataset) = group.dataset(&stream.key) {
                    bytes = bytes.saturating_add(dataset.stored_bytes);
                    count += dataset.rows();
                }
            }
            // the mean stored size of a row, times the rows wanted
            let wanted = rows * frames / all;
            stored += (bytes as f64 / count.max(1) as f64 * wanted as f64) as u64;
            if stream.decoded {
                decoded += wanted * stream.row_bytes as u64 / job.detector.cells_per_row as u64;
            }
        }
    }
    (frames, stored, decoded)
}
