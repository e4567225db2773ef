//! Maximum error, MSE, RMSE and PSNR of pixels, frame after frame.
//!
//! A pixel whose reference is NaN or infinite is left out: it is masked or dead, and nothing can
//! be said of it. A pixel whose reference is a number and whose image is not is an infinite error.

const LANES: usize = 8;

/// Sums over pixels; merged in the order of the frames.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ErrorSums {
    /// The largest distance.
    pub max_error: f64,
    /// The sum of the squared distances.
    pub sum_of_squares: f64,
    /// Pixels whose reference is a number.
    pub count: u64,
    /// The smallest and the largest reference; infinity and minus infinity of none.
    pub min: f64,
    /// See `min`.
    pub max: f64,
}

impl Default for ErrorSums {
    /// Of no pixels.
    fn default() -> Self {
        Self { max_error: 0.0, sum_of_squares: 0.0, count: 0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }
}

impl ErrorSums {
    /// Of a frame and its reduced image.
    ///
    /// # Panics
    /// When the two are not of one length.
    pub fn of<T: Copy + Into<f64>>(reference: &[T], image: &[T]) -> Self {
        assert_eq!(reference.len(), image.len(), "a frame and its image have one shape");
        let mut lanes = [Self::default(); LANES];
        for (reference, image) in reference.chunks(LANES).zip(image.chunks(LANES)) {
            for (lane, (&reference, &image)) in lanes.iter_mut().zip(reference.iter().zip(image)) {
                let (reference, image) = (reference.into(), image.into());
                if !reference.is_finite() {
                    continue;
                }
                let distance = (reference - image).abs();
                let distance = if distance.is_nan() { f64::INFINITY } else { distance };
                lane.max_error = lane.max_error.max(distance);
                lane.sum_of_squares += distance * distance;
                lane.count += 1;
                lane.min = lane.min.min(reference);
                lane.max = lane.max.max(reference);
            }
        }
        lanes.iter().fold(Self::default(), |mut sum, lane| {
            sum.merge(lane);
            sum
        })
    }

    /// Adds the pixels of `later`.
    pub fn merge(&mut self, later: &Self) {
        self.max_error = self.max_error.max(later.max_error);
        self.sum_of_squares += later.sum_of_squares;
        self.count += later.count;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
    }

    /// The mean squared error; `None` of no pixels.
    pub fn mean_squared(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_of_squares / self.count as f64)
    }

    /// The root of [`Self::mean_squared`].
    pub fn root_mean_squared(&self) -> Option<f64> {
        self.mean_squared().map(f64::sqrt)
    }

    /// The largest less the smallest reference; `None` of no pixels.
    pub fn range(&self) -> Option<f64> {
        (self.count > 0).then_some(self.max - self.min)
    }

    /// dB, for images of the given range.
    pub fn psnr(&self, range: f64) -> Option<f64> {
        psnr(range, self.mean_squared()?)
    }
}

/// 10 log10(range^2 / MSE) in dB: infinite without error, `None` where the range is no positive
/// number.
pub fn psnr(range: f64, mean_squared_error: f64) -> Option<f64> {
    (range > 0.0 && range.is_finite()).then_some(10.0 * libm::log10(range * range / mean_squared_error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_a_few_pixels() {
        let reference = [0.0f32, 10.0, f32::NAN, 20.0, -5.0];
        let mut sums = ErrorSums::of(&reference, &[1.0, 8.0, 7.0, 20.0, -5.0]);
        let expected = ErrorSums { max_error: 2.0, sum_of_squares: 5.0, count: 4, min: -5.0, max: 20.0 };
        assert_eq!(sums, expected);
        assert_eq!((sums.mean_squared(), sums.root_mean_squared()), (Some(1.25), Some(1.25f64.sqrt())));
        assert_eq!((sums.range(), sums.psnr(25.0)), (Some(25.0), Some(10.0 * 500f64.log10())));
        sums.merge(&ErrorSums::of(&[1u16; 20], &[4; 20]));
        assert_eq!((sums.max_error, sums.sum_of_squares, sums.count), (3.0, 185.0, 24));
    }

    #[test]
    fn a_number_lost_is_an_infinite_error() {
        for lost in [f64::NAN, f64::INFINITY] {
            assert_eq!(ErrorSums::of(&[1.0, 2.0], &[1.0, lost]).max_error, f64::INFINITY);
        }
    }

    #[test]
    fn what_has_no_answer_has_none() {
        let none = ErrorSums::of::<f32>(&[f32::NAN], &[1.0]);
        assert_eq!(none, ErrorSums::default());
        assert_eq!((none.mean_squared(), none.range(), none.psnr(1.0)), (None, None, None));
        assert_eq!((psnr(0.0, 1.0), psnr(f64::NAN, 1.0), psnr(3.0, 0.0)), (None, None, Some(f64::INFINITY)));
    }
}
