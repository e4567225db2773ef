//! Poisson numbers by inversion of the distribution function, one uniform number each.
//!
//! For lambda <= 12: the smallest k with `u < sum_{j<=k} e^-lambda lambda^j / j!`. A larger lambda is cut into equal parts
//! of at most 12, and the sum of their numbers is Poisson again (exactly), at one uniform number a part. No rejection and
//! no approximation but rounding: probabilities are right to about 1e-14 of themselves, and u has 53 bits.
//! `e^-lambda` is `table[k] * p(r)` with lambda = k/32 + r and the Taylor polynomial p of degree 6 (remainder 6e-15).
//! Cost: about lambda + 1 steps. The road not taken: PTRS (Hoermann 1993) is faster for large lambda but needs a logarithm
//! that decides integers; only few pixels of a frame are bright.

use super::stream::draw;
use super::Stream;

const PART: f64 = 12.0;
/// beyond it the probability is below 2^-53 for lambda <= 12
const LARGEST: usize = 63;
const STEPS: f64 = 32.0;

/// Tables of the inversion.
#[derive(Clone, Debug)]
pub struct Poisson {
    /// `exp(-k / 32)`
    exponential: Vec<f64>,
    /// `1 / k`
    inverse: [f64; LARGEST + 1],
}

impl Default for Poisson {
    fn default() -> Self {
        let mut inverse = [0.0; LARGEST + 1];
        for (k, value) in inverse.iter_mut().enumerate().skip(1) {
            *value = 1.0 / k as f64;
        }
        let exponential = (0..=(PART * STEPS) as usize).map(|k| libm::exp(-(k as f64) / STEPS)).collect();
        Poisson { exponential, inverse }
    }
}

impl Poisson {
    /// `exp(-x)` for 0 <= x <= 12.
    #[inline]
    fn decay(&self, x: f64) -> f64 {
        let k = (x * STEPS) as usize;
        let r = x - k as f64 / STEPS;
        let p = 1.0
            - r * (1.0
                - r * (1.0 / 2.0)
                    * (1.0 - r * (1.0 / 3.0) * (1.0 - r * (1.0 / 4.0) * (1.0 - r * (1.0 / 5.0) * (1.0 - r / 6.0)))));
        self.exponential[k.min(self.exponential.len() - 1)] * p
    }

    #[inline]
    fn invert(&self, lambda: f64, u: f64) -> u32 {
        let mut p = self.decay(lambda);
        let mut sum = p;
        let mut k = 0;
        while u >= sum && k < LARGEST {
            k += 1;
            p *= lambda * self.inverse[k];
            sum += p;
        }
        k as u32
    }

    /// A number with mean `lambda` for item `item` of the stream; 0 where `lambda` is not positive, and at most 2^24
    /// parts are drawn.
    #[inline]
    pub fn sample(&self, lambda: f64, stream: &Stream, item: u32) -> u32 {
        if lambda <= PART {
            if lambda > 0.0 {
                return self.invert(lambda, stream.uniform(draw(item, 0)));
            }
            return 0;
        }
        self.sample_bright(lambda, stream, item)
    }

    #[cold]
    fn sample_bright(&self, lambda: f64, stream: &Stream, item: u32) -> u32 {
        if !lambda.is_finite() {
            return 0;
        }
        let parts = (lambda / PART).ceil().min(f64::from(1 << 24)) as u32;
        let part = (lambda / f64::from(parts)).min(PART);
        (0..parts).map(|attempt| self.invert(part, stream.uniform(draw(item, attempt)))).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Purpose;

    #[test]
    fn decay_is_the_exponential() {
        let poisson = Poisson::default();
        for i in 0..=120_000 {
            let x = f64::from(i) * 1e-4;
            let relative = poisson.decay(x) / libm::exp(-x) - 1.0;
            assert!(relative.abs() < 3e-14, "x = {x}: {relative:e}");
        }
    }

    /// Counts against the probabilities, chi-square over the values that are expected at least ten times.
    #[test]
    fn numbers_follow_the_distribution() {
        let poisson = Poisson::default();
        for (case, lambda) in [0.01, 0.3, 1.0, 7.5, 11.99, 12.01, 40.0, 250.0].into_iter().enumerate() {
            let stream = Stream::new(5, Purpose::Photons, 0, case as u16, 1, 1);
            let n = 400_000u32;
            let mut seen = vec![0u32; 2000];
            (0..n).for_each(|i| seen[poisson.sample(lambda, &stream, i) as usize] += 1);
            let (mut chi2, mut freedom, mut ln_factorial) = (0.0f64, -1.0f64, 0.0f64);
            for (k, &count) in seen.iter().enumerate() {
                ln_factorial += if k > 0 { libm::log(k as f64) } else { 0.0 };
                let expected = f64::from(n) * libm::exp(k as f64 * libm::log(lambda) - lambda - ln_factorial);
                if expected >= 10.0 {
                    chi2 += (f64::from(count) - expected).powi(2) / expected;
                    freedom += 1.0;
                }
            }
            // within five standard deviations of the chi-square distribution
            let limit = freedom + 5.0 * (2.0 * freedom).sqrt();
            assert!(freedom > 0.0 && chi2 < limit, "lambda {lambda}: chi2 {chi2} for {freedom}");
        }
    }

    #[test]
    fn no_light_no_photon() {
        let poisson = Poisson::default();
        let stream = Stream::new(5, Purpose::Photons, 0, 0, 1, 1);
        for lambda in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(poisson.sample(lambda, &stream, 3), 0);
        }
    }
}
