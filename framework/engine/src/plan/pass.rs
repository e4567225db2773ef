//! A pass reads each byte it needs once; table steps stand behind a barrier between two passes.

use crate::algorithm::{FrameOutput, Step, StepKind};
use serde::Serialize;

/// Positions in the list of steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pass {
    /// metadata and keep steps that run before anything is read
    pub before: Vec<usize>,
    /// steps that see frames, in order
    pub steps: Vec<usize>,
    /// table steps at the barrier after this pass
    pub tables: Vec<usize>,
    /// a step looks at pixels
    pub pixels: bool,
    /// a step changes pixels: what is written is encoded from the changed ones
    pub changes: bool,
    /// position of the step that writes frames; only in the last pass
    pub write: Option<usize>,
}

/// Splits steps into passes. Metadata steps all run before the pass they stand in; a `keep` joins them while no step
/// before it in the pass has seen a frame and every column it reads is already known.
///
/// With `gain_stages` the frames of a pulse share their fate, which is known only when all of them have been seen: whatever
/// stands behind a `keep` that looks at frames begins a pass.
pub fn split(steps: &[&Step], first_column: &[usize], gain_stages: bool) -> Vec<Pass> {
    let mut passes = vec![Pass::default()];
    let mut changing: Vec<usize> = Vec::new();
    let mut frame_columns: Vec<std::ops::Range<usize>> = Vec::new();
    // a frame was dropped whose pulse may stay
    let mut uneven = false;
    for (position, step) in steps.iter().enumerate() {
        let behind_tables = passes.last().is_some_and(|p| !p.tables.is_empty());
        if uneven || (behind_tables && !matches!(step.kind, StepKind::Table(_))) {
            uneven = false;
            passes.push(Pass::default());
            frame_columns.clear();
            // what changed pixels before the barrier changes them again when they are read again
            if let Some(pass) = passes.last_mut() {
                pass.steps = changing.clone();
                pass.changes = !changing.is_empty();
                pass.pixels = pass.changes;
            }
        }
        if matches!(step.kind, StepKind::Pixels(_)) {
            changing.push(position);
        }
        let Some(pass) = passes.last_mut() else { continue };
        match &step.kind {
            StepKind::Metadata(_) => pass.before.push(position),
            StepKind::Table(_) => pass.tables.push(position),
            StepKind::Keep(keep) => {
                let known = keep.reads().iter().all(|c| !frame_columns.iter().any(|r| r.contains(c)));
                if known && pass.steps.iter().all(|s| matches!(steps[*s].kind, StepKind::Pixels(_))) {
                    pass.before.push(position);
                } else {
                    pass.steps.push(position);
                    uneven = gain_stages;
                }
            }
            StepKind::Pixels(_) => {
                pass.pixels = true;
                pass.changes = true;
                pass.steps.push(position);
            }
            StepKind::Frame(_) | StepKind::Train(_) => {
                pass.pixels = true;
                let first = first_column[position];
                frame_columns.push(first..first + step.columns.len());
                pass.steps.push(position);
            }
            StepKind::Write(output) => {
                pass.write = Some(position);
                // a proof compares pixels, and a gate on them wants the frame as algorithms see it
                pass.pixels |= matches!(output, FrameOutput::Lossy(_));
            }
        }
    }
    if uneven || passes.last().is_some_and(|p| !p.tables.is_empty()) {
        passes.push(Pass::default());
    }
    passes
}
