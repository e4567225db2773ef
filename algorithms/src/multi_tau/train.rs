//! One train: from frames to sums.

use super::pairs::{self, Level};
use super::partial::Sums;
use super::tile::{self, Lanes, LANES};
use super::{MultiTau, MultiTauError, Partial};

/// Pixels that are read side by side from each frame: two cache lines of f32.
const BLOCK: usize = 32;
const TILES: usize = BLOCK / LANES;

impl MultiTau {
    /// Sums over the pairs of frames of one train: `frames: [time][pixel]`, evenly spaced in time.
    ///
    /// # Errors
    /// [`MultiTauError::Frame`] where a frame has not the pixels of the rings.
    pub fn train(&self, frames: &[&[f32]]) -> Result<Partial, MultiTauError> {
        let mut partial = self.empty();
        self.add_train(frames, &mut partial)?;
        Ok(partial)
    }

    /// Adds one train to a partial: the bits of `partial.merge(&self.train(frames)?)` without a second set of arrays.
    ///
    /// # Errors
    /// As [`MultiTau::train`], and [`MultiTauError::Mismatch`] where the partial is another correlator's; it is unchanged then.
    pub fn add_train(&self, frames: &[&[f32]], partial: &mut Partial) -> Result<(), MultiTauError> {
        if !self.made(partial) {
            return Err(MultiTauError::Mismatch);
        }
        if let Some(frame) = frames.iter().position(|frame| frame.len() != self.pixels) {
            return Err(MultiTauError::Frame { frame, expected: self.pixels, found: frames[frame].len() });
        }
        if frames.is_empty() {
            return Ok(());
        }
        partial.seen = partial.seen.saturating_add(frames.len() as u64);
        let mut scratch = Scratch::new(self, frames.len());
        let mut start = 0;
        for (ring, &size) in self.ring_sizes.iter().enumerate() {
            let mut rows: Vec<&[f32]> = frames.iter().map(|frame| &frame[start..start + size]).collect();
            let mut sums: Vec<f64> = rows.iter().map(|row| sum(row)).collect();
            let dead = if sums.iter().any(|sum| sum.is_finite()) { Vec::new() } else { bad_in_all(&rows) };
            let first = start;
            start += size;
            // a ring of dead pixels has no frames
            if !partial.admit(ring, &dead) || dead.len() == size {
                continue;
            }
            let without: Vec<Vec<f32>> =
                if dead.is_empty() { Vec::new() } else { rows.iter().map(|row| zeroed(row, &dead)).collect() };
            if !dead.is_empty() {
                rows = without.iter().map(Vec::as_slice).collect();
                sums = rows.iter().map(|row| sum(row)).collect();
            }
            partial.frames[ring] += sums.iter().filter(|sum| sum.is_finite()).count() as u64;
            let levels = pairs::levels(self, sums);
            scratch.numerator.fill([0.0; LANES]);
            for block in (0..size).step_by(BLOCK) {
                let end = size.min(block + BLOCK);
                scratch.load(&rows, block..end, &levels[0]);
                for (tile, pixel) in (block..end).step_by(LANES).enumerate() {
                    scratch.correlate(self, tile, &levels);
                    match &mut partial.sums {
                        Sums::Roi { .. } => scratch.add_to_ring(),
                        Sums::Pixel { numerator, past, future } => {
                            let lanes = LANES.min(end - pixel);
                            scratch.store(self, first + pixel, lanes, &levels, [numerator, past, future], tile);
                        }
                    }
                }
            }
            self.store_ring(partial, ring, &levels, &scratch.numerator);
        }
        Ok(())
    }

    /// As [`MultiTau::train`] of frames some of which are gaps, without a good pixel: so many are none.
    ///
    /// # Errors
    /// As [`MultiTau::train`].
    pub fn train_with_gaps(&self, frames: &[&[f32]], seen: usize) -> Result<Partial, MultiTauError> {
        let mut partial = self.train(frames)?;
        partial.seen = seen as u64;
        Ok(partial)
    }

    /// As [`MultiTau::train`], from `[time][pixel]` without gaps.
    ///
    /// # Errors
    /// As [`MultiTau::train`]; a last frame that is not whole is an error.
    pub fn train_contiguous(&self, frames: &[f32]) -> Result<Partial, MultiTauError> {
        self.train(&frames.chunks(self.pixels.max(1)).collect::<Vec<_>>())
    }

    fn store_ring(&self, partial: &mut Partial, ring: usize, levels: &[Level], numerators: &[Lanes]) {
        let rings = self.ring_sizes.len();
        let pairs = levels.iter().flat_map(|level| &level.lags);
        for (lag, (pair, lanes)) in pairs.zip(numerators).enumerate() {
            let cell = lag * rings + ring;
            partial.counts[cell] = partial.counts[cell].saturating_add(pair.count);
            if let Sums::Roi { numerator, past, future } = &mut partial.sums {
                let product = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
                let added = numerator[cell].add(product) & past[cell].add(pair.past) & future[cell].add(pair.future);
                debug_assert!(added, "products of two f32 are far inside the range of f64");
            }
        }
    }
}

/// Positions of the pixels that are finite in none of the rows.
fn bad_in_all(rows: &[&[f32]]) -> Vec<u32> {
    let size = rows.first().map_or(0, |row| row.len());
    (0..size).filter(|&pixel| rows.iter().all(|row| !row[pixel].is_finite())).map(|pixel| pixel as u32).collect()
}

/// The row with zeros, which add nothing, in place of some pixels.
fn zeroed(row: &[f32], pixels: &[u32]) -> Vec<f32> {
    let mut row = row.to_vec();
    pixels.iter().for_each(|&pixel| row[pixel as usize] = 0.0);
    row
}

/// The series of a block of pixels at all levels.
struct Scratch {
    /// `[tile][level, time][lane]`.
    series: Vec<Lanes>,
    /// Length of a tile in `series`; odd, so that the tiles of a frame fall into different cache sets.
    stride: usize,
    frames: usize,
    /// `[lag][lane]` of the current tile.
    tile: Vec<Lanes>,
    /// `[lag][lane]`, summed over the tiles of the ring.
    numerator: Vec<Lanes>,
}

impl Scratch {
    fn new(tau: &MultiTau, frames: usize) -> Self {
        let stride = (0..tau.levels).map(|level| frames >> level).sum::<usize>() | 1;
        let lags = tau.first_lag(tau.levels);
        Self {
            series: vec![[0.0; LANES]; TILES * stride],
            stride,
            frames,
            tile: vec![[0.0; LANES]; lags],
            numerator: vec![[0.0; LANES]; lags],
        }
    }

    /// Level 0 of up to [`BLOCK`] pixels; dropped frames and missing pixels are zero and add nothing.
    fn load(&mut self, frames: &[&[f32]], pixels: std::ops::Range<usize>, level: &Level) {
        for (time, frame) in frames.iter().enumerate() {
            let mut row = [0.0f32; BLOCK];
            if level.is_valid(time) {
                row[..pixels.len()].copy_from_slice(&frame[pixels.clone()]);
            }
            for (tile, values) in row.chunks_exact(LANES).enumerate() {
                self.series[tile * self.stride + time] = std::array::from_fn(|lane| f64::from(values[lane]));
            }
        }
    }

    /// The higher levels of a tile, and its products at every lag.
    fn correlate(&mut self, tau: &MultiTau, tile: usize, levels: &[Level]) {
        let mut rest = &mut self.series[tile * self.stride..][..self.stride];
        let mut length = self.frames;
        for level in 0..tau.levels {
            let (series, higher) = rest.split_at_mut(length);
            let distances = tau.distances(level);
            let lag = tau.first_lag(level);
            tile::correlate(series, distances.start, &mut self.tile[lag..][..distances.len()]);
            if let Some(next) = levels.get(level + 1) {
                for (n, (mean, pair)) in higher.iter_mut().zip(series.chunks_exact(2)).enumerate() {
                    // A dropped frame is stored as zero, its partner is not: the mean is dropped as a whole.
                    let half = if next.is_valid(n) { 0.5 } else { 0.0 };
                    *mean = std::array::from_fn(|lane| half * (pair[0][lane] + pair[1][lane]));
                }
            }
            rest = higher;
            length /= 2;
        }
    }

    fn add_to_ring(&mut self) {
        for (sum, tile) in self.numerator.iter_mut().zip(&self.tile) {
            add_lanes(sum, tile);
        }
    }

    /// Adds products, past and future of a tile's pixels.
    fn store(
        &self,
        tau: &MultiTau,
        pixel: usize,
        lanes: usize,
        levels: &[Level],
        [numerator, past, future]: [&mut Vec<f64>; 3],
        tile: usize,
    ) {
        let mut series = &self.series[tile * self.stride..][..self.stride];
        let mut lag = 0;
        for (level, length) in levels.iter().zip((0..tau.levels).map(|level| self.frames >> level)) {
            let common_past = add_frames([0.0; LANES], series, &level.common_past);
            let common_future = add_frames([0.0; LANES], series, &level.common_future);
            for pair in &level.lags {
                let cell = lag * tau.pixels + pixel..lag * tau.pixels + pixel + lanes;
                let past_sum = add_frames(common_past, series, &pair.more_past);
                let future_sum = add_frames(common_future, series, &pair.more_future);
                add_lanes(&mut numerator[cell.clone()], &self.tile[lag]);
                add_lanes(&mut past[cell.clone()], &past_sum);
                add_lanes(&mut future[cell], &future_sum);
                lag += 1;
            }
            series = &series[length..];
        }
    }
}

/// `sum` plus the chosen frames, in order.
fn add_frames(mut sum: Lanes, series: &[Lanes], frames: &[u32]) -> Lanes {
    for &frame in frames {
        add_lanes(&mut sum, &series[frame as usize]);
    }
    sum
}

/// Adds the first of the lanes, as many as there are sums.
fn add_lanes(sums: &mut [f64], lanes: &Lanes) {
    sums.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum += lane);
}

/// The sum of pixels in eight fixed lanes; not finite if any pixel is not.
fn sum(pixels: &[f32]) -> f64 {
    let mut lanes = [0.0f64; 8];
    let mut whole = pixels.chunks_exact(8);
    for chunk in &mut whole {
        for (lane, &value) in lanes.iter_mut().zip(chunk) {
            *lane += f64::from(value);
        }
    }
    let rest: f64 = whole.remainder().iter().map(|&value| f64::from(value)).sum();
    ((lanes[0] + lanes[4]) + (lanes[1] + lanes[5])) + ((lanes[2] + lanes[6]) + (lanes[3] + lanes[7])) + rest
}
