//! The result: intensity by bin.

use super::options::ErrorModel;
use super::sums::Sums;

/// Per bin: I = signal / norm, sigma = sqrt(variance) / norm (the standard error of the mean), norm. A bin without pixels
/// has all three 0.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profile {
    pub intensity: Vec<f64>,
    pub sigma: Vec<f64>,
    pub norm: Vec<f64>,
}

impl Profile {
    /// As `From`, but that photons without counts have no sigma: NaN.
    pub fn of(sums: &Sums, model: ErrorModel) -> Self {
        let mut profile = Self::from(sums);
        if model == ErrorModel::Photons {
            let bins = profile.sigma.iter_mut().zip(&sums.variance).zip(&sums.norm);
            for ((sigma, _), _) in bins.filter(|((_, variance), norm)| **norm > 0.0 && **variance <= 0.0) {
                *sigma = f64::NAN;
            }
        }
        profile
    }
}

impl From<&Sums> for Profile {
    fn from(sums: &Sums) -> Self {
        let by_norm = |value: f64, norm: f64| if norm > 0.0 { value / norm } else { 0.0 };
        let intensity: Vec<f64> = sums.signal.iter().zip(&sums.norm).map(|(&s, &n)| by_norm(s, n)).collect();
        let variance = |bin: usize| match sums.squares.get(bin) {
            // sum of w^2 (x - I)^2, where w = c n and x = s / n
            Some([square, cross, weights]) => {
                let i = intensity[bin];
                (square - 2.0 * i * cross + i * i * weights).max(0.0)
            }
            None => sums.variance[bin],
        };
        let sigma = sums.norm.iter().enumerate().map(|(bin, &norm)| by_norm(variance(bin).sqrt(), norm)).collect();
        Self { sigma, norm: sums.norm.clone(), intensity }
    }
}
