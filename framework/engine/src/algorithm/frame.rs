//! One frame as algorithms see it.

use super::Modules;
use ndarray::{ArrayView2, ArrayView3};
use trainyard_format::detector::Detector;

/// Which frame it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameId {
    pub train: u64,
    /// identity inside the train: pulse id, or cell / row number where the detector has none
    pub pulse: u64,
    pub cell: u16,
}

/// A decoded frame. Pixels are `[module, slow, fast]` in the detector's unit, modules as in `Detector::modules`;
/// a bad pixel is `NaN` whatever marked it (mask file, the detector's own mask, limits, non-finite data), and so is
/// every pixel of a module that misses the train.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    pub detector: &'a Detector,
    pub id: FrameId,
    present: &'a [bool],
    sees: &'a Modules,
    pixels: &'a [f32],
    columns: &'a [f64],
    gain: &'a [f32],
    mask: &'a [u32],
}

impl<'a> Frame<'a> {
    /// `present` and `pixels` of all modules of the detector; the step looks at those in `sees` alone. `columns` by number.
    pub fn new(
        detector: &'a Detector,
        id: FrameId,
        (present, sees): (&'a [bool], &'a Modules),
        pixels: &'a [f32],
        columns: &'a [f64],
    ) -> Self {
        Frame { detector, id, present, sees, pixels, columns, gain: &[], mask: &[] }
    }

    /// With what lies beside the pixels; empty where there is none.
    pub fn with_planes(self, gain: &'a [f32], mask: &'a [u32]) -> Self {
        Frame { gain, mask, ..self }
    }

    /// Number of the detector's modules.
    pub fn modules(&self) -> usize {
        self.present.len()
    }

    /// Pixels of the module at `position`, `None` when it misses the frame, or is not among those that the step needs.
    pub fn module(&self, position: usize) -> Option<&'a [f32]> {
        if !*self.present.get(position)? || !self.sees.has(position) {
            return None;
        }
        let size = self.detector.module_pixels();
        self.pixels.get(position * size..(position + 1) * size)
    }

    /// Gain stage of each pixel of a module, or the second plane of raw AGIPD pixels: for steps that need it, where there is one.
    pub fn gain(&self, position: usize) -> Option<&'a [f32]> {
        self.module(position)?;
        let size = self.detector.module_pixels();
        self.gain.get(position * size..(position + 1) * size)
    }

    /// Mask of each pixel of a module as it is stored or was made, 0 = good: for steps that need it, where there is one.
    pub fn mask(&self, position: usize) -> Option<&'a [u32]> {
        self.module(position)?;
        let size = self.detector.module_pixels();
        self.mask.get(position * size..(position + 1) * size)
    }

    /// As [`module`](Self::module), `[slow, fast]`.
    pub fn module_view(&self, position: usize) -> Option<ArrayView2<'a, f32>> {
        ArrayView2::from_shape((self.detector.slow, self.detector.fast), self.module(position)?).ok()
    }

    /// All pixels one behind the other, for steps that need all modules.
    pub fn pixels(&self) -> &'a [f32] {
        self.pixels
    }

    /// All pixels `[module, slow, fast]`, for steps that need all modules.
    pub fn view(&self) -> ArrayView3<'a, f32> {
        let shape = (self.modules(), self.detector.slow, self.detector.fast);
        ArrayView3::from_shape(shape, self.pixels).unwrap_or_else(|_| {
            // a frame holds all pixels of its detector
            ArrayView3::from_shape((0, 0, 0), &[]).expect("an empty view")
        })
    }

    /// Value of a column that the step needs, `NaN` = none.
    pub fn column(&self, number: usize) -> f64 {
        self.columns.get(number).copied().unwrap_or(f64::NAN)
    }
}
