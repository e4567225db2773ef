//! Detectors as they are recorded: modules in files, frames by (train id, pulse id) over modules.

mod assemble;
mod frames;
mod kind;
mod layout;
mod module_rows;
mod parallel_gain;
mod pattern;
mod recognise;

pub use frames::{FrameState, FrameTable, Row};
pub use kind::{Detector, DetectorKind, Module, ModulePart};
pub use parallel_gain::PARALLEL_GAIN_KEY;
pub(crate) use pattern::{is_detector_source, known_size};
