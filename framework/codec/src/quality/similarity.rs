//! SSIM, the structural similarity of a frame and its reduced image.
//!
//! ```text
//! S = (2 mx my + C1)(2 cxy + C2) / ((mx^2 + my^2 + C1)(vx + vy + C2))
//! C1 = (0.01 R)^2, C2 = (0.03 R)^2, R the range of the images
//! ```
//!
//! in every window of 7 x 7 pixels, with means, and variances and covariance of the sample
//! (N / (N - 1), N = 49); the result is the mean over all windows inside the frame. (Wang et al.
//! 2004, IEEE Trans. Image Process. 13, 600; the window and the sample covariance are those of
//! scikit-image by default, with whose values on f64 images this agrees.)
//!
//! Masked pixels: a window with a pixel whose reference is NaN or infinite is left out. A window
//! whose reference is whole but whose image is not counts as 0.
//!
//! `frame: [slow, fast]`. Per row of windows the five sums (x, y, xx, yy, xy) of seven rows are
//! added up anew for each column, then of seven columns: some seventy additions a pixel, all
//! over whole rows. Running sums would take fewer, but their rounding errors grow along the
//! frame, and one NaN would spoil all windows after it.

/// Pixels of a window's side, and of all.
const SIDE: usize = 7;
const COUNT: f64 = (SIDE * SIDE) as f64;

/// The similarity of a frame, or of several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct FrameSimilarity {
    /// Sum of S over the windows.
    pub sum: f64,
    /// Windows.
    pub windows: u64,
}

impl FrameSimilarity {
    /// The mean of S; `None` where every window is masked.
    pub fn mean(&self) -> Option<f64> {
        (self.windows > 0).then(|| self.sum / self.windows as f64)
    }

    /// Adds the windows of `later`.
    pub fn merge(&mut self, later: &Self) {
        self.sum += later.sum;
        self.windows += later.windows;
    }
}

/// Measures frames; keeps a few rows of memory between them.
#[derive(Clone, Debug)]
pub struct Similarity {
    c1: f64,
    c2: f64,
    /// By quantity, the sum over seven rows of each column.
    columns: [Vec<f64>; 5],
    /// By quantity, the sum over each window of the row.
    windows: [Vec<f64>; 5],
}

impl Similarity {
    /// For images of range `range` (largest less smallest possible or actual value: to be stated
    /// with the result); `None` where that is no positive number.
    pub fn new(range: f64) -> Option<Self> {
        let square = |x: f64| x * x;
        (range > 0.0 && range.is_finite()).then(|| Self {
            c1: square(0.01 * range),
            c2: square(0.03 * range),
            columns: Default::default(),
            windows: Default::default(),
        })
    }

    /// Of a frame with rows of `width` pixels and its reduced image. Frames below 7 x 7 have no
    /// window.
    ///
    /// # Panics
    /// When the two are not of one length or not of whole rows.
    pub fn frame<T: Copy + Into<f64>>(&mut self, reference: &[T], image: &[T], width: usize) -> FrameSimilarity {
        assert_eq!(reference.len(), image.len(), "a frame and its image have one shape");
        assert!(width > 0 && reference.len().is_multiple_of(width), "a frame has whole rows");
        let height = reference.len() / width;
        let mut frame = FrameSimilarity::default();
        if height < SIDE || width < SIDE {
            return frame;
        }
        for buffer in self.columns.iter_mut().chain(&mut self.windows) {
            buffer.resize(width, 0.0);
        }
        for top in 0..=height - SIDE {
            let rows = top * width..(top + SIDE) * width;
            self.add_rows(&reference[rows.clone()], &image[rows], width);
            for (columns, windows) in self.columns.iter().zip(&mut self.windows) {
                add_columns(columns, windows);
            }
            frame.merge(&self.row_of_windows(width - SIDE + 1));
        }
        frame
    }

    fn add_rows<T: Copy + Into<f64>>(&mut self, reference: &[T], image: &[T], width: usize) {
        for columns in &mut self.columns {
            columns.fill(0.0);
        }
        let [sum_x, sum_y, sum_xx, sum_yy, sum_xy] = &mut self.columns;
        for (reference, image) in reference.chunks_exact(width).zip(image.chunks_exact(width)) {
            let sums = sum_x.iter_mut().zip(&mut *sum_y).zip(&mut *sum_xx).zip(&mut *sum_yy).zip(&mut *sum_xy);
            for (((((sx, sy), sxx), syy), sxy), (&x, &y)) in sums.zip(reference.iter().zip(image)) {
                let (x, y) = (x.into(), y.into());
                *sx += x;
                *sy += y;
                *sxx += x * x;
                *syy += y * y;
                *sxy += x * y;
            }
        }
    }

    fn row_of_windows(&self, count: usize) -> FrameSimilarity {
        const LANES: usize = 4;
        let [sum_x, sum_y, sum_xx, sum_yy, sum_xy] = &self.windows;
        let (mut sums, mut windows) = ([0.0; LANES], [0u64; LANES]);
        let quantities = sum_x.iter().zip(sum_y).zip(sum_xx).zip(sum_yy).zip(sum_xy);
        for (at, ((((sx, sy), sxx), syy), sxy)) in quantities.take(count).enumerate() {
            let (mx, my) = (sx / COUNT, sy / COUNT);
            let sample = COUNT / (COUNT - 1.0);
            let vx = sample * (sxx / COUNT - mx * mx);
            let vy = sample * (syy / COUNT - my * my);
            let cxy = sample * (sxy / COUNT - mx * my);
            let above = (2.0 * mx * my + self.c1) * (2.0 * cxy + self.c2);
            let below = (mx * mx + my * my + self.c1) * (vx + vy + self.c2);
            let similarity = above / below;
            let whole = mx.is_finite();
            sums[at % LANES] += if whole && similarity.is_finite() { similarity } else { 0.0 };
            windows[at % LANES] += u64::from(whole);
        }
        FrameSimilarity { sum: sums.iter().sum(), windows: windows.iter().sum() }
    }
}

/// `windows[i]`: the sum of the seven columns from `i`, as two, four, six and one.
fn add_columns(columns: &[f64], windows: &mut [f64]) {
    for (window, c) in windows.iter_mut().zip(columns.windows(SIDE)) {
        *window = ((c[0] + c[1]) + (c[2] + c[3])) + ((c[4] + c[5]) + c[6]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<f32> {
        (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 20) as f32).collect()
    }

    #[test]
    fn an_image_is_like_itself() {
        let frame = noise(40 * 30);
        let mut similarity = Similarity::new(4096.0).expect("a positive range");
        let found = similarity.frame(&frame, &frame, 40);
        assert_eq!(found.windows, 34 * 24);
        assert!((found.mean().unwrap_or(0.0) - 1.0).abs() < 1e-12);
        let inverted: Vec<f32> = frame.iter().map(|x| 4095.0 - x).collect();
        assert!(similarity.frame(&frame, &inverted, 40).mean().is_some_and(|mean| mean < -0.5));
    }

    #[test]
    fn masked_pixels_take_their_windows_out() {
        let frame = noise(40 * 30);
        let mut similarity = Similarity::new(4096.0).expect("a positive range");
        let mut image = frame.clone();
        for (at, pixel) in image.iter_mut().enumerate() {
            *pixel += (at % 40 / 20 * 500) as f32 * (at % 2) as f32;
        }
        let whole = similarity.frame(&frame, &image, 40);
        let mut masked = frame.clone();
        masked[15 * 40 + 30] = f32::NAN;
        let found = similarity.frame(&masked, &image, 40);
        assert_eq!(found.windows, whole.windows - 49);
        assert!(found.sum < whole.sum && found.mean() > whole.mean());
        // A pixel that is lost, not masked, costs its windows their value.
        let lost = similarity.frame(&image, &masked, 40);
        assert_eq!(lost.windows, whole.windows);
        assert!((lost.sum - found.sum).abs() < 1e-9);
    }

    #[test]
    fn what_has_no_window_has_no_mean() {
        let mut similarity = Similarity::new(1.0).expect("a positive range");
        for (width, height) in [(6, 100), (100, 6), (1, 1)] {
            let frame = noise(width * height);
            assert_eq!(similarity.frame(&frame, &frame, width).mean(), None);
        }
        assert!(Similarity::new(0.0).is_none() && Similarity::new(f64::NAN).is_none());
    }
}
