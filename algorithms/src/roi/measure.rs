//! Statistics of the good pixels of a region in one frame.
//!
//! Sums are f64 in eight lanes, pixel j of a run going to lane j mod 8, and the lanes are added in a fixed order: one and the same
//! on every processor. The variance is taken about the mean in a second pass over pixels that are in cache by then.

use super::region::{Region, Run};

const LANES: usize = 8;

/// What is asked for beside the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    pub variance: bool,
    pub median: bool,
    pub centre: bool,
}

/// NaN where there is no good pixel, or it was not asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// good pixels
    pub pixels: u32,
    pub sum: f64,
    /// mean squared distance from the mean
    pub variance: f64,
    /// of an even number of pixels the mean of the two in the middle
    pub median: f64,
    /// mean position (slow, fast) weighted by the value, pixel centres at whole numbers
    pub centre: [f64; 2],
}

impl Measured {
    pub fn mean(&self) -> f64 {
        if self.pixels > 0 {
            self.sum / f64::from(self.pixels)
        } else {
            f64::NAN
        }
    }
}

impl Measure {
    /// `scratch` is room for the median.
    pub fn of<'a>(
        &self,
        region: &'a Region,
        module: impl Fn(usize) -> Option<&'a [f32]> + Copy + 'a,
        scratch: &mut Vec<f32>,
    ) -> Measured {
        let (mut lanes, mut counts) = ([0.0f64; LANES], [0u32; LANES]);
        for (_, values) in region.values(module) {
            add(values, &mut lanes, &mut counts);
        }
        let sum = total(lanes);
        let pixels: u32 = counts.iter().sum();
        let mut measured = Measured { pixels, sum, variance: f64::NAN, median: f64::NAN, centre: [f64::NAN; 2] };
        if pixels == 0 {
            return measured;
        }
        if self.variance {
            let mean = measured.mean();
            let mut lanes = [0.0f64; LANES];
            for (_, values) in region.values(module) {
                add_squares(values, mean, &mut lanes);
            }
            measured.variance = total(lanes) / f64::from(pixels);
        }
        if self.centre {
            measured.centre = centre(region, region.values(module), sum);
        }
        if self.median {
            scratch.clear();
            scratch.extend(region.values(module).flat_map(|(_, values)| values).filter(|value| value.is_finite()));
            measured.median = median(scratch);
        }
        measured
    }
}

fn total(lanes: [f64; LANES]) -> f64 {
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (b + f)) + ((c + g) + (d + h))
}

#[inline]
fn add(values: &[f32], lanes: &mut [f64; LANES], counts: &mut [u32; LANES]) {
    let (whole, rest) = values.as_chunks::<LANES>();
    let mut part = |values: &[f32]| {
        for ((&value, sum), count) in values.iter().zip(lanes.iter_mut()).zip(counts.iter_mut()) {
            let good = value.is_finite();
            *sum += f64::from(if good { value } else { 0.0 });
            *count += u32::from(good);
        }
    };
    whole.iter().for_each(|values| part(values));
    part(rest);
}

#[inline]
fn add_squares(values: &[f32], mean: f64, lanes: &mut [f64; LANES]) {
    let (whole, rest) = values.as_chunks::<LANES>();
    let mut part = |values: &[f32]| {
        for (&value, sum) in values.iter().zip(lanes.iter_mut()) {
            let off = f64::from(value) - mean;
            *sum += if value.is_finite() { off * off } else { 0.0 };
        }
    };
    whole.iter().for_each(|values| part(values));
    part(rest);
}

fn centre<'a>(region: &Region, values: impl Iterator<Item = (Run, &'a [f32])>, sum: f64) -> [f64; 2] {
    let mut moments = [0.0f64; 2];
    for (run, values) in values {
        for (at, &value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            let place = region.place(run, at);
            moments[0] += f64::from(value) * place.slow as f64;
            moments[1] += f64::from(value) * place.fast as f64;
        }
    }
    moments.map(|moment| if sum != 0.0 { moment / sum } else { f64::NAN })
}

fn median(values: &mut [f32]) -> f64 {
    let middle = values.len() / 2;
    let (below, &mut upper, _) = values.select_nth_unstable_by(middle, f32::total_cmp);
    let upper = f64::from(upper);
    match below.iter().copied().max_by(f32::total_cmp) {
        Some(lower) if below.len() == values.len() - middle && values.len().is_multiple_of(2) => {
            0.5 * (f64::from(lower) + upper)
        }
        _ => upper,
    }
}

/// Good pixels by value, in equal bins from `low` to `high`, the upper limit not included; what lies outside is left out.
pub fn histogram<'a>(
    region: &'a Region,
    module: impl Fn(usize) -> Option<&'a [f32]> + 'a,
    [low, high]: [f64; 2],
    counts: &mut [u32],
) {
    let bins = counts.len() as f64;
    for (_, values) in region.values(module) {
        for &value in values {
            let at = (f64::from(value) - low) / (high - low) * bins;
            if at >= 0.0 && at < bins {
                counts[at as usize] += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_by_hand() {
        let image = [1.0f32, f32::NAN, 4.0, 7.0, f32::INFINITY, 2.0];
        let region = Region::new(6, 3, [true; 6]);
        let all = Measure { variance: true, median: true, centre: true };
        let found = all.of(&region, |_| Some(&image[..]), &mut Vec::new());
        assert_eq!((found.pixels, found.sum, found.mean(), found.variance), (4, 14.0, 3.5, 5.25));
        // of 1 2 4 7
        assert_eq!(found.median, 3.0);
        // rows 0 0 1 1, columns 0 2 0 2
        assert_eq!(found.centre, [9.0 / 14.0, 12.0 / 14.0]);
        let odd = Region::new(6, 3, [true, true, true, false, false, true]);
        assert_eq!(all.of(&odd, |_| Some(&image[..]), &mut Vec::new()).median, 2.0);
        let nothing = all.of(&region, |_| None, &mut Vec::new());
        assert!(nothing.pixels == 0 && nothing.sum == 0.0 && nothing.mean().is_nan() && nothing.median.is_nan());
        let mut counts = [0; 4];
        histogram(&region, |_| Some(&image[..]), [1.0, 5.0], &mut counts);
        assert_eq!(counts, [1, 1, 0, 1]);
    }
}
