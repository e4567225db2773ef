//! A pixel as a polygon of the plane (radial coordinate, azimuth), and what of its area lies between two limits.
//!
//! The corners of the pixel are joined by straight lines in that plane, as pyFAI's full splitting has it. Azimuths are counted
//! on from that of the centre, so no pixel is cut where the angle jumps. A pixel that holds the beam covers all azimuths: its
//! polygon is that of its corners and, at radius 0, the side that closes a turn. A corner on the beam has no azimuth: it is the
//! side at radius 0 between its neighbours'.
//!
//! Clipping is Sutherland and Hodgman's (Comm. ACM 17 (1974) 32), one limit after the other, in f64. For a polygon that is not
//! convex it leaves seams of no area, so areas are right all the same.

use std::f64::consts::TAU;
use trainyard_geometry::{Pixel, Vector};

/// Radial coordinate and azimuth.
pub(super) type Point = [f64; 2];

/// What is nearer to the axis than this part of a pixel lies on it.
const ON_AXIS: f64 = 1e-9;

/// The difference of two angles, within half a turn.
pub(super) fn turned(angle: f64) -> f64 {
    angle - TAU * libm::rint(angle / TAU)
}

/// Fills `out` with the polygon of `pixel`; `radial` is its coordinate.
pub(super) fn polygon(pixel: &Pixel, radial: impl Fn(Vector) -> f64, out: &mut Vec<Point>) {
    out.clear();
    let centre = pixel.chi();
    let corners = pixel.corners();
    let near = ON_AXIS * (pixel.fs.length() + pixel.ss.length());
    let azimuth = |corner: Vector| {
        (corner.transverse() > near).then(|| centre + turned(libm::atan2(corner.y, corner.x) - centre))
    };
    let angles: Vec<Option<f64>> = corners.iter().copied().map(azimuth).collect();
    let number = corners.len();
    if angles.iter().any(Option::is_none) {
        for (at, (&corner, angle)) in corners.iter().zip(&angles).enumerate() {
            match angle {
                Some(angle) => out.push([radial(corner), *angle]),
                None => {
                    let neighbours = [angles[(at + number - 1) % number], angles[(at + 1) % number]];
                    out.extend(neighbours.into_iter().flatten().map(|angle| [0.0, angle]));
                }
            }
        }
        return;
    }
    let angles: Vec<f64> = angles.into_iter().flatten().collect();
    let mut along = angles.clone();
    for at in 1..number {
        along[at] = along[at - 1] + turned(angles[at] - along[at - 1]);
    }
    let (first, last) = (along[0], along[number - 1] + turned(angles[0] - along[number - 1]));
    if (last - first).abs() > 1.0 {
        // round the beam
        out.extend(corners.iter().zip(along).map(|(&corner, angle)| [radial(corner), angle]));
        out.extend([[radial(corners[0]), last], [0.0, last], [0.0, first]]);
        return;
    }
    out.extend(corners.iter().zip(angles).map(|(&corner, angle)| [radial(corner), angle]));
}

/// The area, with the sign of the sense of rotation.
pub(super) fn area(points: &[Point]) -> f64 {
    let Some((first, rest)) = points.split_first() else { return 0.0 };
    let cross = |a: &Point, b: &Point| (a[0] - first[0]) * (b[1] - first[1]) - (b[0] - first[0]) * (a[1] - first[1]);
    0.5 * rest.windows(2).map(|pair| cross(&pair[0], &pair[1])).sum::<f64>()
}

/// Smallest and largest value along an axis.
pub(super) fn extent(points: &[Point], axis: usize) -> [f64; 2] {
    points
        .iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], point| [low.min(point[axis]), high.max(point[axis])])
}

/// Room for clipping.
#[derive(Debug, Clone, Default)]
pub(super) struct Clipper {
    half: Vec<Point>,
}

impl Clipper {
    /// Fills `out` with the part of `points` that lies between `low` and `high` along `axis`.
    pub(super) fn clip(&mut self, points: &[Point], axis: usize, [low, high]: [f64; 2], out: &mut Vec<Point>) {
        keep(points, axis, low, 1.0, &mut self.half);
        keep(&self.half, axis, high, -1.0, out);
    }
}

/// The part of `points` on one side of a limit: above it for `side` 1, below for -1.
fn keep(points: &[Point], axis: usize, limit: f64, side: f64, out: &mut Vec<Point>) {
    out.clear();
    let Some(mut before) = points.last() else { return };
    let above = |point: &Point| side * (point[axis] - limit);
    for point in points {
        let (was, is) = (above(before), above(point));
        if (was < 0.0) != (is < 0.0) {
            let share = was / (was - is);
            let mut cut = [before[0] + share * (point[0] - before[0]), before[1] + share * (point[1] - before[1])];
            cut[axis] = limit;
            out.push(cut);
        }
        if is >= 0.0 {
            out.push(*point);
        }
        before = point;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(x: f64, y: f64) -> Pixel {
        Pixel {
            centre: Vector::new(x, y, 1.0),
            fs: Vector::new(0.01, 0.0, 0.0),
            ss: Vector::new(0.0, 0.01, 0.0),
            normal: Vector::new(0.0, 0.0, 1.0),
            hexagonal: false,
        }
    }

    fn whole(x: f64, y: f64) -> Vec<Point> {
        let mut points = Vec::new();
        polygon(&pixel(x, y), Vector::transverse, &mut points);
        points
    }

    #[test]
    fn parts_of_a_triangle() {
        let triangle = [[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]];
        assert_eq!(area(&triangle), 2.0);
        let (mut clipper, mut out) = (Clipper::default(), Vec::new());
        let mut part = |axis, limits| {
            clipper.clip(&triangle, axis, limits, &mut out);
            area(&out)
        };
        assert_eq!([part(0, [0.0, 1.0]), part(0, [1.0, 2.0]), part(1, [0.5, 1.0])], [1.5, 0.5, 0.625]);
        assert_eq!([part(0, [-3.0, 0.0]), part(0, [2.0, 9.0]), part(0, [-1.0, 3.0])], [0.0, 0.0, 2.0]);
    }

    /// An area of r, chi is the area of the pixel over its radius, to the curvature of its sides.
    #[test]
    fn no_pixel_is_cut_where_the_angle_jumps() {
        for (x, y) in [(-0.5, 0.0), (-0.5, 0.004), (0.5, 0.0), (0.0, -0.5)] {
            let points = whole(x, y);
            assert_eq!(points.len(), 4);
            assert!((area(&points).abs() - 1e-4 / 0.5).abs() < 1e-7, "{x} {y}: {points:?}");
            let [low, high] = extent(&points, 1);
            assert!(high - low < 0.03);
        }
    }

    #[test]
    fn a_pixel_with_the_beam_covers_every_azimuth_down_to_the_beam() {
        for (x, y) in [(0.0, 0.0), (0.001, -0.003)] {
            let points = whole(x, y);
            let [low, high] = extent(&points, 1);
            assert!((high - low - TAU).abs() < 1e-12);
            assert_eq!(extent(&points, 0)[0], 0.0);
            // between the circles that touch sides and corners
            assert!(area(&points).abs() > TAU * 0.0015 && area(&points).abs() < TAU * 0.0098, "{}", area(&points));
        }
        // a corner on the beam: a quarter of a turn
        let points = whole(0.005, 0.005);
        let [low, high] = extent(&points, 1);
        assert_eq!(points.len(), 5);
        assert!((high - low - TAU / 4.0).abs() < 1e-9);
    }
}
