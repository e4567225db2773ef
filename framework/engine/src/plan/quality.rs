//! Quality gates: what a sample of the written frames must meet before anything is published.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// largest distance of an unmasked pixel from its value; a limit from above
    MaxError,
    /// dB over the unmasked pixels of a frame, range = their largest less their smallest value; a limit from below
    Psnr,
    /// structural similarity, mean over the modules' windows, same range; a limit from below
    Ssim,
    /// largest |I'(q) - I(q)| / I(q) of the workflow's `integrate-azimuthally`, over bins with I > 5 sigma; from above
    AzimuthalDeviation,
}

impl Metric {
    pub fn name(self) -> &'static str {
        match self {
            Metric::MaxError => "max-error",
            Metric::Psnr => "psnr",
            Metric::Ssim => "ssim",
            Metric::AzimuthalDeviation => "azimuthal-deviation",
        }
    }

    /// `value` is on the right side of `limit`.
    pub fn meets(self, value: f64, limit: f64) -> bool {
        match self {
            Metric::MaxError | Metric::AzimuthalDeviation => value <= limit,
            Metric::Psnr | Metric::Ssim => value >= limit,
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// share of the frames that is measured
    pub sample: f64,
    pub seed: u64,
    pub limits: Vec<(Metric, f64)>,
}

impl Quality {
    /// Whether a frame is in the sample: by a hash of seed, train and pulse, so that everyone samples the same ones.
    pub fn samples(&self, train_id: u64, pulse_id: u64) -> bool {
        self.draw(train_id, pulse_id) < self.sample
    }

    /// What a frame draws, from 0 to 1. When no kept frame of the run is in the sample, the one that draws the least is.
    pub fn draw(&self, train_id: u64, pulse_id: u64) -> f64 {
        let mut key = [0u8; 16];
        key[..8].copy_from_slice(&train_id.to_le_bytes());
        key[8..].copy_from_slice(&pulse_id.to_le_bytes());
        // 53 bits: every share has an exact meaning
        (xxh3_64_with_seed(&key, self.seed) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_about_as_large_as_asked() {
        let quality = Quality { sample: 0.05, seed: 1, limits: Vec::new() };
        let taken = (0..100_000u64).filter(|n| quality.samples(10_000 + n / 100, n % 100)).count();
        // five standard deviations of a binomial of 100 000 draws at 5 %
        assert!((taken as f64 - 5000.0).abs() < 5.0 * (100_000.0f64 * 0.05 * 0.95).sqrt(), "{taken}");
        let all = Quality { sample: 1.0, ..quality };
        assert!((0..1000).all(|n| all.samples(n, n)));
    }
}
