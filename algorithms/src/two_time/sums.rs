//! What trains leave of a two-time correlation, and what is made of it in the end.

use super::at;
use serde::{Deserialize, Serialize};

/// Sums of one ring.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ring {
    /// lower triangle of (t, t')
    numerator: Vec<f64>,
    denominator: Vec<f64>,
    /// trains that gave the pair
    pairs: Vec<u64>,
    /// by lag, over trains: sums of a, b, a^2, a b, b^2
    lags: Vec<[f64; 5]>,
    /// by lag, trains that have it
    trains: Vec<u64>,
    /// by lag, pairs of frames
    counts: Vec<u64>,
    /// train by train, pixels that took part
    pixels: u64,
    seen: u64,
}

/// Sums of all rings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TwoTimeSums {
    rings: Vec<Ring>,
}

/// g2 of one ring.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct G2 {
    /// by lag; NaN where there is no pair
    pub g2: Vec<f64>,
    /// standard error from the differences between trains; NaN with fewer than two
    pub sigma: Vec<f64>,
    pub pairs: Vec<u64>,
}

impl TwoTimeSums {
    pub fn new(rings: usize) -> Self {
        Self { rings: vec![Ring::default(); rings] }
    }

    pub fn rings(&self) -> &[Ring] {
        &self.rings
    }

    /// One past the last time of any ring.
    pub fn times(&self) -> usize {
        self.rings.iter().map(|ring| ring.lags.len()).max().unwrap_or(0)
    }

    /// Bytes for so many times and rings.
    pub fn bytes(times: usize, rings: usize) -> usize {
        rings * (times * (times + 1) / 2 * 24 + times * 56)
    }

    pub(super) fn add_train(
        &mut self,
        ring: usize,
        times: &[usize],
        pixels: usize,
        products: &[f64],
        sums: &[f64],
        shot_noise: bool,
    ) {
        let (Some(ring), Some(&last)) = (self.rings.get_mut(ring), times.last()) else { return };
        ring.reach(last + 1);
        let p = pixels as f64;
        let mut of_lag = vec![[0.0f64; 2]; last + 1];
        let mut has = vec![0u64; last + 1];
        for (i, &t) in times.iter().enumerate() {
            for (j, &other) in times[..=i].iter().enumerate() {
                let shot = if i == j && !shot_noise { sums[i] } else { 0.0 };
                let a = (products[at(i, j)] - shot) / p;
                let b = (sums[i] / p) * (sums[j] / p);
                let cell = at(t, other);
                ring.numerator[cell] += a;
                ring.denominator[cell] += b;
                ring.pairs[cell] += 1;
                let lag = t - other;
                of_lag[lag][0] += a;
                of_lag[lag][1] += b;
                has[lag] += 1;
            }
        }
        for (lag, ([a, b], pairs)) in of_lag.into_iter().zip(has).enumerate().filter(|(_, (_, pairs))| *pairs > 0) {
            let more = [a, b, a * a, a * b, b * b];
            ring.lags[lag].iter_mut().zip(more).for_each(|(sum, value)| *sum += value);
            ring.trains[lag] += 1;
            ring.counts[lag] += pairs;
        }
        ring.pixels += pixels as u64;
        ring.seen += 1;
    }

    /// Adds the sums of other trains; a ring that one of them lacks stays as it is.
    pub fn merge(&mut self, other: &Self) {
        if self.rings.is_empty() {
            self.clone_from(other);
            return;
        }
        for (mine, theirs) in self.rings.iter_mut().zip(&other.rings) {
            mine.merge(theirs);
        }
    }
}

impl Ring {
    /// Makes room for so many times.
    fn reach(&mut self, times: usize) {
        if self.lags.len() < times {
            let cells = times * (times + 1) / 2;
            self.numerator.resize(cells, 0.0);
            self.denominator.resize(cells, 0.0);
            self.pairs.resize(cells, 0);
            self.lags.resize(times, [0.0; 5]);
            self.trains.resize(times, 0);
            self.counts.resize(times, 0);
        }
    }

    fn merge(&mut self, other: &Ring) {
        self.reach(other.lags.len());
        let add = |mine: &mut [f64], theirs: &[f64]| mine.iter_mut().zip(theirs).for_each(|(sum, more)| *sum += more);
        let count = |mine: &mut [u64], theirs: &[u64]| mine.iter_mut().zip(theirs).for_each(|(sum, more)| *sum += more);
        add(&mut self.numerator, &other.numerator);
        add(&mut self.denominator, &other.denominator);
        add(self.lags.as_flattened_mut(), other.lags.as_flattened());
        count(&mut self.pairs, &other.pairs);
        count(&mut self.trains, &other.trains);
        count(&mut self.counts, &other.counts);
        self.pixels += other.pixels;
        self.seen += other.seen;
    }

    /// `[time][time]`, both halves, of so many times: numerator, denominator, number of trains.
    pub fn square(&self, times: usize) -> (Vec<f64>, Vec<f64>, Vec<u64>) {
        let cell = |at_cell: usize| {
            let (t, other) = (at_cell / times, at_cell % times);
            at(t.max(other), t.min(other))
        };
        let of = |values: &[f64]| (0..times * times).map(|c| values.get(cell(c)).copied().unwrap_or(0.0)).collect();
        let pairs = (0..times * times).map(|c| self.pairs.get(cell(c)).copied().unwrap_or(0)).collect();
        (of(&self.numerator), of(&self.denominator), pairs)
    }

    /// g2 of so many lags.
    pub fn g2(&self, lags: usize) -> G2 {
        let mut made = G2::default();
        for lag in 0..lags {
            let [a, b, aa, ab, bb] = self.lags.get(lag).copied().unwrap_or_default();
            let trains = self.trains.get(lag).copied().unwrap_or(0) as f64;
            let g2 = if b > 0.0 { a / b } else { f64::NAN };
            let scatter = (aa - 2.0 * g2 * ab + g2 * g2 * bb).max(0.0) * trains / (trains - 1.0);
            made.g2.push(g2);
            made.sigma.push(if trains > 1.0 { scatter.sqrt() / b } else { f64::NAN });
            made.pairs.push(self.counts.get(lag).copied().unwrap_or(0));
        }
        made
    }

    /// Trains, and the mean number of pixels that took part.
    pub fn seen(&self) -> (u64, f64) {
        (self.seen, if self.seen > 0 { self.pixels as f64 / self.seen as f64 } else { 0.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::super::add_train;
    use super::*;
    use trainyard_codec::Processor;

    /// Two trains of two frames, by hand.
    #[test]
    fn two_trains_by_hand() {
        let mut sums = TwoTimeSums::new(1);
        let mut add = |frames: &[&[f32]], slots: &[usize]| {
            add_train(frames, slots, &[2], false, Processor::SCALAR, &mut sums);
        };
        add(&[&[1.0, 3.0], &[2.0, 2.0]], &[0, 2]);
        add(&[&[2.0, 0.0], &[1.0, 1.0]], &[0, 2]);
        let ring = &sums.rings()[0];
        // products (1 2 + 3 2) / 2 = 4 and 1, means 2 2 and 1 1
        let G2 { g2, sigma, pairs } = ring.g2(3);
        assert_eq!((g2[2], pairs[2], pairs[1]), (5.0 / 5.0, 2, 0));
        assert!(g2[1].is_nan());
        // a = 4 1, b = 4 1: no scatter
        assert_eq!(sigma[2], 0.0);
        // the diagonal without shot noise: (1 + 9 - 4) / 2 = 3, (4 + 4 - 4) / 2 = 2; (4 - 2) / 2 = 1, 0; over 4 4 1 1
        assert_eq!(g2[0], 6.0 / 10.0);
        let (numerator, denominator, trains) = ring.square(3);
        assert_eq!(numerator, [4.0, 0.0, 5.0, 0.0, 0.0, 0.0, 5.0, 0.0, 2.0]);
        assert_eq!(denominator, [5.0, 0.0, 5.0, 0.0, 0.0, 0.0, 5.0, 0.0, 5.0]);
        assert_eq!(trains, [2, 0, 2, 0, 0, 0, 2, 0, 2]);
    }

    #[test]
    fn a_pixel_that_is_bad_once_leaves_its_train_and_a_blank_frame_leaves_alone() {
        let nan = f32::NAN;
        let mut sums = TwoTimeSums::new(1);
        add_train(
            &[&[1.0, 3.0, nan], &[nan, nan, nan], &[2.0, 5.0, 7.0]],
            &[0, 1, 2],
            &[3],
            true,
            Processor::SCALAR,
            &mut sums,
        );
        let (numerator, _, trains) = sums.rings()[0].square(3);
        assert_eq!((numerator[2], trains[1], trains[2]), (8.5, 0, 1));
        assert_eq!(sums.rings()[0].seen(), (1, 2.0));
    }
}
