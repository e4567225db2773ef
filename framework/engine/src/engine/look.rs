//! Single frames of the input, read once more when the run is over: for those who want to see what was reduced.
//!
//! A frame is the image that the first step saw: masked, `NaN` where it is bad, before any step changed it. Frames come in the
//! order asked for, whatever reads and decodes them.

use super::absorb::bad_pixels;
use super::memory::streams;
use crate::algorithm::Modules;
use crate::compute::{look, BlockTask, Workers};
use crate::plan::{Job, Pass};
use crate::read::{Block, FetchOptions, Fetcher, ModuleStreams, Prepared, Window};
use crate::store::LostRows;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use trainyard_format::{Error, Result};

/// Bytes of images that are held at once.
const AT_ONCE: usize = 64 << 20;
/// Most frames that are read together.
const TOGETHER: usize = 64;

/// Reads frames of a run that is planned.
pub struct Looker<'a> {
    job: &'a Job,
    pass: Pass,
    modules: Vec<ModuleStreams>,
    bad: Vec<Vec<u32>>,
}

/// A frame that was looked at.
pub struct Seen {
    pub train: u64,
    pub pulse: u64,
    pub cell: u16,
    /// `[module, slow, fast]`
    pub image: Vec<f32>,
}

impl<'a> Looker<'a> {
    /// # Errors
    /// Streams whose files disagree.
    pub fn new(job: &'a Job) -> Result<Self> {
        let pass = Pass { pixels: true, modules: Modules::All, ..Pass::default() };
        let modules = streams(job, &pass)?;
        Ok(Looker { job, bad: bad_pixels(job), pass, modules })
    }

    /// Calls `each` with the number of every frame asked for (train, pulse) that can be read, in their order within a sequence,
    /// sequence by sequence. What is damaged or gone is left out. Gives the stored bytes that were read.
    ///
    /// # Errors
    /// Failures of the machine; those of `each`.
    pub fn look(&self, wanted: &[(u64, u64)], mut each: impl FnMut(usize, Seen) -> Result<()>) -> Result<u64> {
        let fetcher = Fetcher::new(self.job, &self.modules, FetchOptions::default())?;
        let workers = Workers::new(self.job, &self.pass);
        let mut by_sequence: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, (train, _)) in wanted.iter().enumerate() {
            if let Some(sequence) = self.sequence_of(*train) {
                by_sequence.entry(sequence).or_default().push(number);
            }
        }
        let window = Arc::new(Window::whole(self.modules.len()));
        let mut bytes = 0;
        for (sequence, numbers) in by_sequence {
            let (prepared, places) = self.prepare(sequence, &numbers, wanted)?;
            let tables = fetcher.tables(&prepared)?;
            for group in self.groups(places.len()) {
                let (Some(blocks), Some(places)) = (prepared.blocks.get(group.clone()), places.get(group)) else {
                    continue;
                };
                let batch = fetcher.fetch(&prepared, &tables, &window, blocks.to_vec())?;
                bytes += batch.bytes;
                let task = BlockTask {
                    job: self.job,
                    pass: &self.pass,
                    modules: &self.modules,
                    outputs: &[],
                    bad: &self.bad,
                    prepared: &prepared,
                    batch: &batch,
                    measure_all: false,
                };
                let seen: Vec<Result<Seen>> = blocks.par_iter().map(|block| one(&task, &workers, block)).collect();
                for (number, seen) in places.iter().zip(seen) {
                    match seen {
                        Ok(seen) => each(*number, seen)?,
                        // damage was told by the run itself
                        Err(Error::Input { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
            }
        }
        Ok(bytes)
    }

    fn sequence_of(&self, train: u64) -> Option<usize> {
        let position = self.job.trains.binary_search(&train).ok()?;
        self.job.sequences.iter().position(|sequence| sequence.contains(&position))
    }

    /// Frames that are there, each a block of its own, with the number by which they were asked for.
    fn prepare(&self, sequence: usize, numbers: &[usize], wanted: &[(u64, u64)]) -> Result<(Prepared, Vec<usize>)> {
        let asked = |number: &usize| wanted.get(*number).copied().unwrap_or_default();
        let mut trains: Vec<u64> = numbers.iter().map(|number| asked(number).0).collect();
        trains.sort_unstable();
        trains.dedup();
        let (frames, problems) = self.job.detector.frames(&self.job.run, &trains, &self.job.pool)?;
        let mut places: Vec<(usize, usize, usize)> = Vec::new();
        for number in numbers {
            let (train, pulse) = asked(number);
            let Ok(t) = frames.trains.binary_search(&train) else { continue };
            let own = frames.starts[t]..frames.starts[t + 1];
            places.extend(own.clone().find(|&frame| frames.pulse_id[frame] == pulse).map(|frame| (frame, t, *number)));
        }
        places.sort_unstable();
        let blocks = places.iter().map(|&(frame, train, _)| Block { train, frames: vec![frame] }).collect();
        let count = frames.len();
        let prepared = Prepared {
            sequence,
            fates: vec![0; count],
            taken: Vec::new(),
            columns: Vec::new(),
            blocks,
            judged: Vec::new(),
            output_bytes: 0,
            recodes: 0,
            lost: LostRows::default(),
            problems,
            frames,
        };
        Ok((prepared, places.into_iter().map(|(_, _, number)| number).collect()))
    }

    fn groups(&self, count: usize) -> impl Iterator<Item = Range<usize>> {
        let image = self.job.detector.modules.len() * self.job.detector.module_pixels() * size_of::<f32>();
        let together = (AT_ONCE / image.max(1)).clamp(1, TOGETHER);
        (0..count).step_by(together).map(move |start| start..(start + together).min(count))
    }
}

fn one(task: &BlockTask<'_>, workers: &Workers<'_>, block: &Block) -> Result<Seen> {
    let frame = block.frames.first().copied().unwrap_or_default();
    let frames = &task.prepared.frames;
    let image = workers.with(|worker| look(task, block.train, frame, worker))?;
    Ok(Seen { train: frames.trains[block.train], pulse: frames.pulse_id[frame], cell: frames.cell_id[frame], image })
}
