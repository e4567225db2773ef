//! What a frame is at each place of the plan, from the first step to the last; and what has to be read beside the pixels for that.

use super::{Pass, PlanProblem};
use crate::algorithm::{FrameSchema, Plane, Planes, Step, StepKind};
use std::sync::Arc;

/// In front of each step, and behind the last.
///
/// # Errors
/// The first step that cannot take frames as they come to it.
pub(super) fn schemas(read: &Arc<FrameSchema>, steps: &[&Step]) -> Result<Vec<Arc<FrameSchema>>, PlanProblem> {
    let mut all = vec![read.clone()];
    for (position, step) in steps.iter().enumerate() {
        let before = &all[position];
        let after = match &step.kind {
            StepKind::Transform(transform) => {
                let after = transform.schema(before);
                Arc::new(after.map_err(|p| PlanProblem { step: position, what: p.what, hint: p.hint })?)
            }
            _ => before.clone(),
        };
        all.push(after);
    }
    Ok(all)
}

/// What is decoded beside the pixels in a pass: what its steps need, and masks and gains that a step makes of those before.
pub(super) fn planes(pass: &Pass, steps: &[&Step], schemas: &[Arc<FrameSchema>]) -> Planes {
    let mut wanted = Planes::default();
    for &position in pass.steps.iter().filter(|_| pass.pixels) {
        wanted.add(steps[position].needs.planes);
        if let StepKind::Transform(_) = &steps[position].kind {
            let made = &schemas[position + 1];
            wanted.add(Planes { gain: made.gain == Plane::Made, mask: made.mask == Plane::Made });
        }
    }
    wanted
}
