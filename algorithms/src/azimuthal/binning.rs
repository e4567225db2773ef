//! The radial axis: equal bins over a range.
//!
//! As in pyFAI, the upper end is moved up by one part in 2^23 so that a pixel exactly on it is inside:
//! hi' = hi (1 + 2^-23), delta = (hi' - lo) / n, bin = floor((x - lo) / delta), centre = lo + (k + 1/2) delta,
//! all in the unit of computation. (pyFAI truncates towards 0 instead of rounding down, so its first bin also holds the pixels
//! up to one bin below lo; ours holds what is in the range.)

use super::error::AzimuthalError;

/// The machine epsilon of f32: pyFAI's own margin.
const MARGIN: f64 = f32::EPSILON as f64;

/// Bin numbers are stored in 16 bits, the last one standing for "outside".
pub const MAX_BINS: usize = u16::MAX as usize;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Binning {
    low: f64,
    width: f64,
    bins: usize,
}

impl Binning {
    pub(super) fn new(low: f64, high: f64, bins: usize) -> Result<Self, AzimuthalError> {
        if bins == 0 || bins > MAX_BINS {
            return Err(AzimuthalError::Bins { bins, max: MAX_BINS });
        }
        let width = (high * (1.0 + MARGIN) - low) / bins as f64;
        if !(low.is_finite() && high.is_finite() && low >= 0.0 && width.is_normal() && width > 0.0) {
            return Err(AzimuthalError::Range { low, high });
        }
        Ok(Self { low, width, bins })
    }

    pub(super) fn bins(&self) -> usize {
        self.bins
    }

    pub(super) fn width(&self) -> f64 {
        self.width
    }

    /// Where `x` lies, in bins from the lower end.
    pub(super) fn position(&self, x: f64) -> f64 {
        (x - self.low) / self.width
    }

    /// The bin of `x`; none outside the range, or when `x` is not a number.
    pub(super) fn bin(&self, x: f64) -> Option<usize> {
        let at = self.position(x);
        (at >= 0.0 && at < self.bins as f64).then_some(at as usize)
    }

    /// Where a bin begins and ends.
    pub(super) fn limits(&self, bin: usize) -> [f64; 2] {
        [bin, bin + 1].map(|edge| self.low + edge as f64 * self.width)
    }

    pub(super) fn centres(&self, scale: f64) -> Vec<f64> {
        (0..self.bins).map(|k| (self.low + (k as f64 + 0.5) * self.width) * scale).collect()
    }
}
