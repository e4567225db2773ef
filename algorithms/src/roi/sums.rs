//! What frames of a group add up to: everything from which means, ratios and their errors follow.
//!
//! With the value x of a frame and what it is normalised by, y: n, sums of x, x^2, y, y^2, x y, x / y and (x / y)^2. The ratio of
//! means is sum x / sum y, the mean of ratios sum (x / y) / n.

use serde::{Deserialize, Serialize};

/// Sums of pairs (x, y).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    pub frames: u64,
    /// x, x^2, y, y^2, x y, x / y, (x / y)^2
    pub sums: [f64; 7],
}

impl Pair {
    pub fn add(&mut self, x: f64, y: f64) {
        let ratio = x / y;
        let more = [x, x * x, y, y * y, x * y, ratio, ratio * ratio];
        self.sums.iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
        self.frames += 1;
    }

    pub fn merge(&mut self, other: &Self) {
        self.sums.iter_mut().zip(other.sums).for_each(|(sum, value)| *sum += value);
        self.frames += other.frames;
    }

    pub fn ratio_of_means(&self) -> f64 {
        match self.frames {
            0 => f64::NAN,
            _ => self.sums[0] / self.sums[2],
        }
    }

    pub fn mean_of_ratios(&self) -> f64 {
        match self.frames {
            0 => f64::NAN,
            n => self.sums[5] / n as f64,
        }
    }

    /// Standard error of the ratio of means, from the scatter of the frames.
    pub fn error(&self) -> f64 {
        let [_, xx, y, yy, xy, ..] = self.sums;
        let (n, ratio) = (self.frames as f64, self.ratio_of_means());
        let scatter = (xx - 2.0 * ratio * xy + ratio * ratio * yy).max(0.0) * n / (n - 1.0);
        if self.frames > 1 {
            scatter.sqrt() / y.abs()
        } else {
            f64::NAN
        }
    }
}

/// Sums of one group of frames: of each region, and of each bin of its spectrum.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GroupSums {
    pub regions: Vec<Pair>,
    /// `[region][bin]`: sums of the spectrum, of its squares, of it over the frame's normaliser, of weights
    pub spectra: Vec<[f64; 4]>,
}

impl GroupSums {
    pub fn new(regions: usize, bins: usize) -> Self {
        GroupSums { regions: vec![Pair::default(); regions], spectra: vec![[0.0; 4]; bins] }
    }

    pub fn merge(&mut self, other: &Self) {
        self.regions.iter_mut().zip(&other.regions).for_each(|(mine, theirs)| mine.merge(theirs));
        for (mine, theirs) in self.spectra.iter_mut().zip(&other.spectra) {
            mine.iter_mut().zip(theirs).for_each(|(sum, value)| *sum += value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ratios_by_hand() {
        let mut pair = Pair::default();
        [(2.0, 1.0), (3.0, 2.0), (10.0, 4.0)].into_iter().for_each(|(x, y)| pair.add(x, y));
        assert_eq!((pair.ratio_of_means(), pair.mean_of_ratios()), (15.0 / 7.0, 2.0));
        // off the ratio: 2 - 15/7, 3 - 30/7, 10 - 60/7
        let scatter: f64 = [-1.0f64 / 7.0, -9.0 / 7.0, 10.0 / 7.0].iter().map(|off| off * off).sum();
        assert!((pair.error() - (scatter * 1.5).sqrt() / 7.0).abs() < 1e-12);
        let mut twice = Pair::default();
        twice.merge(&pair);
        twice.merge(&Pair::default());
        assert_eq!(twice, pair);
        assert!(Pair::default().ratio_of_means().is_nan() && Pair::default().error().is_nan());
    }
}
