//! One frame as algorithms see it.

use trainyard_format::detector::Detector;

/// A decoded frame. `image` is `[module, slow, fast]` in the detector's unit, modules as in `Detector::modules`;
/// a bad pixel is `NaN` whatever marked it (mask file, the detector's own mask, limits, non-finite data), and so is
/// every pixel of a module that misses the train.
pub struct Frame<'a> {
    pub detector: &'a Detector,
    pub train_id: u64,
    /// identity inside the train: pulse id, or cell / row number where the detector has none
    pub pulse_id: u64,
    pub cell_id: u16,
    /// by position in `Detector::modules`
    pub present: &'a [bool],
    pub image: &'a [f32],
    /// columns made by earlier steps
    pub columns: &'a [f64],
}

impl Frame<'_> {
    /// Pixels of the module at `position`, `None` when it misses the frame.
    pub fn module(&self, position: usize) -> Option<&[f32]> {
        let pixels = self.detector.module_pixels();
        (*self.present.get(position)?).then(|| &self.image[position * pixels..(position + 1) * pixels])
    }
}
