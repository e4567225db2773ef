//! What a workflow states over the geometry file.

use crate::quantity::{Energy, Length};

/// Each value given replaces the one of the file.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Overrides {
    /// Sample to detector: `clen` of a `.geom` (its `coffset` still counts), `Distance` of a PONI.
    pub distance: Option<Length>,
    /// Photon energy.
    pub energy: Option<Energy>,
    /// Where the direct beam meets a single-panel detector, `[slow, fast]` in pixels; 0 is the outer edge of the
    /// first pixel, as in PONI files.
    pub beam_centre: Option<[f64; 2]>,
    /// Pixels that no panel covers are bad; without this word they are the mark of another detector's file.
    pub uncovered_is_bad: bool,
    /// Panels of modules that the detector does not have are passed over; without this word they are refused.
    pub ignore_extra_panels: bool,
}

impl Overrides {
    /// Of the photon energy, in metres.
    pub(crate) fn wavelength(&self) -> Option<f64> {
        self.energy.map(|energy| energy.wavelength().metres())
    }
}
