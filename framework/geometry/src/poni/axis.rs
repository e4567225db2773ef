//! Where the pixels of one axis of a detector begin: a row of pixels of one size, or of several.

use super::detectors::Wide;

/// Neighbours of one size: pixel `first + n` begins at `start + n * step`, in metres from the corner of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub first: usize,
    pub count: usize,
    pub start: f64,
    pub step: f64,
}

/// The pixels of an axis, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis(Vec<Run>);

impl Axis {
    /// `length` pixels of one size; mirrored, the last one begins the picture.
    pub(super) fn regular(length: usize, pixel: f64, mirrored: bool) -> Self {
        let (start, step) = if mirrored { (length as f64 * pixel, -pixel) } else { (0.0, pixel) };
        Axis(vec![Run { first: 0, count: length, start, step }])
    }

    /// `length` pixels in chips of `chip` with wide borders; what is left behind the last whole chip belongs to it.
    pub(super) fn wide(length: usize, pixel: f64, chip: usize, factor: f64) -> Self {
        let chips = length / chip.max(1);
        let is_wide = |at: usize| {
            let (before, behind) = ((at + 1) / chip.max(1), at / chip.max(1));
            ((at + 1).is_multiple_of(chip) && (1..chips).contains(&before))
                || (at.is_multiple_of(chip) && (1..chips).contains(&behind))
        };
        let mut runs: Vec<Run> = Vec::new();
        let mut end = 0.0;
        for at in 0..length {
            let step = if is_wide(at) { factor * pixel } else { pixel };
            match runs.last_mut() {
                Some(run) if run.step == step => run.count += 1,
                _ => runs.push(Run { first: at, count: 1, start: end, step }),
            }
            end += step;
        }
        Axis(runs)
    }

    pub(super) fn of(length: usize, pixel: f64, mirrored: bool, wide: Option<Wide>, axis: usize) -> Self {
        match wide {
            Some(wide) => Axis::wide(length, pixel, wide.chip[axis], wide.factor),
            None => Axis::regular(length, pixel, mirrored),
        }
    }

    pub(super) fn runs(&self) -> &[Run] {
        &self.0
    }

    /// The place of a point, counted in pixels; beyond the ends the outer pixels go on.
    pub(super) fn at(&self, pixels: f64) -> f64 {
        let run = self.0.iter().rev().find(|run| run.first as f64 <= pixels).or(self.0.first());
        run.map_or(0.0, |run| run.start + (pixels - run.first as f64) * run.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_pixels_stand_on_both_sides_of_a_border() {
        let axis = Axis::wide(8, 1.0, 4, 2.0);
        let starts: Vec<f64> = (0..=8).map(|at| axis.at(f64::from(at))).collect();
        assert_eq!(starts, [0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 8.0, 9.0, 10.0]);
        assert_eq!(axis.runs().len(), 3);
        assert_eq!((axis.at(3.5), axis.at(-1.0), axis.at(9.0)), (4.0, -1.0, 11.0));
        // nine pixels are two chips and a rest, which has no border of its own
        assert_eq!(Axis::wide(9, 1.0, 4, 2.0).at(9.0), 11.0);
        assert_eq!(Axis::wide(4, 1.0, 4, 2.0), Axis::regular(4, 1.0, false));
    }

    #[test]
    fn a_mirrored_axis_begins_at_its_end() {
        let axis = Axis::regular(4, 0.5, true);
        assert_eq!((axis.at(0.0), axis.at(4.0)), (2.0, 0.0));
    }
}
