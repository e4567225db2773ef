//! Shapes of the pixel datasets.

use crate::detector::Detector;
use crate::simulator::Simulator;

impl Simulator {
    /// Planes of a recorded frame: AGIPD has the signal and the gain level.
    pub(crate) fn planes(&self) -> usize {
        match (self.detector(), self.spec().corrected) {
            (Detector::Agipd, false) => 2,
            _ => 1,
        }
    }

    /// Frames in a row of the dataset: all cells of a train for JUNGFRAU.
    pub(crate) fn cells_per_row(&self) -> usize {
        match self.detector() {
            Detector::Jungfrau => usize::from(self.spec().pulses),
            _ => 1,
        }
    }

    /// Shape of a row: `[planes, slow, fast]` recorded, `[slow, fast]` corrected, `[cells, slow, fast]` for JUNGFRAU.
    pub(crate) fn row_shape(&self) -> Vec<u64> {
        let (slow, fast) = self.detector().shape();
        let before = match (self.detector(), self.spec().corrected) {
            (Detector::Jungfrau, _) => Some(self.cells_per_row()),
            (_, true) => None,
            (_, false) => Some(self.planes()),
        };
        before.into_iter().chain([slow, fast]).map(|n| n as u64).collect()
    }
}
