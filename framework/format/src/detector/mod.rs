//! Detectors as they are recorded: modules in files, frames by (train id, pulse id) over modules.

mod frames;
mod kind;
mod recognise;

pub use frames::{FrameState, FrameTable, Row};
pub use kind::{Detector, DetectorKind, Module, ModulePart};
