//! What a train leaves behind and what trains are merged into: sums and counts, nothing divided.
//!
//! Pixels of a ring that are bad in every frame of the run are left out of it, and which these are is known only at the end.
//! Yet one reading is enough. Let T be the pixels bad in every frame of a train, D those bad in every frame of the run: D is
//! a part of each T. In a train with T = D a frame counts when it has no bad pixel outside D, as the rule wants. In any other
//! train every frame has one, namely those of T outside D: it gives no pair. So a partial holds the part D common to its
//! trains, and the sums of the trains whose T is D. Merged are D1 and D2 to what they share; sums stay where nothing was
//! taken away. That is associative: T = D for a train behind D1 needs D1 = D.

use super::{MultiTau, MultiTauError, Normalisation};
use crate::exact_sum::ExactSum;
use serde::{Deserialize, Serialize};

/// Sums over pairs of frames; see [`MultiTau::train`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    /// Pairs: `[lag][ring]`.
    pub(super) counts: Vec<u64>,
    pub(super) sums: Sums,
    /// Pixels of each ring.
    pub(super) sizes: Vec<u32>,
    /// By ring, positions of the pixels that are bad in every frame so far, ascending; `None` before the first frame.
    pub(super) dead: Vec<Option<Vec<u32>>>,
    /// By ring, frames that no other pixel of it is bad in.
    pub(super) frames: Vec<u64>,
    /// All frames.
    pub(super) seen: u64,
}

/// Sums of products, of the earlier and of the later frames: `[lag][ring]` or `[lag][pixel]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Sums {
    Roi { numerator: Vec<ExactSum>, past: Vec<ExactSum>, future: Vec<ExactSum> },
    Pixel { numerator: Vec<f64>, past: Vec<f64>, future: Vec<f64> },
}

impl Partial {
    /// Adds the sums of other trains.
    ///
    /// # Errors
    /// [`MultiTauError::Mismatch`], with `self` unchanged, where the two come from different correlators.
    pub fn merge(&mut self, other: &Partial) -> Result<(), MultiTauError> {
        if self.shape() != other.shape() {
            return Err(MultiTauError::Mismatch);
        }
        self.seen = self.seen.saturating_add(other.seen);
        for ring in 0..self.sizes.len() {
            if other.dead[ring].as_ref().is_some_and(|dead| self.admit(ring, dead)) {
                self.add(ring, other);
            }
        }
        Ok(())
    }

    /// Takes note of the pixels of a ring that are bad in every frame of other trains. False: the sums of those trains do not
    /// count. Where the own sums do not count any more, they go.
    pub(super) fn admit(&mut self, ring: usize, found: &[u32]) -> bool {
        let Some(dead) = &self.dead[ring] else {
            self.dead[ring] = Some(found.to_vec());
            return true;
        };
        if dead.as_slice() == found {
            return true;
        }
        let both: Vec<u32> = found.iter().copied().filter(|pixel| dead.binary_search(pixel).is_ok()).collect();
        let (own_stay, others_count) = (both == *dead, both.as_slice() == found);
        self.dead[ring] = Some(both);
        if !own_stay {
            self.clear(ring);
        }
        others_count
    }

    /// Cells of a ring in `[lag][ring]`.
    fn cells(&self, ring: usize) -> impl Iterator<Item = usize> {
        (ring..self.counts.len()).step_by(self.sizes.len().max(1))
    }

    /// Cells of a ring's pixels in `[lag][pixel]`, lag by lag.
    fn pixel_cells(&self, ring: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
        let all: usize = self.sizes.iter().map(|&size| size as usize).sum();
        let first: usize = self.sizes[..ring].iter().map(|&size| size as usize).sum();
        let (lags, size) = (self.counts.len() / self.sizes.len().max(1), self.sizes[ring] as usize);
        (0..lags).map(move |lag| lag * all + first..lag * all + first + size)
    }

    fn clear(&mut self, ring: usize) {
        self.frames[ring] = 0;
        for cell in self.cells(ring) {
            self.counts[cell] = 0;
            if let Sums::Roi { numerator, past, future } = &mut self.sums {
                for sums in [numerator, past, future] {
                    sums[cell] = ExactSum::default();
                }
            }
        }
        for cells in self.pixel_cells(ring) {
            if let Sums::Pixel { numerator, past, future } = &mut self.sums {
                for sums in [numerator, past, future] {
                    sums[cells.clone()].fill(0.0);
                }
            }
        }
    }

    fn add(&mut self, ring: usize, other: &Partial) {
        self.frames[ring] = self.frames[ring].saturating_add(other.frames[ring]);
        for cell in self.cells(ring) {
            self.counts[cell] = self.counts[cell].saturating_add(other.counts[cell]);
        }
        match (&mut self.sums, &other.sums) {
            (Sums::Roi { numerator, past, future }, Sums::Roi { numerator: n, past: p, future: f }) => {
                for cell in (ring..self.counts.len()).step_by(self.sizes.len().max(1)) {
                    numerator[cell].merge(&n[cell]);
                    past[cell].merge(&p[cell]);
                    future[cell].merge(&f[cell]);
                }
            }
            (Sums::Pixel { .. }, Sums::Pixel { numerator: n, past: p, future: f }) => {
                for cells in self.pixel_cells(ring) {
                    let Sums::Pixel { numerator, past, future } = &mut self.sums else { continue };
                    for (sums, more) in [(numerator, n), (past, p), (future, f)] {
                        sums[cells.clone()].iter_mut().zip(&more[cells.clone()]).for_each(|(sum, more)| *sum += more);
                    }
                }
            }
            // shapes were compared
            _ => {}
        }
    }

    /// Pairs of frames, `[lag][ring]`.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Normalisation, rings and the lengths of all arrays.
    fn shape(&self) -> (Normalisation, &[u32], [usize; 6]) {
        let (count, dead, frames) = (self.counts.len(), self.dead.len(), self.frames.len());
        match &self.sums {
            Sums::Roi { numerator, past, future } => {
                (Normalisation::Roi, &self.sizes, [count, dead, frames, numerator.len(), past.len(), future.len()])
            }
            Sums::Pixel { numerator, past, future } => {
                (Normalisation::Pixel, &self.sizes, [count, dead, frames, numerator.len(), past.len(), future.len()])
            }
        }
    }
}

impl MultiTau {
    /// The partial of no train: merging it changes nothing.
    pub fn empty(&self) -> Partial {
        let lags = self.first_lag(self.levels);
        let cells = lags * self.ring_sizes.len();
        let sums = match self.normalisation {
            Normalisation::Roi => {
                let zero = || vec![ExactSum::default(); cells];
                Sums::Roi { numerator: zero(), past: zero(), future: zero() }
            }
            Normalisation::Pixel => {
                let zero = || vec![0.0; lags * self.pixels];
                Sums::Pixel { numerator: zero(), past: zero(), future: zero() }
            }
        };
        let rings = self.ring_sizes.len();
        Partial {
            counts: vec![0; cells],
            sums,
            sizes: self.sizes(),
            dead: vec![None; rings],
            frames: vec![0; rings],
            seen: 0,
        }
    }

    /// Pixels of each ring: positions in a frame are stored in 32 bits.
    fn sizes(&self) -> Vec<u32> {
        self.ring_sizes.iter().map(|&size| size as u32).collect()
    }

    /// Whether a partial, perhaps read from a file, is one of this correlator's.
    pub(super) fn made(&self, partial: &Partial) -> bool {
        let lags = self.first_lag(self.levels);
        let cells = lags * self.ring_sizes.len();
        let sums = match self.normalisation {
            Normalisation::Roi => cells,
            Normalisation::Pixel => lags * self.pixels,
        };
        let rings = self.ring_sizes.len();
        partial.shape() == (self.normalisation, self.sizes().as_slice(), [cells, rings, rings, sums, sums, sums])
    }
}
