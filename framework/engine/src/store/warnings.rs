//! Results that mean nothing: nothing kept, no pixel or no frame took part. Told with what decided, so that the mistake can
//! be seen: a limit in another unit, a mask of another detector. The same for the same plan, wherever it ran.

use super::Part;
use crate::algorithm::{figures, KeepStep, Spread, StepKind};
use crate::plan::{FateCodes, Job, PlannedStep};
use trainyard_format::words::counted;

/// What of the results is doubtful, in the order of the steps. `told` are warnings of the steps themselves, by position.
pub fn warnings(job: &Job, parts: &[Vec<Part>], told: &[(usize, String)]) -> Vec<String> {
    let mut all = job.doubts();
    let last = parts.last().map(Vec::as_slice).unwrap_or_default();
    let frames: usize = last.iter().map(|p| p.fates.len()).sum();
    let kept = last.iter().flat_map(|p| &p.fates).filter(|f| **f == FateCodes::KEPT).count();
    if frames == 0 && !job.detector.modules.is_empty() {
        all.push(format!("{}: no selected train has frames", job.detector.name));
    }
    all.extend(blank(job, parts));
    let mut explained = false;
    for (position, planned) in job.steps.iter().enumerate() {
        if let StepKind::Keep(keep) = &planned.step.kind {
            let text = dropped_all(job, last, position, planned, &**keep);
            explained |= text.is_some();
            all.extend(text);
        }
        let of_step = told.iter().filter(|(step, _)| *step == position);
        all.extend(of_step.map(|(_, text)| format!("step {}, {}: {text}", planned.number, planned.label)));
    }
    if frames > 0 && kept == 0 && !explained {
        let count = |fate: u8| last.iter().flat_map(|p| &p.fates).filter(|f| **f == fate).count();
        let (incomplete, unreadable) = (count(FateCodes::INCOMPLETE), count(FateCodes::UNREADABLE));
        all.push(format!("nothing is kept: of {frames} frames {incomplete} are incomplete, {unreadable} unreadable"));
    }
    all.extend(untaken(job, last));
    all.extend(unmeasured(job, job.writing_pass().and_then(|pass| parts.get(pass)).map_or(&[], Vec::as_slice)));
    all
}

/// A condition that let no frame through, with what the columns that it reads held.
fn dropped_all(
    job: &Job,
    last: &[Part],
    position: usize,
    planned: &PlannedStep,
    keep: &dyn KeepStep,
) -> Option<String> {
    let own = |fate: &u8| *fate == planned.fate || *fate == planned.fate + 1;
    let fates = || last.iter().flat_map(|p| &p.fates);
    let judged = fates().filter(|f| own(f)).count();
    if judged == 0 || fates().any(|f| job.came_to(position, *f)) {
        return None;
    }
    let columns = planned.step.needs.columns.iter().map(|&number| {
        let values = last.iter().flat_map(|part| {
            let column = part.columns.get(number).map(Vec::as_slice).unwrap_or_default();
            part.fates.iter().zip(column).filter(|(fate, _)| own(fate)).map(|(_, value)| *value)
        });
        let values: Vec<f64> = values.collect();
        let without = values.iter().filter(|v| v.is_nan()).count();
        let name = job.columns.get(number).map_or("", |c| c.name.as_str());
        let unit = job.columns.get(number).map(|c| c.unit.as_str()).filter(|u| !u.is_empty());
        let unit = unit.map(|unit| format!(" {unit}")).unwrap_or_default();
        match Spread::of(values) {
            Some(spread) if without == 0 => format!("`{name}` has {spread}{unit}"),
            Some(spread) => format!("`{name}` has {spread}{unit}, and no value in {}", counted(without, "frame")),
            None => format!("`{name}` has no value in any of them"),
        }
    });
    let columns: Vec<String> = columns.collect();
    Some(format!(
        "step {}, keep {}: none of {} is kept: {}",
        planned.number,
        keep.condition(),
        counted(judged, "frame"),
        columns.join("; ")
    ))
}

/// Writers that took no frame although some were there.
fn untaken(job: &Job, last: &[Part]) -> Vec<String> {
    let alive = last.iter().flat_map(|p| &p.fates).filter(|fate| **fate == FateCodes::KEPT).count();
    let takes = |number: usize| last.iter().flat_map(|p| &p.taken).any(|taken| taken >> number & 1 == 1);
    let idle = job.writers.iter().enumerate().filter(|(number, _)| alive > 0 && job.chooses() && !takes(*number));
    let told = idle.filter_map(|(_, writer)| {
        let planned = &job.steps[writer.step];
        let condition = planned.step.takes.as_ref()?.condition();
        Some(format!("step {}, {}: none of {alive} frames is taken: where {condition}", planned.number, planned.label))
    });
    told.collect()
}

/// Frames of which the steps saw no pixel, in the pass that has most.
fn blank(job: &Job, parts: &[Vec<Part>]) -> Option<String> {
    let count = |pass: &Vec<Part>| pass.iter().map(|p| p.blank).sum::<u64>();
    let pass = parts.iter().rev().max_by_key(|pass| count(pass)).filter(|pass| count(pass) > 0)?;
    let values = || pass.iter().flat_map(|p| &p.blank_values);
    let minimum = values().map(|v| v[0]).reduce(f64::min);
    let maximum = values().map(|v| v[2]).reduce(f64::max);
    // a pass by modules never has all of a frame at once
    let looked_at = values().next().is_some();
    let stored = match (minimum, Spread::of(values().map(|v| v[1])), maximum) {
        (Some(minimum), Some(medians), Some(maximum)) => {
            Spread { minimum, median: medians.median, maximum }.to_string()
        }
        _ => "no number among them".into(),
    };
    let masked = job.image.bad_pixels.iter().filter(|bad| **bad).count();
    let all = job.detector.modules.len() * job.detector.module_pixels();
    let mut why = vec![format!("{masked} of {all} pixels by mask file or geometry")];
    why.extend(job.image.below.map(|v| format!("those below {}", figures(v.into()))));
    why.extend(job.image.above.map(|v| format!("those above {}", figures(v.into()))));
    if job.image.detector_mask && job.detector.mask_key.is_some() {
        why.push("those that the detector's own mask marks".into());
    }
    let frames = count(pass);
    let stored = if looked_at { format!("as stored, {stored}; ") } else { String::new() };
    let frames = counted(frames, "frame");
    Some(format!("no good pixel in {frames}: {stored}bad are {}", why.join(", ")))
}

/// Sampled frames that say nothing of a limit.
fn unmeasured(job: &Job, written: &[Part]) -> Vec<String> {
    let Some(quality) = &job.quality else { return Vec::new() };
    let sampled = || written.iter().flat_map(|p| &p.measured);
    let all = sampled().count();
    if all == 0 {
        return vec!["quality: no frame is kept, so none was measured".into()];
    }
    let without = |metric| sampled().filter(|(_, m)| m.value(metric).is_none()).count();
    let limits = quality.limits.iter().map(|(metric, _)| (metric.name(), without(*metric))).filter(|(_, n)| *n > 0);
    limits.map(|(name, n)| format!("quality: {name} has no value in {n} of {all} sampled frames")).collect()
}
