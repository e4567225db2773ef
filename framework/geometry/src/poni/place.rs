//! Places a PONI detector in the lab frame.
//!
//! A point of the detector plane, in metres along axes 1 and 2 from the corner of the picture, goes to
//! (y, x, z) = R3 R2 R1 (d1 - poni1, d2 - poni2, L), with
//! R1 = [1 0 0; 0 c s; 0 -s c], R2 = [c 0 -s; 0 1 0; s 0 c] (left-handed), R3 = [c -s 0; s c 0; 0 0 1].
//! The orientation mirrors the order of the pixels: 3 as stored, 2 mirrors axis 1, 4 mirrors axis 2, 1 mirrors both.

use super::axis::Axis;
use super::parse::PoniGeometry;
use crate::cover::Cover;
use crate::error::GeometryError;
use crate::layout::ModuleLayout;
use crate::overrides::Overrides;
use crate::pixel_map::{PixelMap, PlacedPanel};
use crate::vector::Vector;

/// The largest of pyFAI's detectors with wide pixels falls into less than 600 areas.
const MAX_PANELS: usize = 4096;

/// Rows of a rotation of (axis 1, axis 2, axis 3).
type Matrix = [[f64; 3]; 3];

impl PoniGeometry {
    /// # Errors
    /// When the layout has several modules or another shape than the file states.
    pub(crate) fn place(&self, layout: &ModuleLayout, overrides: &Overrides) -> Result<PixelMap, GeometryError> {
        let found = [layout.slow(), layout.fast()];
        if layout.modules().len() != 1 {
            return Err(GeometryError::configuration(
                format!("a PONI file places one module, the detector has {}", layout.modules().len()),
                "use a CrystFEL .geom for a detector of several modules",
            ));
        }
        if let Some(shape) = self.shape.filter(|&shape| shape != found) {
            return Err(GeometryError::configuration(
                format!("the PONI file is for {shape:?} pixels, the detector has {found:?} (slow, fast)"),
                "is it the file of this detector, without binning?",
            ));
        }
        let distance = overrides.distance.map_or(self.distance, |length| length.metres());
        let rotation = self.rotation();
        let mirrored = [matches!(self.orientation, 1 | 2), matches!(self.orientation, 1 | 4)];
        // where the pixels of each axis are, in metres from the corner of the picture
        let axes = [0, 1].map(|axis| Axis::of(found[axis], self.pixel[axis], mirrored[axis], self.wide, axis));
        let poni = match overrides.beam_centre {
            None => self.poni,
            Some(pixels) => {
                // The beam axis, seen from the detector: R^T e_z, cut with the plane at L.
                let axis = rotation[2];
                let reach = distance / axis[2];
                if !(reach.is_finite() && reach > 0.0) {
                    return Err(GeometryError::configuration(
                        "the direct beam does not meet this detector, so it has no beam centre",
                        "leave out beam-centre",
                    ));
                }
                [0, 1].map(|at| axes[at].at(pixels[at]) - axis[at] * reach)
            }
        };
        let runs = axes[0].runs().len() * axes[1].runs().len();
        if runs > MAX_PANELS {
            return Err(GeometryError::configuration(
                format!("the detector falls into {runs} areas of equal pixels, more than {MAX_PANELS}"),
                "is it the file of this detector?",
            ));
        }
        let lab = |v: [f64; 3]| {
            let row = |r: [f64; 3]| r[0] * v[0] + r[1] * v[1] + r[2] * v[2];
            Vector::new(row(rotation[1]), row(rotation[0]), row(rotation[2]))
        };
        let mut panels: Vec<PlacedPanel> = Vec::new();
        let mut cover = Cover::new(layout);
        for slow in axes[0].runs() {
            for fast in axes[1].runs() {
                let name = match (axes[0].runs().len(), axes[1].runs().len()) {
                    (1, 1) => "detector".to_owned(),
                    _ => format!("pixels from [{}, {}]", slow.first, fast.first),
                };
                let begin = |run: &super::axis::Run| run.start - run.first as f64 * run.step;
                panels.push(PlacedPanel::new(
                    name,
                    lab([begin(slow) - poni[0], begin(fast) - poni[1], distance]),
                    lab([0.0, fast.step, 0.0]),
                    lab([slow.step, 0.0, 0.0]),
                )?);
                // runs do not overlap
                let rows = [slow.first, slow.first + slow.count - 1];
                let columns = [fast.first, fast.first + fast.count - 1];
                let _ = cover.claim(0, rows, columns, (panels.len() - 1) as u16);
            }
        }
        let wavelength = overrides.wavelength().or(self.wavelength);
        Ok(PixelMap::new(layout.clone(), panels, cover, distance, wavelength))
    }

    fn rotation(&self) -> Matrix {
        let [(s1, c1), (s2, c2), (s3, c3)] = self.rotations.map(libm::sincos);
        let r1 = [[1.0, 0.0, 0.0], [0.0, c1, s1], [0.0, -s1, c1]];
        let r2 = [[c2, 0.0, -s2], [0.0, 1.0, 0.0], [s2, 0.0, c2]];
        let r3 = [[c3, -s3, 0.0], [s3, c3, 0.0], [0.0, 0.0, 1.0]];
        product(r3, product(r2, r1))
    }
}

fn product(a: Matrix, b: Matrix) -> Matrix {
    a.map(|row| [0, 1, 2].map(|column| row[0] * b[0][column] + row[1] * b[1][column] + row[2] * b[2][column]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tilted(orientation: u8) -> PoniGeometry {
        PoniGeometry {
            distance: 0.1,
            poni: [0.011, 0.017],
            rotations: [0.2, -0.1, 0.4],
            pixel: [1e-4, 2e-4],
            orientation,
            wavelength: None,
            shape: None,
            wide: None,
        }
    }

    #[test]
    fn beam_centre_puts_that_point_on_the_beam() {
        let layout = ModuleLayout::new(vec![0], 0, 40, 60).unwrap();
        let centre = Overrides { beam_centre: Some([10.5, 20.5]), ..Overrides::default() };
        for orientation in 1..=4 {
            let map = tilted(orientation).place(&layout, &centre).unwrap();
            let on_axis = map.pixel(0, 10, 20).unwrap().centre;
            assert!(on_axis.transverse() < 1e-15, "{on_axis:?}");
            // The plane keeps its distance from the sample.
            let panel = &map.panels()[0];
            assert!((panel.origin.dot(panel.normal).abs() - 0.1).abs() < 1e-15);
        }
    }

    #[test]
    fn refuses_what_it_cannot_place() {
        let layout = ModuleLayout::new(vec![0, 1], 0, 40, 60).unwrap();
        assert!(tilted(3).place(&layout, &Overrides::default()).is_err());
        let layout = ModuleLayout::new(vec![0], 0, 40, 60).unwrap();
        let mut other = tilted(3);
        other.shape = Some([60, 40]);
        assert!(other.place(&layout, &Overrides::default()).is_err());
    }
}
