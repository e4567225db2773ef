//! From the sums of all frames to C and its Fourier components.

use super::correlator::{AngularCorrelator, AngularSums, Normalise, Subtract};

/// The result, pairs of rings in the order of the correlator.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Angular {
    pub angles: usize,
    /// `[pair][angle]`; NaN where no two cells are that far apart
    pub correlation: Vec<f64>,
    /// `[pair][angle]`: pairs of cells of a frame
    pub pairs: Vec<u64>,
    /// `[pair][n]`, n from 0 to half the angles: real and imaginary parts; NaN where C has a gap
    pub re: Vec<f64>,
    pub im: Vec<f64>,
    /// `[ring][angle]`: mean of the polar images; NaN where a cell is not good
    pub image: Vec<f64>,
    /// by ring, mean over its good cells
    pub mean: Vec<f64>,
}

impl AngularCorrelator {
    /// Divides the sums.
    pub fn finish(&self, sums: &AngularSums) -> Angular {
        let (angles, rings, pairs, half) = (self.angles(), self.rings, self.pairs(), self.frequencies());
        let frames = sums.frames as f64;
        let image: Vec<f64> =
            (0..angles * rings).map(|at| sums.image.get(at).copied().unwrap_or(0.0) / frames).collect();
        let means = self.means(&image);
        // transforms of the mask, and of the mean image
        let (of_mask, of_mean) = (self.transform(|at| f64::from(self.good[at])), self.transform(|at| image[at]));
        let deviations: Vec<f64> = (0..rings)
            .map(|ring| {
                (sums.squares.get(ring).copied().unwrap_or(0.0) / frames - means[ring] * means[ring]).max(0.0).sqrt()
            })
            .collect();
        let mut made = Angular {
            angles,
            image: (0..rings * angles)
                .map(|at| (at % angles) * rings + at / angles)
                .map(|at| if self.good[at] { image[at] } else { f64::NAN })
                .collect(),
            mean: means.clone(),
            ..Angular::default()
        };
        let both: Vec<(usize, usize)> = match self.same {
            true => (0..rings).map(|ring| (ring, ring)).collect(),
            false => (0..rings).flat_map(|one| (0..=one).map(move |other| (one, other))).collect(),
        };
        for (pair, &(one, other)) in both.iter().enumerate() {
            let [mut re, mut im] = [vec![0.0; half], vec![0.0; half]];
            for n in 0..half {
                let at = n * pairs + pair;
                re[n] = sums.re.get(at).copied().unwrap_or(0.0) / frames;
                im[n] = sums.im.get(at).copied().unwrap_or(0.0) / frames;
                if self.subtract == Subtract::Run {
                    let [a, b] = product(&of_mean, rings, n, one, other);
                    re[n] = (re[n] - a) * frames / (frames - 1.0);
                    im[n] = (im[n] - b) * frames / (frames - 1.0);
                }
            }
            let raw = self.backward(&re, &im);
            let (mask_re, mask_im): (Vec<f64>, Vec<f64>) =
                (0..half).map(|n| product(&of_mask, rings, n, one, other)).map(|[a, b]| (a, b)).unzip();
            // whole numbers but for the rounding of the transform
            let counts: Vec<u64> =
                self.backward(&mask_re, &mask_im).into_iter().map(|value| libm::rint(value).max(0.0) as u64).collect();
            let by = match self.normalise {
                Normalise::Nothing => 1.0,
                Normalise::Mean => means[one] * means[other],
                Normalise::Deviation => deviations[one] * deviations[other],
            };
            let of = |(value, count): (&f64, &u64)| if *count > 0 { value / *count as f64 / by } else { f64::NAN };
            let correlation: Vec<f64> = raw.iter().zip(&counts).map(of).collect();
            let mut smooth = correlation.clone();
            if one == other && self.subtract != Subtract::Nothing {
                smooth[0] = 0.5 * (correlation[1] + correlation[angles - 1]);
            }
            let [c_re, c_im] = self.components(&smooth);
            made.correlation.extend(correlation);
            made.pairs.extend(counts);
            made.re.extend(c_re);
            made.im.extend(c_im);
        }
        made
    }

    /// Of all rings, `[n][ring]`; cells that are not good are 0.
    fn transform(&self, of: impl Fn(usize) -> f64) -> [Vec<f64>; 2] {
        let mut re: Vec<f64> = (0..self.good.len()).map(|at| if self.good[at] { of(at) } else { 0.0 }).collect();
        let mut im = vec![0.0; re.len()];
        self.fft.forward(self.rings, [&mut re, &mut im], [&mut Vec::new(), &mut Vec::new()]);
        [re, im]
    }

    /// `sum_k a(k + d) b(k)` from the first half of A conj B.
    fn backward(&self, re: &[f64], im: &[f64]) -> Vec<f64> {
        let n = self.angles();
        let whole = |at: usize| if at < re.len() { [re[at], im[at]] } else { [re[n - at], -im[n - at]] };
        // the inverse is the transform of the conjugate, conjugated: real here
        let mut a: Vec<f64> = (0..n).map(|at| whole(at)[0]).collect();
        let mut b: Vec<f64> = (0..n).map(|at| -whole(at)[1]).collect();
        self.fft.forward(1, [&mut a, &mut b], [&mut Vec::new(), &mut Vec::new()]);
        a.into_iter().map(|value| value / n as f64).collect()
    }

    fn components(&self, correlation: &[f64]) -> [Vec<f64>; 2] {
        let n = self.angles();
        let (mut re, mut im) = (correlation.to_vec(), vec![0.0; n]);
        self.fft.forward(1, [&mut re, &mut im], [&mut Vec::new(), &mut Vec::new()]);
        [re, im].map(|values| values.into_iter().take(self.frequencies()).map(|value| value / n as f64).collect())
    }
}

/// A(one) conj A(other) at frequency n.
fn product([re, im]: &[Vec<f64>; 2], rings: usize, n: usize, one: usize, other: usize) -> [f64; 2] {
    let (a, b) = (re[n * rings + one], im[n * rings + one]);
    let (c, d) = (re[n * rings + other], im[n * rings + other]);
    [a * c + b * d, b * c - a * d]
}

#[cfg(test)]
mod tests {
    use super::super::{AngularCorrelator, AngularSums, AngularWorking, Normalise, Subtract};
    use super::Angular;

    const I: [f64; 8] = [4.0, 7.0, 2.0, 9.0, 5.0, 6.0, 3.0, 8.0];
    const J: [f64; 8] = [1.0, 2.0, 3.0, 2.0, 1.0, 2.0, 4.0, 1.0];

    /// Of frames `[ring][angle]`.
    fn correlate(frames: &[&[[f64; 8]]], same: bool, subtract: Subtract, normalise: Normalise) -> Angular {
        let rings = frames[0].len();
        let turned =
            |frame: &[[f64; 8]]| -> Vec<f64> { (0..8 * rings).map(|at| frame[at % rings][at / rings]).collect() };
        let good = turned(frames[0]).iter().map(|value| value.is_finite()).collect();
        let correlator = AngularCorrelator::new((8, rings), good, same, subtract, false, normalise).unwrap();
        let mut sums = AngularSums::default();
        for frame in frames {
            let mut one = AngularSums::default();
            correlator.add(&turned(frame), &mut AngularWorking::default(), &mut one).unwrap();
            sums.merge(&one);
        }
        correlator.finish(&sums)
    }

    fn near(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?} {expected:?}");
    }

    #[test]
    fn worked_numbers_of_one_ring() {
        let raw = correlate(&[&[I]], false, Subtract::Nothing, Normalise::Nothing);
        near(&raw.correlation, &[35.5, 26.125, 33.25, 26.375, 35.0, 26.375, 33.25, 26.125]);
        near(&raw.re, &[30.25, 0.018_306, 0.5, 0.106_694, 4.0]);
        let wochner = correlate(&[&[I]], true, Subtract::Frame, Normalise::Mean);
        near(
            &wochner.correlation,
            &[0.173_554, -0.136_364, 0.099_174, -0.128_099, 0.157_025, -0.128_099, 0.099_174, -0.136_364],
        );
        assert_eq!(raw.pairs, [8; 8]);
    }

    #[test]
    fn worked_numbers_with_a_mask() {
        let mut masked = I;
        (masked[2], masked[6]) = (f64::NAN, f64::NAN);
        let raw = correlate(&[&[masked]], false, Subtract::Nothing, Normalise::Nothing);
        assert_eq!(raw.pairs, [6, 4, 4, 4, 6, 4, 4, 4]);
        near(&raw.correlation, &[45.166_667, 33.75, 55.25, 33.75, 44.666_667, 33.75, 55.25, 33.75]);
        let own = correlate(&[&[masked]], false, Subtract::Frame, Normalise::Nothing);
        near(&own.correlation, &[2.916_667, -2.0, 0.0, -2.0, 2.416_667, -2.0, 0.0, -2.0]);
        assert!(own.image[2].is_nan() && own.mean == [6.5]);
    }

    /// Pairs are (0, 0), (1, 0), (1, 1); the first ring of a pair is the shifted one.
    #[test]
    fn worked_numbers_of_two_rings() {
        let raw = correlate(&[&[J, I]], false, Subtract::Nothing, Normalise::Nothing);
        near(&raw.correlation[8..16], &[9.875, 12.0, 11.125, 11.125, 9.625, 12.0, 11.375, 10.875]);
        let other = correlate(&[&[I, J]], false, Subtract::Nothing, Normalise::Nothing);
        near(&other.correlation[8..16], &[9.875, 10.875, 11.375, 12.0, 9.625, 11.125, 11.125, 12.0]);
    }

    /// With the run's mean taken off, what is in every frame is gone.
    #[test]
    fn the_mean_of_the_run_is_taken_off() {
        let add = |by: f64| I.map(|value| value + by);
        let mut turned = I;
        turned.rotate_left(3);
        let frames: [&[[f64; 8]]; 3] = [&[I], &[add(2.0)], &[turned]];
        let found = correlate(&frames, false, Subtract::Run, Normalise::Nothing);
        let mean: Vec<f64> = (0..8).map(|k| (2.0 * I[k] + 2.0 + turned[k]) / 3.0).collect();
        let direct: Vec<f64> = (0..8)
            .map(|d| {
                let of = |frame: &[f64; 8]| -> f64 {
                    (0..8).map(|k| (frame[(k + d) % 8] - mean[(k + d) % 8]) * (frame[k] - mean[k])).sum::<f64>() / 8.0
                };
                (of(&I) + of(&add(2.0)) + of(&turned)) / 2.0
            })
            .collect();
        near(&found.correlation, &direct);
        let still = correlate(&[&[I], &[I]], false, Subtract::Run, Normalise::Mean);
        near(&still.correlation, &[0.0; 8]);
    }

    #[test]
    fn a_frame_with_other_good_cells_is_left_out() {
        let mut masked = I;
        masked[2] = f64::NAN;
        let correlator =
            AngularCorrelator::new((8, 1), vec![true; 8], false, Subtract::Run, false, Normalise::Nothing).unwrap();
        let mut sums = AngularSums::default();
        correlator.add(&masked, &mut AngularWorking::default(), &mut sums).unwrap();
        correlator.add(&I, &mut AngularWorking::default(), &mut sums).unwrap();
        assert_eq!((sums.frames, sums.others), (1, 1));
        assert!(correlator.add(&[1.0], &mut AngularWorking::default(), &mut sums).is_err());
        assert!(
            AngularCorrelator::new((11, 1), vec![true; 11], false, Subtract::Run, false, Normalise::Nothing).is_err()
        );
    }
}
