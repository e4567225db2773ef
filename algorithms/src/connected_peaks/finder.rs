//! Peaks from groups of runs.

use super::groups::group;
use super::runs::{runs, Run};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// in the image's unit; a pixel belongs to a peak when it is above
    pub threshold: f32,
    pub min_pixels: u32,
    pub max_pixels: u32,
}

/// A peak of one module.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peak {
    /// centroid, pixel centres at integers
    pub fast: f64,
    pub slow: f64,
    /// sum of the pixels, nothing subtracted
    pub intensity: f64,
    pub maximum: f32,
    pub pixels: u32,
}

/// Memory that is used again from image to image.
#[derive(Debug, Default)]
pub struct Working {
    runs: Vec<Run>,
    parents: Vec<u32>,
    /// of a group, by its first run
    slots: Vec<u32>,
    groups: Vec<Group>,
    peaks: Vec<Peak>,
}

impl Working {
    /// Bytes it can grow to: runs with gaps of one pixel, every other row of them groups of their own.
    pub fn most_bytes(pixels: usize) -> usize {
        let run = size_of::<Run>() + 2 * size_of::<u32>();
        pixels / 2 * run + pixels / 4 * (size_of::<Group>() + size_of::<Peak>())
    }
}

/// Sums over a group, positions relative to its first pixel so that the centroid keeps its digits.
#[derive(Clone, Copy, Debug)]
struct Group {
    row: u32,
    column: u32,
    pixels: u32,
    maximum: f32,
    sum: f64,
    fast: f64,
    slow: f64,
    /// the same with weight 1
    plain: [f64; 2],
}

impl Group {
    fn new(first: &Run) -> Self {
        Group {
            row: first.row,
            column: first.start,
            pixels: 0,
            maximum: f32::NEG_INFINITY,
            sum: 0.0,
            fast: 0.0,
            slow: 0.0,
            plain: [0.0; 2],
        }
    }

    fn add(&mut self, run: &Run, values: &[f32]) {
        let slow = f64::from(run.row - self.row);
        let mut fast = f64::from(run.start) - f64::from(self.column);
        for &value in values {
            let weight = f64::from(value);
            self.sum += weight;
            self.fast += weight * fast;
            self.slow += weight * slow;
            self.plain[0] += fast;
            self.plain[1] += slow;
            self.maximum = self.maximum.max(value);
            fast += 1.0;
        }
        self.pixels += values.len() as u32;
    }

    fn peak(&self) -> Peak {
        // weights that sum up to nothing (a threshold below 0) or are infinite have no centroid
        let weighted = self.sum > 0.0 && self.sum.is_finite();
        let (fast, slow, sum) = if weighted {
            (self.fast, self.slow, self.sum)
        } else {
            (self.plain[0], self.plain[1], f64::from(self.pixels))
        };
        Peak {
            fast: f64::from(self.column) + fast / sum,
            slow: f64::from(self.row) + slow / sum,
            intensity: self.sum,
            maximum: self.maximum,
            pixels: self.pixels,
        }
    }
}

/// Peaks of `image`, rows of `fast` pixels, in raster order of their first pixels.
///
/// # Panics
/// When the image has 2^32 pixels or more.
pub fn find<'a>(image: &[f32], fast: usize, options: &Options, working: &'a mut Working) -> &'a [Peak] {
    assert!(u32::try_from(image.len()).is_ok(), "the image has too many pixels");
    working.peaks.clear();
    if fast == 0 {
        return &working.peaks;
    }
    runs(image, fast, options.threshold, &mut working.runs);
    group(&working.runs, &mut working.parents);
    working.groups.clear();
    working.slots.clear();
    for (number, (run, &root)) in working.runs.iter().zip(&working.parents).enumerate() {
        let slot = if root as usize == number {
            working.groups.push(Group::new(run));
            working.groups.len() - 1
        } else {
            working.slots[root as usize] as usize
        };
        working.slots.push(slot as u32);
        let row = run.row as usize * fast;
        working.groups[slot].add(run, &image[row + run.start as usize..row + run.end as usize]);
    }
    let peaks = working.groups.iter().filter(|g| (options.min_pixels..=options.max_pixels).contains(&g.pixels));
    working.peaks.extend(peaks.map(Group::peak));
    &working.peaks
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Options = Options { threshold: 1.0, min_pixels: 1, max_pixels: u32::MAX };

    /// Pixels of each group by flooding, in raster order of the first.
    fn flood(image: &[f32], fast: usize, threshold: f32) -> Vec<Vec<usize>> {
        let mut seen = vec![false; image.len()];
        let mut groups = Vec::new();
        for first in 0..image.len() {
            if seen[first] || image[first].is_nan() || image[first] <= threshold {
                continue;
            }
            seen[first] = true;
            let (mut group, mut next) = (vec![first], 0);
            while next < group.len() {
                let (y, x) = ((group[next] / fast) as isize, (group[next] % fast) as isize);
                next += 1;
                for (dy, dx) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dy, dx))) {
                    let (y, x) = (y + dy, x + dx);
                    if x < 0 || x >= fast as isize || y < 0 || y as usize * fast + x as usize >= image.len() {
                        continue;
                    }
                    let at = y as usize * fast + x as usize;
                    if !seen[at] && image[at] > threshold {
                        seen[at] = true;
                        group.push(at);
                    }
                }
            }
            groups.push(group);
        }
        groups
    }

    #[test]
    fn weighs_by_value_with_centres_at_integers() {
        let mut image = [0.0; 12];
        (image[5], image[6], image[10]) = (2.0, 4.0, 6.0);
        let mut working = Working::default();
        let peaks = find(&image, 4, &ALL, &mut working);
        let expected = Peak { fast: 22.0 / 12.0, slow: 1.5, intensity: 12.0, maximum: 6.0, pixels: 3 };
        assert_eq!(peaks.len(), 1);
        assert!((peaks[0].fast - expected.fast).abs() < 1e-15);
        assert_eq!(Peak { fast: expected.fast, ..peaks[0] }, expected);
    }

    #[test]
    fn areas_are_inclusive_and_bad_pixels_separate() {
        // a bar of five, cut by a bad pixel: two and two
        let image = [2.0, 2.0, f32::NAN, 2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let mut working = Working::default();
        assert_eq!(find(&image, 10, &ALL, &mut working).len(), 2);
        assert_eq!(find(&image, 10, &Options { min_pixels: 2, max_pixels: 2, ..ALL }, &mut working).len(), 2);
        assert_eq!(find(&image, 10, &Options { min_pixels: 3, ..ALL }, &mut working).len(), 0);
        assert_eq!(find(&image, 10, &Options { max_pixels: 1, ..ALL }, &mut working).len(), 0);
        assert_eq!(find(&[], 0, &ALL, &mut working).len(), 0);
        assert_eq!(find(&[f32::NAN; 64], 8, &ALL, &mut working).len(), 0);
    }

    #[test]
    fn values_without_weight_give_the_middle() {
        let mut working = Working::default();
        let below = Options { threshold: -1.0, ..ALL };
        let peak = find(&[0.0, 0.0, 0.0], 3, &below, &mut working)[0];
        assert_eq!((peak.fast, peak.slow, peak.intensity), (1.0, 0.0, 0.0));
        let peak = find(&[0.0, f32::INFINITY, 5.0, 5.0], 4, &ALL, &mut working)[0];
        assert_eq!((peak.fast, peak.pixels), (2.0, 3));
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_flooding(
            values in proptest::collection::vec(0u8..8, 0..600),
            fast in 1usize..80,
            threshold in 1u8..7,
        ) {
            let image: Vec<f32> =
                values.iter().map(|&v| if v == 7 { f32::NAN } else { f32::from(v) }).collect();
            let options = Options { threshold: f32::from(threshold), ..ALL };
            let mut working = Working::default();
            // whatever was in the memory before must not matter
            find(&[9.0; 100], 7, &options, &mut working);
            let peaks = find(&image, fast, &options, &mut working);
            let groups = flood(&image, fast, options.threshold);
            proptest::prop_assert_eq!(peaks.len(), groups.len());
            for (peak, group) in peaks.iter().zip(&groups) {
                let sum: f64 = group.iter().map(|&i| f64::from(image[i])).sum();
                let fast_sum: f64 = group.iter().map(|&i| f64::from(image[i]) * (i % fast) as f64).sum();
                let slow_sum: f64 = group.iter().map(|&i| f64::from(image[i]) * (i / fast) as f64).sum();
                proptest::prop_assert_eq!(peak.pixels as usize, group.len());
                proptest::prop_assert_eq!(peak.intensity, sum);
                proptest::prop_assert!((peak.fast - fast_sum / sum).abs() < 1e-9);
                proptest::prop_assert!((peak.slow - slow_sum / sum).abs() < 1e-9);
                proptest::prop_assert_eq!(peak.maximum, group.iter().map(|&i| image[i]).fold(0.0, f32::max));
            }
        }
    }
}
