//! What is known of each pixel: count, mean, sum of squared distances from the mean, minimum, maximum; and how two groups of frames
//! are joined (Chan, Golub and LeVeque 1979):
//!
//! ```text
//! n = n_a + n_b      d = mean_b - mean_a      mean = mean_a + d n_b / n      M2 = M2_a + M2_b + d^2 n_a n_b / n
//! ```
//!
//! in f64, 28 bytes a pixel with everything. Joining is not associative in its last bits: whoever joins keeps one order.

use serde::{Deserialize, Serialize};

use super::accumulate::Kept;

/// Why frames or statistics cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MomentsError {
    #[error("{found} pixels where {expected} are expected")]
    Pixels { expected: usize, found: usize },
    #[error("the two do not hold the same quantities")]
    Kept,
    #[error("a pixel has more than {} values", u32::MAX)]
    TooMany,
}

/// Statistics of some pixels; a pixel without a value has count 0, mean NaN, and NaN for the rest of what is kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Moments {
    count: Vec<u32>,
    mean: Vec<f64>,
    /// empty when not kept
    squares: Vec<f64>,
    min: Vec<f32>,
    max: Vec<f32>,
}

impl Moments {
    /// Of no frames.
    pub fn new(pixels: usize, kept: Kept) -> Self {
        let (variance, extremes) = (if kept.variance { pixels } else { 0 }, if kept.extremes { pixels } else { 0 });
        Self {
            count: vec![0; pixels],
            mean: vec![f64::NAN; pixels],
            squares: vec![f64::NAN; variance],
            min: vec![f32::NAN; extremes],
            max: vec![f32::NAN; extremes],
        }
    }

    pub(super) fn set(
        &mut self,
        pixel: usize,
        count: u32,
        mean: f64,
        squares: Option<f64>,
        extremes: Option<[f32; 2]>,
    ) {
        self.count[pixel] = count;
        self.mean[pixel] = mean;
        if let Some(squares) = squares {
            self.squares[pixel] = squares;
        }
        if let Some([min, max]) = extremes {
            self.min[pixel] = min;
            self.max[pixel] = max;
        }
    }

    pub fn pixels(&self) -> usize {
        self.count.len()
    }

    /// Values of each pixel.
    pub fn count(&self) -> &[u32] {
        &self.count
    }

    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// M2 / n, the variance of the values themselves; empty when not kept.
    pub fn variance(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.squares.iter().zip(&self.count).map(|(&squares, &count)| squares / f64::from(count))
    }

    /// M2 / (n - 1), the estimate of the variance of what they are drawn from; NaN of one value, empty when not kept.
    pub fn sample_variance(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.squares.iter().zip(&self.count).map(|(&squares, &count)| squares / (f64::from(count) - 1.0).max(0.0))
    }

    /// The smallest value; empty when not kept.
    pub fn min(&self) -> &[f32] {
        &self.min
    }

    /// The largest value; empty when not kept.
    pub fn max(&self) -> &[f32] {
        &self.max
    }

    /// Adds the frames of `later`.
    ///
    /// # Errors
    /// When the two are not of the same pixels and quantities, or a pixel has more values than can be counted; nothing is
    /// added then.
    pub fn merge(&mut self, later: &Self) -> Result<(), MomentsError> {
        if self.pixels() != later.pixels() {
            return Err(MomentsError::Pixels { expected: self.pixels(), found: later.pixels() });
        }
        let lengths = |m: &Self| [m.mean.len(), m.squares.len(), m.min.len(), m.max.len()];
        if lengths(self) != lengths(later) {
            return Err(MomentsError::Kept);
        }
        if self.count.iter().zip(&later.count).any(|(a, &b)| a.checked_add(b).is_none()) {
            return Err(MomentsError::TooMany);
        }
        for (pixel, (&a, &b)) in self.count.iter().zip(&later.count).enumerate() {
            if b == 0 {
                continue;
            }
            let [n_a, n_b] = [a, b].map(f64::from);
            let distance = if a == 0 { 0.0 } else { later.mean[pixel] - self.mean[pixel] };
            self.mean[pixel] =
                if a == 0 { later.mean[pixel] } else { self.mean[pixel] + distance * (n_b / (n_a + n_b)) };
            if let (Some(mine), Some(&theirs)) = (self.squares.get_mut(pixel), later.squares.get(pixel)) {
                let between = distance * distance * (n_a * n_b / (n_a + n_b));
                *mine = if a == 0 { theirs } else { *mine + theirs + between };
            }
            if let (Some(mine), Some(&theirs)) = (self.min.get_mut(pixel), later.min.get(pixel)) {
                *mine = if a == 0 || theirs < *mine { theirs } else { *mine };
            }
            if let (Some(mine), Some(&theirs)) = (self.max.get_mut(pixel), later.max.get(pixel)) {
                *mine = if a == 0 || theirs > *mine { theirs } else { *mine };
            }
        }
        for (count, &more) in self.count.iter_mut().zip(&later.count) {
            *count += more;
        }
        Ok(())
    }
}

/// What is read back; checked before it becomes statistics, because all else counts on equal lengths.
#[derive(Deserialize)]
struct Stored {
    count: Vec<u32>,
    mean: Vec<f64>,
    squares: Vec<f64>,
    min: Vec<f32>,
    max: Vec<f32>,
}

impl TryFrom<Stored> for Moments {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { count, mean, squares, min, max } = stored;
        let fits = |length: usize| length == 0 || length == count.len();
        if mean.len() != count.len() || !fits(squares.len()) || !fits(min.len()) || min.len() != max.len() {
            return Err("statistics of different numbers of pixels");
        }
        Ok(Moments { count, mean, squares, min, max })
    }
}
