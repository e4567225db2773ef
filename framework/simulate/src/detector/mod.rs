//! The simulated detectors: shapes, names, and where their tiles stand.

mod crystfel;
mod kind;
mod panels;

pub use crystfel::crystfel_geometry;
pub use kind::{Detector, Response};
pub use panels::{panels, Panel, PixelMap};
