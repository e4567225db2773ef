//! How much there is to do, by the index alone: frames of each sequence before anything is dropped. Those who watch a run
//! compare with it, from the first moment to the last.

use super::standing::Standing;
use super::start::Start;
use super::Meter;
use crate::plan::Job;
use std::collections::HashMap;
use trainyard_format::words::counted;
use trainyard_format::Result;

pub struct Extent {
    /// by sequence
    frames: Vec<u64>,
}

/// Frames of the selected trains, as INDEX counts them.
pub fn frames_by_index(job: &Job) -> u64 {
    Extent::of(job).frames.iter().fold(0, |sum, frames| sum.saturating_add(*frames))
}

impl Extent {
    pub fn of(job: &Job) -> Self {
        let positions: HashMap<u64, usize> = job.trains.iter().enumerate().map(|(at, &train)| (train, at)).collect();
        // a frame of a train is a frame of that module which has most of them
        let mut most = vec![0u64; job.trains.len()];
        for module in &job.detector.modules {
            let mut own = vec![0u64; job.trains.len()];
            for part in &module.parts {
                let file = &job.run.files[part.file];
                let group = &file.sources[part.source].groups[part.group];
                for (train, count) in file.trains.iter().zip(&group.count) {
                    if let Some(&at) = positions.get(train) {
                        own[at] = own[at].saturating_add(*count);
                    }
                }
            }
            most.iter_mut().zip(own).for_each(|(most, own)| *most = own.max(*most));
        }
        let cells = job.detector.cells_per_row as u64;
        let of_trains = |trains: &std::ops::Range<usize>| {
            let rows = most[trains.clone()].iter().fold(0u64, |sum, rows| sum.saturating_add(*rows));
            rows.saturating_mul(cells)
        };
        Extent { frames: job.sequences.iter().map(of_trains).collect() }
    }

    /// (sequences, frames) of all phases of which `has` is true.
    fn of_all(&self, job: &Job, has: impl Fn(usize, usize) -> bool) -> (u64, u64) {
        let mut all = (0u64, 0u64);
        for pass in 0..job.passes.len() {
            for (_, frames) in self.frames.iter().enumerate().filter(|(sequence, _)| has(pass, *sequence)) {
                all = (all.0 + 1, all.1.saturating_add(*frames));
            }
        }
        all
    }

    /// What a round has before it, beside what this start has done by then. What stands before the first is the work of
    /// earlier starts.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn tell(&self, start: &Start<'_>, first: bool) -> Result<()> {
        let (job, meter) = (start.job, start.meter);
        let standing: Standing = start.standing()?;
        let stands = |pass, sequence| standing.sequences.contains_key(&(pass, sequence));
        let (sequences, frames) = self.of_all(job, |pass, sequence| !stands(pass, sequence));
        let done = meter.share() + start.ranks.reported();
        Meter::set(&meter.frames_planned, done.frames.saturating_add(frames));
        Meter::set(&meter.files_planned, done.files + start.slow.len().saturating_sub(standing.slow.len()) as u64);
        if first {
            let (before, frames) = self.of_all(job, stands);
            Meter::set(&meter.sequences_planned, sequences);
            Meter::set(&meter.sequences_before, before);
            Meter::set(&meter.frames_before, frames);
            Meter::set(&meter.files_before, standing.slow.len() as u64);
            if before > 0 || !standing.slow.is_empty() {
                let (all, files) = (before + sequences, start.slow.len());
                let copied = standing.slow.len();
                tracing::info!(
                    "resumed: earlier starts finished {before} of {}, {copied} of {} of slow data",
                    counted(all, "sequence"),
                    counted(files, "file")
                );
            }
        }
        Ok(())
    }
}
