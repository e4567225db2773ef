//! Run-level results: partials of all sequences folded in order, written as RUN values of `REDU01`.

use super::{Folds, Lost, Part, RunMaps};
use crate::algorithm::{Partial, RunValue, RunValues, StepKind};
use crate::compute::{told_by, Fold};
use crate::plan::{DroppedModule, FateCodes, Job, PlannedStep, FATE, MODULES};
use std::collections::BTreeSet;
use std::path::Path;
use trainyard_format::detector::PARALLEL_GAIN_KEY;
use trainyard_format::map::Attribute;
use trainyard_format::map::AttributeValue;
use trainyard_format::write::{control_times, unit, FileReceipt, FileWriter, Values};
use trainyard_format::{Error, Place, Result};

/// `parts[pass][sequence]`; `folded` are the partials over the run and `tables` the run values of decisions, both by step;
/// what steps say of their results is `told`. Inner error: stored maps are lost.
///
/// # Errors
/// I/O errors; what a step cannot do.
pub fn write_run_results(
    (job, dropped): (&Job, &[DroppedModule]),
    parts: &[Vec<Part>],
    mut folded: Vec<(usize, Partial)>,
    (tables, maps): (&[(usize, RunValues)], &RunMaps<'_>),
    path: &Path,
    told: &mut Vec<(usize, String)>,
) -> Result<std::result::Result<FileReceipt, Lost>> {
    let mut writer = FileWriter::create(job.file_spec(path, &job.trains, 0))?;
    let timestamps = control_times(job.trains.iter().map(|t| job.train_info(*t).timestamp));
    write_codes(&mut writer, (job, 0), parts, dropped, &timestamps)?;
    let mut whole = |step: usize| {
        let at = folded.iter().position(|(s, _)| *s == step)?;
        Some(folded.swap_remove(at).1)
    };
    for (position, planned) in job.steps.iter().enumerate() {
        let mut values = RunValues::default();
        let by_step = |e: Error| told_by(planned, None, e);
        match &planned.step.kind {
            StepKind::Frame(_) | StepKind::Train(_) => values = finished(planned, whole(position))?,
            StepKind::Metadata(step) => step.run_values(&mut values).map_err(by_step)?,
            StepKind::Stored(_) => {}
            StepKind::Decide(_) => {
                let known = tables.iter().find(|(step, _)| *step == position);
                values = known.map(|(_, values)| values.clone()).unwrap_or_default();
            }
            StepKind::Accumulate(_) => values = maps.values(position),
            StepKind::Keep(_) | StepKind::Transform(_) | StepKind::Write(_) => continue,
        }
        told.extend(values.warnings.iter().map(|text| (position, text.clone())));
        let frames = frames_in(job, parts, position);
        writer.control(&planned.source, "nFrames", &Values::of(&frames, &[]), &timestamps)?;
        for (key, value, symbol) in &values.values {
            match value {
                RunValue::Text(text) => writer.run_text(&planned.source, key, text)?,
                RunValue::Number { element, shape, bytes } => {
                    let attributes: Vec<Attribute> =
                        if symbol.is_empty() { Vec::new() } else { unit(key, symbol, symbol) };
                    debug_assert!(attributes.iter().all(|a| matches!(a.value, AttributeValue::Text(_))));
                    let value = Values::new(*element, shape, bytes).with_attributes(&attributes);
                    writer.run_value(&planned.source, key, &value)?;
                }
            }
        }
        if let Err(lost) = maps.write(position, &mut writer)? {
            return Ok(Err(lost));
        }
    }
    writer.finish_unsynced().map(Ok)
}

/// The results over the run of a step that folds; without a partial, those of no frame.
///
/// # Errors
/// What the step cannot do.
pub fn finished(planned: &PlannedStep, partial: Option<Partial>) -> Result<RunValues> {
    let mut values = RunValues::default();
    match &planned.step.kind {
        StepKind::Frame(step) => step.finish(partial.unwrap_or_else(|| step.begin()), &mut values),
        StepKind::Train(step) => step.finish(partial.unwrap_or_else(|| step.begin()), &mut values),
        _ => Err(Error::bug("a decision reads what no step folds", Place::default())),
    }
    .map_err(|e| told_by(planned, None, e))?;
    Ok(values)
}

/// What the fates of a writer's run folder mean, and how many frames of each train it has.
///
/// # Errors
/// I/O errors.
pub fn write_run_fates(
    (job, writer): (&Job, usize),
    parts: &[Vec<Part>],
    dropped: &[DroppedModule],
    path: &Path,
) -> Result<FileReceipt> {
    let mut file = FileWriter::create(job.file_spec(path, &job.trains, 0))?;
    let timestamps = control_times(job.trains.iter().map(|t| job.train_info(*t).timestamp));
    write_codes(&mut file, (job, writer), parts, dropped, &timestamps)?;
    file.finish_unsynced()
}

fn write_codes(
    file: &mut FileWriter,
    (job, writer): (&Job, usize),
    parts: &[Vec<Part>],
    dropped: &[DroppedModule],
    timestamps: &[u64],
) -> Result<()> {
    let fate = format!("{}/{FATE}", job.results);
    let codes: Vec<&str> = job.fates.codes.iter().map(String::as_str).collect();
    let kept = frames_per_train(job, parts, |part, train| {
        let own = job.fates_in(writer, part, part.starts[train]..part.starts[train + 1]);
        own.iter().filter(|fate| **fate == FateCodes::KEPT).count() as u32
    });
    file.control(&fate, "nFrames", &Values::of(&kept, &[]), timestamps)?;
    file.run_texts(&fate, "codes", &codes)?;
    if !dropped.is_empty() {
        let told: Vec<String> = dropped.iter().map(|module| module.told(job)).collect();
        file.run_texts(&fate, MODULES, &told.iter().map(String::as_str).collect::<Vec<_>>())?;
    }
    if job.detector.parallel_gain {
        file.run_value(&fate, PARALLEL_GAIN_KEY, &Values::of(&[1u8], &[]))?;
    }
    Ok(())
}

/// Frames of each train of the run, from the parts of the last pass.
fn frames_per_train(job: &Job, parts: &[Vec<Part>], count: impl Fn(&Part, usize) -> u32) -> Vec<u32> {
    let last = parts.last().map(Vec::as_slice).unwrap_or_default();
    let mut all = Vec::with_capacity(job.trains.len());
    for (sequence, part) in last.iter().enumerate() {
        all.extend((0..job.sequences[sequence].len()).map(|t| count(part, t)));
    }
    all
}

/// Frames of each train of the run that a step took in.
fn frames_in(job: &Job, parts: &[Vec<Part>], step: usize) -> Vec<u32> {
    if let StepKind::Metadata(_) = job.steps[step].step.kind {
        // these run before anything is read, wherever they stand: counted is what came as far as their place
        return frames_per_train(job, parts, |part, train| {
            let fates = &part.fates[part.starts[train]..part.starts[train + 1]];
            fates.iter().filter(|fate| job.came_to(step, **fate)).count() as u32
        });
    }
    let mut all = vec![0u32; job.trains.len()];
    for (sequence, part) in parts.iter().flat_map(|pass| pass.iter().enumerate()) {
        let counts = part.frames_in.iter().filter(|(s, _)| *s == step).map(|(_, counts)| counts);
        let trains = &mut all[job.sequences[sequence].clone()];
        counts.for_each(|counts| trains.iter_mut().zip(counts).for_each(|(sum, n)| *sum += n));
    }
    all
}

/// Folds the partials of all sequences, one sequence in memory at a time: by step, over the run.
pub struct RunFold<'j> {
    job: &'j Job,
    /// of all when there is none
    wanted: Option<BTreeSet<usize>>,
    folds: Vec<(usize, Fold)>,
}

impl<'j> RunFold<'j> {
    pub fn new(job: &'j Job) -> Self {
        RunFold { job, wanted: None, folds: Vec::new() }
    }

    /// Of some steps only.
    pub fn of(job: &'j Job, wanted: BTreeSet<usize>) -> Self {
        RunFold { wanted: Some(wanted), ..RunFold::new(job) }
    }

    /// The partials of the next sequence.
    ///
    /// # Errors
    /// What a step cannot do.
    pub fn push(&mut self, folds: Folds) -> Result<()> {
        let wanted = |step: &usize| self.wanted.as_ref().is_none_or(|wanted| wanted.contains(step));
        for (step, bytes) in folds.partials.into_iter().filter(|(step, _)| wanted(step)) {
            let planned = self.job.steps.get(step);
            let planned = planned.ok_or_else(|| Error::bug("a partial of no step", Place::default()))?;
            let told = |e: Error| told_by(planned, None, e);
            let at = match self.folds.iter().position(|(s, _)| *s == step) {
                Some(at) => at,
                None => {
                    self.folds.push((step, Fold::default()));
                    self.folds.len() - 1
                }
            };
            let fold = &mut self.folds[at].1;
            match &planned.step.kind {
                StepKind::Frame(step) => fold.push(step.load(&bytes).map_err(told)?, &|a, b| step.merge(a, b)),
                StepKind::Train(step) => fold.push(step.load(&bytes).map_err(told)?, &|a, b| step.merge(a, b)),
                _ => Ok(()),
            }
            .map_err(told)?;
        }
        Ok(())
    }

    /// # Errors
    /// What a step cannot do.
    pub fn finish(self) -> Result<Vec<(usize, Partial)>> {
        let mut whole = Vec::new();
        for (number, fold) in self.folds {
            let planned = &self.job.steps[number];
            let partial = match &planned.step.kind {
                StepKind::Frame(step) => fold.finish(&|a, b| step.merge(a, b)),
                StepKind::Train(step) => fold.finish(&|a, b| step.merge(a, b)),
                _ => Ok(None),
            };
            whole.extend(partial.map_err(|e| told_by(planned, None, e))?.map(|partial| (number, partial)));
        }
        Ok(whole)
    }
}
