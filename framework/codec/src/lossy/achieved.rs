//! The error of what was stored, measured pixel by pixel.

/// The error of one chunk, or of many together.
///
/// Sums are f64 and depend on the order of [`Self::merge`]: merge in the order of the chunks.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Achieved {
    /// The largest distance of a pixel from its value.
    pub max_error: f64,
    /// The sum over the pixels of the squared distance.
    pub sum_squared_error: f64,
    /// Pixels.
    pub count: u64,
    /// The smallest finite value that came in; infinity where there was none.
    pub min: f64,
    /// The largest finite value that came in; minus infinity where there was none.
    pub max: f64,
    /// Pixels that were NaN or infinite and are stored as the number given for them. Their
    /// error is counted from that number.
    pub replaced: u64,
    /// Chunks.
    pub chunks: u64,
    /// Chunks stored without loss.
    pub lossless_chunks: u64,
}

impl Default for Achieved {
    /// Of no chunk.
    fn default() -> Self {
        Self {
            max_error: 0.0,
            sum_squared_error: 0.0,
            count: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            replaced: 0,
            chunks: 0,
            lossless_chunks: 0,
        }
    }
}

impl Achieved {
    /// Adds the chunks of `later`.
    pub fn merge(&mut self, later: &Self) {
        self.max_error = self.max_error.max(later.max_error);
        self.sum_squared_error += later.sum_squared_error;
        self.count += later.count;
        self.min = self.min.min(later.min);
        self.max = self.max.max(later.max);
        self.replaced += later.replaced;
        self.chunks += later.chunks;
        self.lossless_chunks += later.lossless_chunks;
    }

    /// Whether every chunk is stored without loss.
    pub fn is_lossless(&self) -> bool {
        self.lossless_chunks == self.chunks
    }

    /// The mean squared error; `None` of no pixels.
    pub fn mean_squared_error(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum_squared_error / self.count as f64)
    }

    /// dB, 10 log10((max - min)^2 / mean squared error); infinite without error, `None` where
    /// there is no range.
    pub fn psnr(&self) -> Option<f64> {
        crate::quality::psnr(self.max - self.min, self.mean_squared_error()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_add_up() {
        let chunk = |max_error, squares, min, max, lossless| Achieved {
            max_error,
            sum_squared_error: squares,
            count: 100,
            min,
            max,
            replaced: 1,
            chunks: 1,
            lossless_chunks: lossless,
        };
        let mut sum = Achieved::default();
        assert!(sum.is_lossless() && sum.psnr().is_none());
        sum.merge(&chunk(0.0, 0.0, 5.0, 8.0, 1));
        assert!(sum.is_lossless() && sum.psnr() == Some(f64::INFINITY));
        sum.merge(&chunk(2.0, 200.0, -2.0, 6.0, 0));
        let expected = Achieved { count: 200, replaced: 2, chunks: 2, ..chunk(2.0, 200.0, -2.0, 8.0, 1) };
        assert_eq!(sum, expected);
        assert_eq!(sum.psnr(), Some(20.0));
        assert!(!sum.is_lossless());
    }
}
