//! Maps over the whole run: tile by tile, those of all sequences merged in the fixed tree, one tile in memory at a time beside
//! what comes out.

use super::start::Start;
use crate::algorithm::{ErasedAccumulate, Grouping, RowSink, RunValue, RunValues, StepKind};
use crate::compute::{told_by, Fold};
use crate::plan::PlannedStep;
use crate::publish::{Entry, Stored};
use crate::store::MapsFile;
use std::collections::BTreeSet;
use trainyard_format::{Error, Place, Result};

impl Start<'_> {
    /// Run values of the steps that accumulate, by step. None: stored maps are lost, which is noted.
    ///
    /// # Errors
    /// It cannot be told what is stored; what a step cannot do.
    pub fn run_maps(&self, stored: &[Vec<Stored>]) -> Result<Option<Vec<(usize, RunValues)>>> {
        let mut all = Vec::new();
        for (number, planned) in self.job.steps.iter().enumerate() {
            let StepKind::Accumulate(step) = &planned.step.kind else { continue };
            let mut values = RunValues::default();
            if *step.grouping() != Grouping::Train {
                let pass = self.job.pass_of(number);
                let of_pass = stored.get(pass).map(Vec::as_slice).unwrap_or_default();
                match self.merged(number, planned, &**step, (pass, of_pass))? {
                    Some(merged) => values = merged,
                    None => return Ok(None),
                }
            }
            all.push((number, values));
        }
        Ok(Some(all))
    }

    fn merged(
        &self,
        number: usize,
        planned: &PlannedStep,
        step: &dyn ErasedAccumulate,
        (pass, stored): (usize, &[Stored]),
    ) -> Result<Option<RunValues>> {
        let lost = |sequence: usize| -> Result<Option<RunValues>> {
            self.note(vec![Entry::LostSequence { pass, sequence }])?;
            Ok(None)
        };
        let mut files = Vec::with_capacity(stored.len());
        for (sequence, stored) in stored.iter().enumerate() {
            let record = stored.maps.as_ref().ok_or_else(|| Error::bug("a pass stored no maps", Place::default()))?;
            match MapsFile::load(&self.work.parts(), record)? {
                Some(file) => files.push(file),
                None => return lost(sequence),
            }
        }
        let told = |e: Error| told_by(planned, None, e);
        let merge = |a: &mut crate::algorithm::Partial, b| step.merge(a, b);
        let groups: BTreeSet<u64> = files.iter().flat_map(|file| file.groups(number)).collect();
        let modules = self.job.detector.modules.len();
        let mut maps: Vec<Vec<u8>> = vec![Vec::new(); planned.step.maps.len()];
        for &group in &groups {
            for module in 0..modules {
                let mut fold = Fold::default();
                for (sequence, file) in files.iter().enumerate() {
                    match file.tile(number, group, module)? {
                        Some(Some(bytes)) => {
                            step.load(&bytes).and_then(|tile| fold.push(tile, &merge)).map_err(told)?;
                        }
                        Some(None) => {}
                        None => return lost(sequence),
                    }
                }
                let whole = fold.finish(&merge).map_err(told)?;
                let whole = whole.unwrap_or_else(|| step.rest(step.tile(planned.detector.module_pixels())));
                let mut bytes = Vec::new();
                let mut sink = RowSink::new(&planned.step.maps, &mut bytes);
                step.finish(&whole, &mut sink).and_then(|()| sink.end()).map_err(told)?;
                let mut rest = &bytes[..];
                for (map, declared) in maps.iter_mut().zip(&planned.step.maps) {
                    let (own, behind) = rest.split_at(declared.row_bytes());
                    map.extend_from_slice(own);
                    rest = behind;
                }
            }
        }
        Ok(Some(self.values(planned, step.grouping(), &groups, maps)))
    }

    /// The maps, `[group, module, slow, fast]`, and what their groups are; of the run as a whole without the first dimension.
    fn values(
        &self,
        planned: &PlannedStep,
        grouping: &Grouping,
        groups: &BTreeSet<u64>,
        maps: Vec<Vec<u8>>,
    ) -> RunValues {
        let mut values = RunValues::default();
        let ids: Vec<u64> = groups.iter().copied().collect();
        match grouping {
            Grouping::Pulse => values.u64("pulseId", &[ids.len()], &ids, ""),
            Grouping::Cell => values.u64("cellId", &[ids.len()], &ids, ""),
            Grouping::Bins { edges, .. } => {
                values.u64("bin", &[ids.len()], &ids, "");
                values.f64("edges", &[edges.len()], edges, "");
            }
            Grouping::Run | Grouping::Train => {}
        }
        if groups.is_empty() {
            values.warn("no frame took part");
            return values;
        }
        let first = (*grouping != Grouping::Run).then_some(ids.len() as u64);
        for (declared, bytes) in planned.step.maps.iter().zip(maps) {
            let modules = self.job.detector.modules.len() as u64;
            let shape = first.into_iter().chain([modules]).chain(declared.shape.iter().copied()).collect();
            let value = RunValue::Number { element: declared.element, shape, bytes };
            values.values.push((declared.key.clone(), value, declared.unit.clone()));
        }
        values
    }
}
