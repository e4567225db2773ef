//! What a train leaves behind and what trains are merged into: sums and counts, nothing divided.

use super::{MultiTau, MultiTauError, Normalisation};
use crate::exact_sum::ExactSum;
use serde::{Deserialize, Serialize};

/// Sums over pairs of frames; see [`MultiTau::train`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    /// Pairs: `[lag][ring]`.
    pub(super) counts: Vec<u64>,
    pub(super) sums: Sums,
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
        for (count, &more) in self.counts.iter_mut().zip(&other.counts) {
            *count = count.saturating_add(more);
        }
        match (&mut self.sums, &other.sums) {
            (Sums::Roi { numerator, past, future }, Sums::Roi { numerator: n, past: p, future: f }) => {
                for (sums, more) in [(numerator, n), (past, p), (future, f)] {
                    sums.iter_mut().zip(more).for_each(|(sum, more)| sum.merge(more));
                }
            }
            (Sums::Pixel { numerator, past, future }, Sums::Pixel { numerator: n, past: p, future: f }) => {
                for (sums, more) in [(numerator, n), (past, p), (future, f)] {
                    sums.iter_mut().zip(more).for_each(|(sum, &more)| *sum += more);
                }
            }
            _ => return Err(MultiTauError::Mismatch),
        }
        Ok(())
    }

    /// Pairs of frames, `[lag][ring]`.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// Normalisation and the lengths of all arrays.
    fn shape(&self) -> (Normalisation, [usize; 4]) {
        let count = self.counts.len();
        match &self.sums {
            Sums::Roi { numerator, past, future } => {
                (Normalisation::Roi, [count, numerator.len(), past.len(), future.len()])
            }
            Sums::Pixel { numerator, past, future } => {
                (Normalisation::Pixel, [count, numerator.len(), past.len(), future.len()])
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
        Partial { counts: vec![0; cells], sums }
    }

    /// Whether a partial, perhaps read from a file, is one of this correlator's.
    pub(super) fn made(&self, partial: &Partial) -> bool {
        let lags = self.first_lag(self.levels);
        let cells = lags * self.ring_sizes.len();
        let sums = match self.normalisation {
            Normalisation::Roi => cells,
            Normalisation::Pixel => lags * self.pixels,
        };
        partial.shape() == (self.normalisation, [cells, sums, sums, sums])
    }
}
