//! Run-level results: partials of all sequences folded in order, written as RUN values of `REDU01`.

use super::Part;
use crate::algorithm::{Partial, RunValue, RunValues, StepKind};
use crate::compute::{told_by, Fold, Merge};
use crate::plan::Job;
use std::path::Path;
use trainyard_format::detector::PARALLEL_GAIN_KEY;
use trainyard_format::map::Attribute;
use trainyard_format::map::AttributeValue;
use trainyard_format::write::{control_times, unit, FileReceipt, FileWriter, Values};
use trainyard_format::{Error, Result};

/// `parts[pass][sequence]`; `table_values` are run values of table steps by step; what steps say of their results is `told`.
///
/// # Errors
/// I/O errors, or a stored partial that cannot be read back.
pub fn write_run_results(
    job: &Job,
    parts: &[Vec<Part>],
    table_values: &[(usize, RunValues)],
    path: &Path,
    told: &mut Vec<(usize, String)>,
) -> Result<FileReceipt> {
    let mut writer = FileWriter::create(job.file_spec(path, &job.trains, 0))?;
    let timestamps = control_times(job.trains.iter().map(|t| job.train_info(*t).timestamp));
    let fate = format!("{}/FATE", job.results);
    let codes: Vec<&str> = job.fates.codes.iter().map(String::as_str).collect();
    let kept = frames_per_train(job, parts, |part, train| {
        part.fates[part.starts[train]..part.starts[train + 1]].iter().filter(|f| **f == 0).count() as u32
    });
    writer.control(&fate, "nFrames", &Values::of(&kept, &[]), &timestamps)?;
    writer.run_texts(&fate, "codes", &codes)?;
    if job.detector.parallel_gain {
        writer.run_value(&fate, PARALLEL_GAIN_KEY, &Values::of(&[1u8], &[]))?;
    }
    for (position, planned) in job.steps.iter().enumerate() {
        let mut values = RunValues::default();
        let by_step = |e: Error| told_by(planned, None, e);
        match &planned.step.kind {
            StepKind::Frame(step) => {
                let merge = |a: &mut Partial, b: Partial| step.merge(a, b);
                let whole = fold(job, parts, position, &merge, &|bytes| step.load(bytes))?;
                step.finish(whole.unwrap_or_else(|| step.begin()), &mut values).map_err(by_step)?;
            }
            StepKind::Train(step) => {
                let merge = |a: &mut Partial, b: Partial| step.merge(a, b);
                let whole = fold(job, parts, position, &merge, &|bytes| step.load(bytes))?;
                step.finish(whole.unwrap_or_else(|| step.begin()), &mut values).map_err(by_step)?;
            }
            StepKind::Metadata(step) => step.run_values(&mut values).map_err(by_step)?,
            StepKind::Table(_) => {
                values = table_values.iter().find(|(s, _)| *s == position).map(|(_, v)| v.clone()).unwrap_or_default();
            }
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
    }
    writer.finish_unsynced()
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

fn frames_in(job: &Job, parts: &[Vec<Part>], step: usize) -> Vec<u32> {
    let mut all = vec![0u32; job.trains.len()];
    for sequences in parts {
        for (sequence, part) in sequences.iter().enumerate() {
            if let Some(result) = part.results.iter().find(|r| r.step == step) {
                let start = job.sequences[sequence].start;
                for (t, n) in result.frames_in.iter().enumerate() {
                    all[start + t] += n;
                }
            }
        }
    }
    all
}

type Load<'a> = &'a dyn Fn(&[u8]) -> Result<Partial>;

fn fold(job: &Job, parts: &[Vec<Part>], step: usize, merge: Merge<'_>, load: Load<'_>) -> Result<Option<Partial>> {
    let told = |e: Error| told_by(&job.steps[step], None, e);
    let mut fold = Fold::default();
    for part in parts.iter().flatten() {
        let stored = part.results.iter().find(|r| r.step == step).and_then(|r| r.partial.as_ref());
        if let Some(bytes) = stored {
            fold.push(load(bytes).map_err(told)?, merge).map_err(told)?;
        }
    }
    fold.finish(merge).map_err(told)
}
