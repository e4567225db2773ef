//! Frames added pixel by pixel.
//!
//! For pixel p with values x_1 .. x_n and the shift c = x_1, its first value:
//!
//! ```text
//! sum = sum_k (x_k - c)      squares = sum_k (x_k - c)^2      count = n      min, max
//! ```
//!
//! in f64, one frame after the other: no division, unlike Welford's recurrence, and no cancellation, unlike sums of squares about
//! 0. Mean = c + sum / n, and the sum of squared distances from the mean M2 = squares - sum^2 / n. With u = 2^-53 a sum of n
//! terms is off by at most n u times the sum of their sizes, so
//!
//! ```text
//! |mean error| <= (n + 2) u max|x - c| + u |mean|        |M2 error| <= 2 (n + 4) u squares
//! ```
//!
//! and squares = M2 + n (mean - c)^2. Since c is one of the values, (mean - c)^2 <= (n - 1) M2 / n (Samuelson 1968), hence
//! squares <= n M2 and the relative error of M2 is at most 2 n (n + 4) u, reached only where the first value alone is off; where
//! it is a value like the others, squares is about 2 M2 and the error about 4 n u.
//!
//! A value that is not finite is bad: it is not counted. A pixel that was never good has count 0.
//!
//! Frames come in blocks of up to eight, so that the state (32 bytes a pixel with everything, 16 with the mean alone) is read
//! and written once for all of them: 4 b + 2 s bytes a pixel for b frames and s bytes of state. A block does what its frames do
//! one by one, in their order: the bits are the same.

use trainyard_codec::Processor;

use super::moments::{Moments, MomentsError};

/// Most frames of a block.
pub const BLOCK_FRAMES: usize = 8;

/// Pixels that are worked on at once.
const LANES: usize = 8;

/// What is kept beside count and mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kept {
    pub variance: bool,
    pub extremes: bool,
}

impl Kept {
    /// Bytes of state of a pixel.
    pub const fn bytes(self) -> usize {
        16 + if self.variance { 8 } else { 0 } + if self.extremes { 8 } else { 0 }
    }
}

/// The state of some pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Accumulator {
    pixels: usize,
    kept: Kept,
    processor: Processor,
    /// Frames so far: what no count exceeds.
    frames: u32,
    /// In groups of eight pixels; what is past the last pixel is bad in every frame.
    means: Vec<Means>,
    squares: Vec<[f64; LANES]>,
    extremes: Vec<Extremes>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Means {
    /// NaN until the first good value
    shift: [f32; LANES],
    count: [u32; LANES],
    sum: [f64; LANES],
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Extremes {
    min: [f32; LANES],
    max: [f32; LANES],
}

impl Accumulator {
    /// Of no frames.
    pub fn new(pixels: usize, kept: Kept) -> Self {
        let groups = pixels.div_ceil(LANES);
        let means = Means { shift: [f32::NAN; LANES], count: [0; LANES], sum: [0.0; LANES] };
        Self {
            pixels,
            kept,
            processor: Processor::chosen(),
            frames: 0,
            means: vec![means; groups],
            squares: vec![[0.0; LANES]; if kept.variance { groups } else { 0 }],
            extremes: vec![Extremes::NONE; if kept.extremes { groups } else { 0 }],
        }
    }

    /// The same with the instructions of `processor`; the results are the same to the bit.
    pub fn on(self, processor: Processor) -> Self {
        Self { processor, ..self }
    }

    pub fn pixels(&self) -> usize {
        self.pixels
    }

    /// Adds frames in their order; each has one value for every pixel. Any number: more than [`BLOCK_FRAMES`] are taken in blocks.
    ///
    /// # Errors
    /// When a frame has another number of pixels, or a pixel has more values than can be counted; nothing is added then.
    pub fn add(&mut self, frames: &[&[f32]]) -> Result<(), MomentsError> {
        if let Some(wrong) = frames.iter().find(|frame| frame.len() != self.pixels) {
            return Err(MomentsError::Pixels { expected: self.pixels, found: wrong.len() });
        }
        let total = self.frames as usize + frames.len();
        self.frames = u32::try_from(total).map_err(|_| MomentsError::TooMany)?;
        for block in frames.chunks(BLOCK_FRAMES) {
            self.add_block(block);
        }
        Ok(())
    }

    fn add_block(&mut self, frames: &[&[f32]]) {
        #[cfg(target_arch = "x86_64")]
        if self.processor.has_avx2() {
            // SAFETY: a level with AVX2 exists only where the processor has it; the function needs nothing else.
            return unsafe { self.add_block_avx2(frames) };
        }
        self.add_block_plain(frames);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn add_block_avx2(&mut self, frames: &[&[f32]]) {
        self.add_block_plain(frames);
    }

    /// The pass itself, compiled once for each instruction set.
    #[inline(always)]
    fn add_block_plain(&mut self, frames: &[&[f32]]) {
        match (self.kept.variance, self.kept.extremes) {
            (false, false) => self.add_block_as::<false, false>(frames),
            (false, true) => self.add_block_as::<false, true>(frames),
            (true, false) => self.add_block_as::<true, false>(frames),
            (true, true) => self.add_block_as::<true, true>(frames),
        }
    }

    #[inline(always)]
    fn add_block_as<const VARIANCE: bool, const EXTREMES: bool>(&mut self, frames: &[&[f32]]) {
        let whole = self.pixels / LANES;
        let mut rows: [&[[f32; LANES]]; BLOCK_FRAMES] = [&[]; BLOCK_FRAMES];
        let mut last = [[f32::NAN; LANES]; BLOCK_FRAMES];
        for ((row, last), frame) in rows.iter_mut().zip(&mut last).zip(frames) {
            let (chunks, rest) = frame.as_chunks();
            *row = &chunks[..whole];
            last[..rest.len()].copy_from_slice(rest);
        }
        let (rows, last) = (&rows[..frames.len()], &last[..frames.len()]);
        let (mut no_squares, mut no_extremes) = ([0.0; LANES], Extremes::NONE);
        for (at, means) in self.means.iter_mut().enumerate() {
            let squares = if VARIANCE { &mut self.squares[at] } else { &mut no_squares };
            let extremes = if EXTREMES { &mut self.extremes[at] } else { &mut no_extremes };
            if at < whole {
                add_group::<VARIANCE, EXTREMES>(means, squares, extremes, rows.iter().map(|row| &row[at]));
            } else {
                add_group::<VARIANCE, EXTREMES>(means, squares, extremes, last.iter());
            }
        }
    }

    /// Count, mean and the rest of what is kept.
    pub fn moments(&self) -> Moments {
        let mut moments = Moments::new(self.pixels, self.kept);
        for pixel in 0..self.pixels {
            let (group, lane) = (pixel / LANES, pixel % LANES);
            let means = &self.means[group];
            let count = means.count[lane];
            if count == 0 {
                continue;
            }
            let (n, sum) = (f64::from(count), means.sum[lane]);
            let mean = f64::from(means.shift[lane]) + sum / n;
            // Rounding may leave a little less than 0 where all values are alike.
            let squares = self.squares.get(group).map(|squares| (squares[lane] - sum / n * sum).max(0.0));
            let extremes = self.extremes.get(group).map(|extremes| [extremes.min[lane], extremes.max[lane]]);
            moments.set(pixel, count, mean, squares, extremes);
        }
        moments
    }
}

impl Extremes {
    const NONE: Self = Self { min: [f32::INFINITY; LANES], max: [f32::NEG_INFINITY; LANES] };
}

/// Adds the values of eight pixels, frame after frame.
#[inline(always)]
fn add_group<'a, const VARIANCE: bool, const EXTREMES: bool>(
    means: &mut Means,
    squares: &mut [f64; LANES],
    extremes: &mut Extremes,
    frames: impl ExactSizeIterator<Item = &'a [f32; LANES]> + Clone,
) {
    // 0 x is 0 for a finite x, NaN for any other, and a sum with NaN is NaN.
    let mut odd = [0.0f32; LANES];
    for values in frames.clone() {
        for (odd, value) in odd.iter_mut().zip(values) {
            *odd += value * 0.0;
        }
    }
    let mut unusual = false;
    for (odd, shift) in odd.iter().zip(&means.shift) {
        unusual |= (odd + shift).is_nan();
    }
    if !unusual {
        add_values::<VARIANCE, EXTREMES, true>(means, squares, extremes, frames);
        return;
    }
    for values in frames.clone() {
        for (shift, &value) in means.shift.iter_mut().zip(values) {
            *shift = if shift.is_nan() & value.is_finite() { value } else { *shift };
        }
    }
    add_values::<VARIANCE, EXTREMES, false>(means, squares, extremes, frames);
}

/// The additions; the state stays in registers. `FINITE`: all values are good, and each pixel has its shift.
#[inline(always)]
fn add_values<'a, const VARIANCE: bool, const EXTREMES: bool, const FINITE: bool>(
    means: &mut Means,
    squares: &mut [f64; LANES],
    extremes: &mut Extremes,
    frames: impl ExactSizeIterator<Item = &'a [f32; LANES]>,
) {
    let Means { shift, mut count, mut sum } = *means;
    let (mut square, mut extreme) = (*squares, *extremes);
    if FINITE {
        for count in &mut count {
            *count += frames.len() as u32;
        }
    }
    for values in frames {
        for lane in 0..LANES {
            let value = values[lane];
            let good = if FINITE || value.is_finite() { u32::MAX } else { 0 };
            // 0 - 0 where the value is bad
            let [value, from] = [value, shift[lane]].map(|v| f64::from(f32::from_bits(v.to_bits() & good)));
            let distance = value - from;
            if !FINITE {
                count[lane] += good & 1;
            }
            sum[lane] += distance;
            if VARIANCE {
                square[lane] += distance * distance;
            }
        }
        if EXTREMES {
            let Extremes { min, max } = &mut extreme;
            for ((&value, min), max) in values.iter().zip(min).zip(max) {
                // a comparison with NaN is false
                let value = if FINITE || value.is_finite() { value } else { f32::NAN };
                *min = if value < *min { value } else { *min };
                *max = if value > *max { value } else { *max };
            }
        }
    }
    *means = Means { shift, count, sum };
    if VARIANCE {
        *squares = square;
    }
    if EXTREMES {
        *extremes = extreme;
    }
}
