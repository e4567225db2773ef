//! Maps over the whole run: the tiles of all sequences merged in the fixed tree and written as they become complete, as many in
//! memory at a time as there are threads.

use super::MapsFile;
use crate::algorithm::{ErasedAccumulate, Grouping, OutputDecl, Partial, RowSink, RunValues, StepKind};
use crate::compute::{told_by, Fold};
use crate::plan::{Job, PlannedStep};
use rayon::prelude::*;
use std::collections::BTreeSet;
use trainyard_format::map::Attribute;
use trainyard_format::write::{unit, FileWriter, RunArray};
use trainyard_format::{Error, Place, Result};

/// A pass over a sequence whose stored tiles are not as they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost {
    pub pass: usize,
    pub sequence: usize,
}

pub struct RunMaps<'j> {
    job: &'j Job,
    pool: rayon::ThreadPool,
    /// `[pass][sequence]`, of passes that leave maps
    files: Vec<Vec<MapsFile>>,
}

impl<'j> RunMaps<'j> {
    pub fn new(job: &'j Job, pool: rayon::ThreadPool, files: Vec<Vec<MapsFile>>) -> Self {
        RunMaps { job, pool, files }
    }

    fn files(&self, step: usize) -> &[MapsFile] {
        self.files.get(self.job.pass_of(step)).map(Vec::as_slice).unwrap_or_default()
    }

    /// What the groups of a step are.
    pub fn values(&self, number: usize) -> RunValues {
        let mut values = RunValues::default();
        let StepKind::Accumulate(step) = &self.job.steps[number].step.kind else { return values };
        let groups = self.groups(number);
        let ids: Vec<u64> = groups.into_iter().collect();
        match step.grouping() {
            Grouping::Pulse => values.u64("pulseId", &[ids.len()], &ids, ""),
            Grouping::Cell => values.u64("cellId", &[ids.len()], &ids, ""),
            Grouping::Bins { edges, .. } => {
                values.u64("bin", &[ids.len()], &ids, "");
                values.f64("edges", &[edges.len()], edges, "");
            }
            Grouping::Run | Grouping::Train => {}
        }
        if ids.is_empty() && *step.grouping() != Grouping::Train {
            values.warn("no frame took part");
        }
        values
    }

    fn groups(&self, number: usize) -> BTreeSet<u64> {
        self.files(number).iter().flat_map(|file| file.groups(number)).collect()
    }

    /// Writes the maps of a step, `[group, module, slow, fast]`; of the run as a whole without the first dimension.
    ///
    /// # Errors
    /// I/O errors; what the step cannot do.
    pub fn write(&self, number: usize, writer: &mut FileWriter) -> Result<std::result::Result<(), Lost>> {
        let planned = &self.job.steps[number];
        let StepKind::Accumulate(step) = &planned.step.kind else { return Ok(Ok(())) };
        let groups = self.groups(number);
        if groups.is_empty() {
            return Ok(Ok(()));
        }
        let modules = self.job.detector.modules.len();
        let by_group = (*step.grouping() != Grouping::Run).then_some(groups.len() as u64);
        let places: Vec<u64> = by_group.into_iter().chain([modules as u64]).collect();
        let mut arrays = Vec::with_capacity(planned.step.maps.len());
        for map in &planned.step.maps {
            arrays.push(begin(writer, &planned.source, map, &places)?);
        }
        let tiles: Vec<(u64, usize)> =
            groups.iter().flat_map(|&group| (0..modules).map(move |module| (group, module))).collect();
        for some in tiles.chunks(self.pool.current_num_threads().max(1)) {
            let merge = |&(group, module): &(u64, usize)| self.merged(number, &**step, group, module);
            let merged: Vec<_> = self.pool.install(|| some.par_iter().map(merge).collect::<Result<_>>())?;
            for tile in merged {
                let tile: Vec<u8> = match tile {
                    Ok(tile) => tile,
                    Err(lost) => return Ok(Err(lost)),
                };
                let mut rest = &tile[..];
                for (array, map) in arrays.iter_mut().zip(&planned.step.maps) {
                    let (own, behind) = rest.split_at(map.row_bytes());
                    writer.put_piece(array, own)?;
                    rest = behind;
                }
            }
        }
        arrays.into_iter().try_for_each(|array| writer.end_array(array)).map(Ok)
    }

    /// The maps of one module in one group, one behind the other.
    fn merged(
        &self,
        number: usize,
        step: &dyn ErasedAccumulate,
        group: u64,
        module: usize,
    ) -> Result<std::result::Result<Vec<u8>, Lost>> {
        let planned: &PlannedStep = &self.job.steps[number];
        let told = |e: Error| told_by(planned, None, e);
        let merge = |a: &mut Partial, b| step.merge(a, b);
        let mut fold = Fold::default();
        for (sequence, file) in self.files(number).iter().enumerate() {
            match file.tile(number, group, module)? {
                Some(Some(bytes)) => {
                    step.load(&bytes).and_then(|tile| fold.push(tile, &merge)).map_err(told)?;
                }
                Some(None) => {}
                None => return Ok(Err(Lost { pass: self.job.pass_of(number), sequence })),
            }
        }
        let whole = fold.finish(&merge).map_err(told)?;
        let whole = whole.unwrap_or_else(|| step.rest(step.tile(planned.detector.module_pixels())));
        let mut bytes = Vec::new();
        let mut sink = RowSink::new(&planned.step.maps, &mut bytes);
        step.finish(&whole, &mut sink).and_then(|()| sink.end()).map_err(told)?;
        let expected: usize = planned.step.maps.iter().map(OutputDecl::row_bytes).sum();
        if bytes.len() != expected {
            return Err(Error::bug(
                format!("maps of {} bytes, declared are {expected}", bytes.len()),
                Place::default(),
            ));
        }
        Ok(Ok(bytes))
    }
}

fn begin(writer: &mut FileWriter, source: &str, map: &OutputDecl, places: &[u64]) -> Result<RunArray> {
    let attributes: Vec<Attribute> =
        if map.unit.is_empty() { Vec::new() } else { unit(&map.key, &map.unit, &map.unit) };
    writer.run_array(source, &map.key, map.element, (places, &map.shape), &attributes)
}
