//! A pass reads each byte it needs once; table steps stand behind a barrier between two passes.

use crate::algorithm::{Step, StepKind};
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
    /// position of the step that writes frames; only in the last pass
    pub write: Option<usize>,
}

/// Splits steps into passes. Metadata steps all run before the pass they stand in; a `keep` joins them while no step
/// before it in the pass has seen a frame and every column it reads is already known.
pub fn split(steps: &[&Step], first_column: &[usize]) -> Vec<Pass> {
    let mut passes = vec![Pass::default()];
    let mut frame_columns: Vec<std::ops::Range<usize>> = Vec::new();
    for (position, step) in steps.iter().enumerate() {
        let behind_tables = passes.last().is_some_and(|p| !p.tables.is_empty());
        if behind_tables && !matches!(step.kind, StepKind::Table(_)) {
            passes.push(Pass::default());
            frame_columns.clear();
        }
        let Some(pass) = passes.last_mut() else { continue };
        match &step.kind {
            StepKind::Metadata(_) => pass.before.push(position),
            StepKind::Table(_) => pass.tables.push(position),
            StepKind::Keep(keep) => {
                let known = keep.reads().iter().all(|c| !frame_columns.iter().any(|r| r.contains(c)));
                if known && pass.steps.is_empty() {
                    pass.before.push(position);
                } else {
                    pass.steps.push(position);
                }
            }
            StepKind::Frame(_) | StepKind::Train(_) => {
                pass.pixels = true;
                let first = first_column[position];
                frame_columns.push(first..first + step.columns.len());
                pass.steps.push(position);
            }
            StepKind::Write(_) => pass.write = Some(position),
        }
    }
    if passes.last().is_some_and(|p| !p.tables.is_empty()) {
        passes.push(Pass::default());
    }
    passes
}
