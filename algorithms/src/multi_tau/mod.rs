//! Multi-tau intensity correlation g2 of pixel series, per ring, summed over trains.
//!
//! ```text
//! roi:    g2(tau) = <I(t) I(t+tau)>_{t,px} / (<I(t)>_{t,px} <I(t+tau)>_{t,px})
//! pixel:  g2(tau) = < <I(t) I(t+tau)>_t / (<I(t)>_t <I(t+tau)>_t) >_px
//! ```
//!
//! Both are symmetric: `<I(t)>` runs over the first and `<I(t+tau)>` over the second frames of the pairs that exist. `roi`
//! averages over the pixels before the division and is what scikit-beam computes; `pixel` divides per pixel, removes a static
//! unevenness of the ring and is the choice where a ring is not uniform.
//!
//! Lags: level 0 has 0..B-1 frames; level l >= 1 has (B/2 + j) 2^l, j < B/2; in all (L+1) B/2. A frame of level l is the mean
//! of two consecutive frames of level l-1, in f64. (K. Schaetzel, Quantum Opt. 2 (1990) 287; D. Lumma et al., Rev. Sci.
//! Instrum. 71 (2000) 3274.)
//!
//! Input, per train: `frames: [time][pixel]`, f32, evenly spaced in time, the pixels of all rings one ring after the other.
//! Pixels that are finite in no frame of the run are left out of their ring. A frame with another pixel that is not finite is
//! dropped from every pair of that ring, also where it enters a mean. Which pixels are never finite is known when all trains
//! are; `partial.rs` tells why one reading is enough.
//!
//! A [`Partial`] keeps sums and counts only; the division is done once in [`MultiTau::finish`]. Ring sums are exact
//! ([`crate::exact_sum`]), hence any order of merging gives the same bytes. Pixel sums are f64 to hold their size (24 bytes by
//! lag and pixel): associative to the bit while they need no more than 53 bits, as with photon counts, otherwise rounded in
//! the order of merging, which therefore has to be fixed.
//!
//! Cost: two passes over the frames; about 1.5 B multiply-adds per pixel and frame. Four pixels at a time are carried through
//! all levels while their series (64 bytes by frame) lies in the first cache; the series are stored in time, so that the lags are
//! neighbours. The road not taken, frame by frame with a ring buffer, reads B frames from memory for each new one.

mod finish;
mod pairs;
mod partial;
mod tile;
mod train;

pub use finish::G2;
pub use partial::Partial;

use serde::{Deserialize, Serialize};

/// How g2 is normalised; see the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// Means over the ring before the division.
    Roi,
    /// Division per pixel, then the mean over the ring.
    Pixel,
}

/// Why a correlation was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MultiTauError {
    /// The parameters cannot be used.
    #[error("{0}")]
    Parameters(String),
    /// A frame does not have the pixels of the rings.
    #[error("frame {frame} has {found} pixels, expected {expected}")]
    Frame {
        /// Index in the train.
        frame: usize,
        /// Pixels in all rings.
        expected: usize,
        /// Pixels in the frame.
        found: usize,
    },
    /// Two partials, or a partial and its correlator, were made with different parameters.
    #[error("partial results of different rings, lags or normalisation cannot be merged")]
    Mismatch,
}

/// Largest number of levels: a lag has to fit the longest series by far.
const MAX_LEVELS: usize = 32;
/// Largest number of buffers of a level: more than the frames of a train.
const MAX_BUFFERS: usize = 4096;

/// A multi-tau correlator: the rings, the lags and the normalisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MultiTau {
    ring_sizes: Vec<usize>,
    buffers: usize,
    levels: usize,
    normalisation: Normalisation,
    pixels: usize,
}

impl MultiTau {
    /// A correlator for rings of so many pixels, with B = `buffers` (even) and L = `levels`.
    ///
    /// # Errors
    /// [`MultiTauError::Parameters`] for odd, zero or excessive numbers.
    pub fn new(
        ring_sizes: &[usize],
        buffers: usize,
        levels: usize,
        normalisation: Normalisation,
    ) -> Result<Self, MultiTauError> {
        let refuse = |text: String| Err(MultiTauError::Parameters(text));
        if buffers < 2 || !buffers.is_multiple_of(2) || buffers > MAX_BUFFERS {
            return refuse(format!("`buffers` is {buffers}, expected an even number in 2..={MAX_BUFFERS}"));
        }
        if levels == 0 || levels > MAX_LEVELS {
            return refuse(format!("`levels` is {levels}, expected 1..={MAX_LEVELS}"));
        }
        if let Some(ring) = ring_sizes.iter().position(|&size| size == 0) {
            return refuse(format!("ring {ring} has no pixel\nhint: drop it, or check the mask and the radii"));
        }
        let Some(pixels) = ring_sizes.iter().try_fold(0usize, |sum, &size| sum.checked_add(size)) else {
            return refuse("the rings have too many pixels".to_string());
        };
        let lags = (levels + 1) * buffers / 2;
        if lags.checked_mul(24).and_then(|bytes| bytes.checked_mul(pixels.max(1))).is_none() {
            return refuse(format!("{lags} lags of {pixels} pixels do not fit in memory"));
        }
        Ok(Self { ring_sizes: ring_sizes.to_vec(), buffers, levels, normalisation, pixels })
    }

    /// The lags in frames, ascending: `(levels + 1) * buffers / 2` of them.
    pub fn lags(&self) -> Vec<u64> {
        self.all_lags().map(|(level, distance)| (distance as u64) << level).collect()
    }

    /// Pixels of all rings: the length of a frame.
    pub fn pixels(&self) -> usize {
        self.pixels
    }

    /// Pixels of each ring.
    pub fn ring_sizes(&self) -> &[usize] {
        &self.ring_sizes
    }

    /// How g2 is normalised.
    pub fn normalisation(&self) -> Normalisation {
        self.normalisation
    }

    /// About how many bytes a partial holds, for planning.
    pub fn partial_bytes(&self) -> usize {
        let lags = (self.levels + 1) * self.buffers / 2;
        let rings = self.ring_sizes.len();
        match self.normalisation {
            Normalisation::Roi => lags * rings * (8 + 3 * 56),
            Normalisation::Pixel => lags * (8 * rings + 24 * self.pixels),
        }
    }

    /// The distances between frames of a level that are correlated there.
    fn distances(&self, level: usize) -> std::ops::Range<usize> {
        (if level == 0 { 0 } else { self.buffers / 2 })..self.buffers
    }

    /// (level, distance) of each lag, in order.
    fn all_lags(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        (0..self.levels).flat_map(|level| self.distances(level).map(move |distance| (level, distance)))
    }

    /// Index of the first lag of a level.
    fn first_lag(&self, level: usize) -> usize {
        if level == 0 {
            0
        } else {
            (level + 1) * self.buffers / 2
        }
    }
}

#[cfg(test)]
mod tests;
