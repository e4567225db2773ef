//! The result: intensity by bin.

use super::sums::Sums;

/// Per bin: I = signal / norm, sigma = sqrt(variance) / norm (the standard error of the mean), norm. A bin without pixels
/// has all three 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    pub intensity: Vec<f64>,
    pub sigma: Vec<f64>,
    pub norm: Vec<f64>,
}

impl From<&Sums> for Profile {
    fn from(sums: &Sums) -> Self {
        let by_norm = |value: f64, norm: f64| if norm > 0.0 { value / norm } else { 0.0 };
        let divided = |values: &[f64], of: fn(f64) -> f64| {
            values.iter().zip(&sums.norm).map(|(&value, &norm)| by_norm(of(value), norm)).collect()
        };
        Self {
            intensity: divided(&sums.signal, |signal| signal),
            sigma: divided(&sums.variance, f64::sqrt),
            norm: sums.norm.clone(),
        }
    }
}
