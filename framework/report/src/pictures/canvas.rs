//! From the pixels of a detector to those of a picture: where each one goes, assembled by a geometry or module by module.
//!
//! A pixel of the picture is the greatest of those that fall on it, so that no peak is lost; it is bad only where all are.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use trainyard_geometry::PixelMap;

/// Nothing falls on a pixel of the picture.
pub const GAP: f32 = f32::NEG_INFINITY;
/// No place in the picture.
const NOWHERE: u32 = u32::MAX;

/// What the picture is of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct View {
    /// by the geometry, seen along the beam with x to the left; else module by module as stored
    pub assembled: bool,
    /// module by module: numbers of the modules in reading order, and how many stand side by side
    pub modules: Vec<u16>,
    pub columns: usize,
    /// detector pixels along an edge of one of the picture
    pub binned: usize,
}

pub struct Canvas {
    pub width: usize,
    pub height: usize,
    pub view: View,
    /// by pixel of the detector
    target: Vec<u32>,
}

impl Canvas {
    /// Seen along the beam: x to the left, y up. None, where the geometry places nothing.
    pub fn assembled(map: &PixelMap, widest: usize) -> Option<Canvas> {
        let places: Vec<Option<(f64, f64)>> = map.iter().map(|pixel| pixel.map(|p| (p.centre.x, p.centre.y))).collect();
        let ends = |of: fn((f64, f64)) -> f64| {
            let values = places.iter().flatten().map(|place| of(*place));
            values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)))
        };
        let ((left, right), (low, high)) = (ends(|p| p.0), ends(|p| p.1));
        let edge =
            map.panels().iter().map(|panel| panel.fs.length().min(panel.ss.length())).fold(f64::INFINITY, f64::min);
        if !(edge.is_finite() && edge > 0.0 && (right - left).is_finite() && (high - low).is_finite()) {
            return None;
        }
        // whole pixels along an edge, as few as make the picture narrow enough; it may be half as high again
        let extent = ((right - left) / edge + 1.0).max(((high - low) / edge + 1.0) / 1.5);
        let binned = (extent / widest.max(1) as f64).ceil().max(1.0);
        let cell = edge * binned;
        let width = ((right - left) / cell).floor() as usize + 1;
        let height = ((high - low) / cell).floor() as usize + 1;
        let target = places.iter().map(|place| match place {
            Some((x, y)) => {
                let column = (((right - x) / cell).floor() as usize).min(width - 1);
                let row = (((high - y) / cell).floor() as usize).min(height - 1);
                u32::try_from(row * width + column).unwrap_or(NOWHERE)
            }
            None => NOWHERE,
        });
        let view = View { assembled: true, binned: binned as usize, ..View::default() };
        Some(Canvas { width, height, target: target.collect(), view })
    }

    /// Every module as it is stored, side by side in the order of their numbers.
    pub fn side_by_side(modules: &[u16], (slow, fast): (usize, usize), widest: usize) -> Canvas {
        let count = modules.len().max(1);
        // about as wide as high
        let shape = |columns: usize| {
            let rows = count.div_ceil(columns);
            let (width, height) = ((columns * fast) as f64, (rows * slow) as f64);
            (width / height).max(height / width)
        };
        let columns = (1..=count).min_by(|a, b| shape(*a).total_cmp(&shape(*b))).unwrap_or(1);
        let rows = count.div_ceil(columns);
        let narrow = |binned: usize| {
            let (width, height) = (columns * (fast.div_ceil(binned) + 2) - 2, rows * (slow.div_ceil(binned) + 2) - 2);
            (width <= widest && height <= widest * 3 / 2).then_some((binned, width, height))
        };
        let most = slow.max(fast).max(1);
        let (binned, width, height) = (1..=most).find_map(narrow).unwrap_or((most, columns * 3 - 2, rows * 3 - 2));
        let mut target = Vec::with_capacity(count * slow * fast);
        for module in 0..modules.len() {
            let (top, left) =
                (module / columns * (slow.div_ceil(binned) + 2), module % columns * (fast.div_ceil(binned) + 2));
            for row in 0..slow {
                target.extend((0..fast).map(|column| {
                    u32::try_from((top + row / binned) * width + left + column / binned).unwrap_or(NOWHERE)
                }));
            }
        }
        let view = View { assembled: false, modules: modules.to_vec(), columns, binned };
        Canvas { width, height, target, view }
    }

    /// `GAP` where no pixel is, NaN where all are bad, else the greatest.
    pub fn draw(&self, image: &[f32]) -> Vec<f32> {
        let mut drawn = vec![GAP; self.width * self.height];
        for (&target, &value) in self.target.iter().zip(image) {
            let Some(pixel) = drawn.get_mut(target as usize) else { continue };
            // NaN is below every number and above a gap
            if *pixel == GAP || (pixel.is_nan() && !value.is_nan()) || value > *pixel {
                *pixel = value.max(f32::MIN);
                if value.is_nan() {
                    *pixel = f32::NAN;
                }
            }
        }
        drawn
    }
}

/// Sum, number and greatest value of each pixel over some frames, in the order in which they come.
pub struct Stack {
    sum: Vec<f64>,
    count: Vec<u32>,
    greatest: Vec<f32>,
    pub frames: u64,
}

impl Stack {
    pub fn new(pixels: usize) -> Self {
        Stack { sum: vec![0.0; pixels], count: vec![0; pixels], greatest: vec![f32::NAN; pixels], frames: 0 }
    }

    pub fn add(&mut self, image: &[f32]) {
        const PIECE: usize = 1 << 16;
        self.frames += 1;
        let state = self
            .sum
            .par_chunks_mut(PIECE)
            .zip(self.count.par_chunks_mut(PIECE))
            .zip(self.greatest.par_chunks_mut(PIECE));
        state.zip(image.par_chunks(PIECE)).for_each(|(((sum, count), greatest), image)| {
            for (((sum, count), greatest), &value) in sum.iter_mut().zip(count).zip(greatest).zip(image) {
                if !value.is_nan() {
                    *sum += f64::from(value);
                    *count += 1;
                    *greatest = greatest.max(value);
                }
            }
        });
    }

    pub fn mean(&self) -> Vec<f32> {
        self.sum.iter().zip(&self.count).map(|(sum, count)| (sum / f64::from(*count)) as f32).collect()
    }

    pub fn greatest(&self) -> &[f32] {
        &self.greatest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_side_by_side_with_gaps_between() {
        let canvas = Canvas::side_by_side(&[3, 4, 8], (4, 4), 640);
        assert_eq!((canvas.view.columns, canvas.view.binned, canvas.width, canvas.height), (2, 1, 10, 10));
        let image: Vec<f32> = (0..48).map(|value| value as f32).collect();
        let drawn = canvas.draw(&image);
        assert_eq!((drawn[0], drawn[3], drawn[4], drawn[6], drawn[9]), (0.0, 3.0, GAP, 16.0, 19.0));
        assert_eq!((drawn[6 * 10], drawn[6 * 10 + 6]), (32.0, GAP));
    }

    #[test]
    fn a_bin_is_its_greatest_pixel_and_bad_only_where_all_are() {
        let canvas = Canvas::side_by_side(&[0], (4, 8), 4);
        assert_eq!((canvas.view.binned, canvas.width, canvas.height), (2, 4, 2));
        let mut image = vec![1.0; 32];
        image[9] = 50.0;
        for bad in [2, 3, 10, 11, 4] {
            image[bad] = f32::NAN;
        }
        image[6] = f32::NEG_INFINITY;
        let drawn = canvas.draw(&image);
        assert_eq!((drawn[0], drawn[2], drawn[3]), (50.0, 1.0, 1.0));
        assert!(drawn[1].is_nan());
    }

    #[test]
    fn pictures_are_never_too_wide() {
        for (modules, shape) in
            [(16, (512, 128)), (1, (4000, 4000)), (8, (512, 1024)), (1, (1, 9000)), (256, (32, 128)), (1, (1, 1))]
        {
            let numbers: Vec<u16> = (0..modules).collect();
            let canvas = Canvas::side_by_side(&numbers, shape, 640);
            assert!(
                canvas.width <= 640 && canvas.height <= 960,
                "{modules} {shape:?}: {} {}",
                canvas.width,
                canvas.height
            );
            let drawn = canvas.draw(&vec![7.0; modules as usize * shape.0 * shape.1]);
            assert!(drawn.iter().all(|v| *v == 7.0 || *v == GAP) && drawn.contains(&7.0));
        }
    }

    #[test]
    fn sums_leave_bad_pixels_out() {
        let mut stack = Stack::new(3);
        stack.add(&[1.0, f32::NAN, f32::NAN]);
        stack.add(&[3.0, 5.0, f32::NAN]);
        let mean = stack.mean();
        assert_eq!((mean[0], mean[1], stack.greatest()[0], stack.frames), (2.0, 5.0, 3.0, 2));
        assert!(mean[2].is_nan() && stack.greatest()[2].is_nan());
    }
}
