//! Room for what a plan will certainly write, before anything is written: slow data that are copied as they are, and frames
//! that leave as they came where no step can drop one. What is encoded anew may be smaller, and counts as nothing.

use crate::algorithm::{FrameOutput, StepKind};
use crate::plan::Job;
use crate::publish::{refuse_unwritable, Room};
use crate::store::slow_units;
use trainyard_format::Result;

/// # Errors
/// The output folder cannot be written to, or has no room for what is certain.
pub fn refuse_without_room(job: &Job) -> Result<()> {
    refuse_unwritable(&job.output)?;
    let least = least_bytes(job);
    if least == 0 {
        return Ok(());
    }
    Room::of(&job.output)?.refuse_less(least, &job.output)
}

fn least_bytes(job: &Job) -> u64 {
    let whole = slow_units(job).into_iter().filter(|unit| unit.whole);
    let slow = whole.map(|unit| job.run.files[unit.file].stamp.size).fold(0, u64::saturating_add);
    slow.saturating_add(stored_pixels(job).saturating_mul(leaving_as_they_came(job)))
}

/// How often all frames are written as they came.
fn leaving_as_they_came(job: &Job) -> u64 {
    let drops = |kind: &StepKind| matches!(kind, StepKind::Keep(_) | StepKind::Transform(_));
    if job.steps.iter().any(|planned| drops(&planned.step.kind) || planned.step.drops_modules) {
        return 0;
    }
    let steps = job.steps.iter().map(|planned| &planned.step);
    steps.filter(|step| matches!(step.kind, StepKind::Write(FrameOutput::Same)) && step.takes.is_none()).count() as u64
}

/// Of files of which every train is selected.
fn stored_pixels(job: &Job) -> u64 {
    let parts = job.detector.modules.iter().flat_map(|module| &module.parts);
    let bytes = parts.filter_map(|part| {
        let file = &job.run.files[part.file];
        let whole = file.trains.iter().all(|train| job.trains.binary_search(train).is_ok());
        let dataset = file.sources[part.source].groups[part.group].dataset(&job.detector.pixel_key)?;
        whole.then_some(dataset.stored_bytes)
    });
    bytes.fold(0, u64::saturating_add)
}
