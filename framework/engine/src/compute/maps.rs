//! Maps of one sequence, or of a window of it: the tiles of the steps that accumulate, each with one owner that takes the
//! frames in their order.

use super::block::BlockResult;
use super::told_by;
use crate::algorithm::{ErasedAccumulate, Grouping, Partial, RowSink, StepKind};
use crate::plan::{Job, Pass};
use crate::read::Window;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use trainyard_format::Result;

/// A step's tiles: by module of the window and group.
type Tiles = Vec<BTreeMap<u64, Partial>>;

pub struct Maps {
    modules: Range<usize>,
    /// (step, its tiles)
    steps: Vec<(usize, Tiles)>,
}

/// A tile at rest: (step, group, module, bytes).
pub type StoredTile = (usize, u64, usize, Vec<u8>);
/// (step, position of the train, row)
pub type TrainRow = (usize, usize, Vec<u8>);

impl Maps {
    pub fn new(job: &Job, pass: &Pass, window: &Window) -> Self {
        let tiles = || window.modules.clone().map(|_| BTreeMap::new()).collect();
        let accumulates = |step: &&usize| matches!(job.steps[**step].step.kind, StepKind::Accumulate(_));
        Maps {
            modules: window.modules.clone(),
            steps: pass.steps.iter().filter(accumulates).map(|&step| (step, tiles())).collect(),
        }
    }

    /// Adds the frames of a batch, in their order. Also gives the rows of trains that are complete with that.
    ///
    /// # Errors
    /// What a step cannot do.
    pub fn add(&mut self, job: &Job, pass: &Pass, results: &mut [BlockResult]) -> Result<Vec<TrainRow>> {
        let mut rows = Vec::new();
        for (number, tiles) in &mut self.steps {
            let planned = &job.steps[*number];
            let size = planned.detector.module_pixels();
            let StepKind::Accumulate(step) = &planned.step.kind else { continue };
            let Some(position) = pass.steps.iter().position(|s| s == number) else { continue };
            let frames = results.iter_mut().flat_map(|block| &mut block.frames);
            let images: Vec<(u64, Vec<f32>)> =
                frames.filter_map(|frame| frame.images.get_mut(position)?.take()).collect();
            tiles
                .par_iter_mut()
                .enumerate()
                .try_for_each(|(module, tiles)| {
                    for of_group in images.chunk_by(|a, b| a.0 == b.0) {
                        let pixels: Vec<&[f32]> =
                            of_group.iter().map(|(_, image)| &image[module * size..(module + 1) * size]).collect();
                        let tile = tiles.entry(of_group[0].0).or_insert_with(|| step.tile(size));
                        step.add(&pixels, tile)?;
                    }
                    Ok(())
                })
                .map_err(|e| told_by(planned, None, e))?;
            if *step.grouping() == Grouping::Train {
                // a later train has begun
                let last = images.last().map_or(0, |(group, _)| *group);
                close(job, *number, &**step, tiles, |train| train < last, &mut rows)?;
            }
        }
        Ok(rows)
    }

    /// The rows of the trains that are left.
    ///
    /// # Errors
    /// What a step cannot do.
    pub fn end(&mut self, job: &Job) -> Result<Vec<TrainRow>> {
        let mut rows = Vec::new();
        for (number, tiles) in &mut self.steps {
            if let StepKind::Accumulate(step) = &job.steps[*number].step.kind {
                if *step.grouping() == Grouping::Train {
                    close(job, *number, &**step, tiles, |_| true, &mut rows)?;
                }
            }
        }
        Ok(rows)
    }

    /// Lets go of the tiles: gives them at rest, as many at a time as there are threads.
    ///
    /// # Errors
    /// What a step cannot do; what `give` cannot.
    pub fn store(self, job: &Job, mut give: impl FnMut(StoredTile) -> Result<()>) -> Result<()> {
        for (number, tiles) in self.steps {
            let StepKind::Accumulate(step) = &job.steps[number].step.kind else { continue };
            let of_module = |(module, tiles): (usize, BTreeMap<u64, Partial>)| {
                tiles.into_iter().map(move |(group, tile)| (group, module, tile))
            };
            let mut tiles = self.modules.clone().zip(tiles).flat_map(of_module);
            loop {
                let some: Vec<(u64, usize, Partial)> = tiles.by_ref().take(rayon::current_num_threads()).collect();
                if some.is_empty() {
                    break;
                }
                let stored = some.into_par_iter().map(|(group, module, tile)| {
                    let bytes = step.store(&step.rest(tile)).map_err(|e| told_by(&job.steps[number], None, e))?;
                    Ok((number, group, module, bytes))
                });
                stored.collect::<Result<Vec<StoredTile>>>()?.into_iter().try_for_each(&mut give)?;
            }
        }
        Ok(())
    }
}

/// Trains that are complete become rows: each map of all modules, map after map.
fn close(
    job: &Job,
    number: usize,
    step: &dyn ErasedAccumulate,
    tiles: &mut Tiles,
    is_complete: impl Fn(u64) -> bool,
    rows: &mut Vec<TrainRow>,
) -> Result<()> {
    let planned = &job.steps[number];
    let told = |e| told_by(planned, None, e);
    let complete: Vec<u64> = tiles.iter().flat_map(|m| m.keys().copied()).filter(|&t| is_complete(t)).collect();
    for train in complete.into_iter().collect::<BTreeSet<u64>>() {
        let mut of_modules = Vec::with_capacity(tiles.len());
        for module in tiles.iter_mut() {
            let tile = module.remove(&train).unwrap_or_else(|| step.tile(planned.detector.module_pixels()));
            let mut bytes = Vec::new();
            let mut maps = RowSink::new(&planned.step.maps, &mut bytes);
            step.finish(&step.rest(tile), &mut maps).and_then(|()| maps.end()).map_err(told)?;
            of_modules.push(bytes);
        }
        let mut row = Vec::with_capacity(planned.step.rows.row_bytes());
        let mut start = 0;
        for map in &planned.step.maps {
            let end = start + map.row_bytes();
            of_modules.iter().for_each(|bytes| row.extend_from_slice(&bytes[start..end]));
            start = end;
        }
        rows.push((number, usize::try_from(train).unwrap_or(usize::MAX), row));
    }
    Ok(())
}
