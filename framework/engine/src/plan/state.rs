//! How large the state of steps that accumulate is, from run and workflow alone: what is large has a pass of its own, and
//! longer sequences.

use crate::algorithm::{Grouping, Step, StepKind};
use trainyard_format::detector::{Detector, Module};
use trainyard_format::run::Run;

/// State of all pixels in all groups up to this is kept beside all else that a pass does. More of it has a pass of its own,
/// which goes through a sequence module by module: with every frame a map that large would be moved through memory.
pub const LARGEST_BESIDE: u64 = 256 << 20;

/// Frames of the selected train that has most.
pub fn longest_train(run: &Run, detector: &Detector, trains: &[u64]) -> u64 {
    let of_module = |module: &Module| {
        let counts = module.parts.iter().filter_map(|part| {
            let file = run.files.get(part.file)?;
            let group = file.sources.get(part.source)?.groups.get(part.group)?;
            let wanted = file.trains.iter().zip(&group.count).filter(|(id, _)| trains.binary_search(id).is_ok());
            wanted.map(|(_, count)| *count).max()
        });
        counts.max().unwrap_or(0)
    };
    let rows = detector.modules.iter().map(of_module).max().unwrap_or(0);
    rows.saturating_mul(detector.cells_per_row as u64)
}

/// Bytes of state of a step that accumulates, of all modules and groups; 0 of any other.
pub fn state_bytes(step: &Step, detector: &Detector, longest_train: u64) -> u64 {
    let StepKind::Accumulate(kind) = &step.kind else { return 0 };
    let pixels = (detector.modules.len() * detector.module_pixels()) as u64;
    let of_group = pixels.saturating_mul(kind.pixel_bytes() as u64);
    of_group.saturating_mul(kind.grouping().most(longest_train))
}

/// Whether a step has a pass of its own.
pub fn is_large(step: &Step, detector: &Detector, longest_train: u64) -> bool {
    let by_train = matches!(&step.kind, StepKind::Accumulate(kind) if *kind.grouping() == Grouping::Train);
    !by_train && state_bytes(step, detector, longest_train) > LARGEST_BESIDE
}
