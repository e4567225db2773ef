//! A gate that nothing can close is refused: limits that no frame is held against, and pixels that are all masked.

use crate::document::Problem;
use crate::workflow::Checked;
use trainyard_engine::algorithm::{FrameOutput, FrameSchema, Step, StepKind};
use trainyard_engine::plan::Metric;

/// What is wrong with `quality` beside these steps.
pub fn idle_limits(checked: &Checked, steps: &[(String, Step)], read: &FrameSchema) -> Vec<Problem> {
    let Some(quality) = &checked.workflow.quality else { return Vec::new() };
    let limits = quality.limits_in_force();
    let mut problems = Vec::new();
    if limits.sample == 0.0 {
        let problem = checked.problem(&["quality", "sample"], "a sample of no frames measures nothing");
        problems.push(problem.hint("name a share, `sample: 5%`: at least one frame is measured in any case"));
    }
    let written = steps.iter().position(|(_, s)| matches!(s.kind, StepKind::Write(_)));
    let Some(written) = written else {
        let problem = checked.problem(&["quality"], "`quality` measures written frames, and none are written");
        problems.push(problem.hint("add `write-frames` to the steps, or leave `quality` out"));
        return problems;
    };
    let lossy = matches!(steps[written].1.kind, StepKind::Write(FrameOutput::Lossy(_)));
    let changed = steps[..written].iter().any(|(_, s)| matches!(s.kind, StepKind::Transform(_)));
    if !lossy && !changed {
        let what = "`quality` measures nothing: frames are written without loss, and no step changes them";
        let hint = "leave `quality` out, or choose a lossy codec: `write-frames: {codec: {sz3: {absolute: 0.5}}}`";
        problems.push(checked.problem(&["quality"], what).hint(hint));
    }
    let deviation = limits.limits.iter().any(|(metric, _)| *metric == Metric::AzimuthalDeviation);
    let measures = |s: &Step| matches!(&s.kind, StepKind::Frame(step) if step.measures_deviation());
    if deviation && !steps.iter().any(|(_, s)| measures(s)) {
        let keys = ["quality", "limits", "azimuthal-deviation"];
        let problem = checked.problem(&keys, "nothing measures `azimuthal-deviation`: no step integrates azimuthally");
        problems.push(problem.hint("add `integrate-azimuthally` to the steps: its parameters are those of the gate"));
    } else if deviation && !steps.iter().zip(shapes(steps, read, written)).any(|((_, s), fits)| fits && measures(s)) {
        let keys = ["quality", "limits", "azimuthal-deviation"];
        let what = "nothing measures `azimuthal-deviation`: no step integrates frames of the shape that is written";
        problems.push(checked.problem(&keys, what).hint("integrate behind the steps that change the shape"));
    }
    problems
}

/// Whether each step sees frames of the shape that is written.
fn shapes(steps: &[(String, Step)], read: &FrameSchema, written: usize) -> Vec<bool> {
    let mut schema = read.clone();
    let mut seen = Vec::with_capacity(steps.len());
    for (_, step) in steps {
        seen.push([schema.slow, schema.fast]);
        if let StepKind::Transform(transform) = &step.kind {
            schema = transform.schema(&schema).unwrap_or(schema);
        }
    }
    let own = seen.get(written).copied();
    seen.into_iter().map(|shape| Some(shape) == own).collect()
}

/// All pixels masked, before a step that looks at them.
pub fn all_masked(checked: &Checked, bad: &[bool], steps: &[(String, Step)]) -> Option<Problem> {
    let looks = |s: &Step| s.kind.looks();
    let label = steps.iter().find(|(_, s)| looks(s)).map(|(label, _)| label)?;
    if bad.is_empty() || !bad.iter().all(|bad| *bad) {
        return None;
    }
    let keys: &[&str] = if checked.workflow.mask.file.is_some() { &["mask", "file"] } else { &["geometry"] };
    let what = format!("all {} pixels are masked or outside the panels: `{label}` would see none", bad.len());
    Some(checked.problem(keys, what).hint("in a mask file, what is not zero is bad"))
}
