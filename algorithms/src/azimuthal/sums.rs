//! The sums of a frame, or of many.

use serde::{Deserialize, Serialize};

/// Per bin, f64. Sums of several frames add: I of the whole is the sum of signals over the sum of norms.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Sums {
    pub signal: Vec<f64>,
    pub variance: Vec<f64>,
    pub norm: Vec<f64>,
    /// With the azimuthal error model, sums of c^2 s^2, c^2 s n and c^2 n^2; else empty.
    pub squares: Vec<[f64; 3]>,
}

impl Sums {
    /// Zeros for `bins` bins.
    pub fn new(bins: usize) -> Self {
        Self { signal: vec![0.0; bins], variance: vec![0.0; bins], norm: vec![0.0; bins], squares: Vec::new() }
    }

    /// Becomes zeros for `bins` bins.
    pub(super) fn clear(&mut self, bins: usize) {
        for values in [&mut self.signal, &mut self.variance, &mut self.norm] {
            values.clear();
            values.resize(bins, 0.0);
        }
        self.squares.clear();
    }

    pub fn bins(&self) -> usize {
        self.signal.len()
    }

    /// The same with the normalisation of every pixel multiplied by `factor`.
    pub fn normalise(&mut self, factor: f64) {
        self.norm.iter_mut().for_each(|norm| *norm *= factor);
        for [_, cross, square] in &mut self.squares {
            *cross *= factor;
            *square *= factor * factor;
        }
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
        for (mine, theirs) in self.squares.iter_mut().flatten().zip(other.squares.iter().flatten()) {
            *mine += theirs;
        }
    }
}
