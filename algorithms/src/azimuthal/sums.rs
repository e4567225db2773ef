//! The sums of a frame, or of many.

use serde::{Deserialize, Serialize};

/// Per bin, f64. Sums of several frames add: I of the whole is the sum of signals over the sum of norms.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sums {
    pub signal: Vec<f64>,
    pub variance: Vec<f64>,
    pub norm: Vec<f64>,
}

impl Sums {
    /// Zeros for `bins` bins.
    pub fn new(bins: usize) -> Self {
        Self { signal: vec![0.0; bins], variance: vec![0.0; bins], norm: vec![0.0; bins] }
    }

    /// Becomes zeros for `bins` bins.
    pub(super) fn clear(&mut self, bins: usize) {
        for values in [&mut self.signal, &mut self.variance, &mut self.norm] {
            values.clear();
            values.resize(bins, 0.0);
        }
    }

    pub fn bins(&self) -> usize {
        self.signal.len()
    }

    /// Adds `other`, bin by bin. An empty one takes its length from `other`; else bins that one of the two lacks are left.
    pub fn merge(&mut self, other: &Self) {
        if self.signal.is_empty() {
            self.clone_from(other);
            return;
        }
        for (mine, theirs) in
            [(&mut self.signal, &other.signal), (&mut self.variance, &other.variance), (&mut self.norm, &other.norm)]
        {
            for (sum, value) in mine.iter_mut().zip(theirs) {
                *sum += value;
            }
        }
    }
}
