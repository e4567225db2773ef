//! One pixel in the lab frame: a parallelogram, or a hexagon of a row of hexagons.

use crate::vector::Vector;

/// Position and shape of a pixel, in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pixel {
    pub centre: Vector,
    /// One pixel along the fast axis.
    pub fs: Vector,
    /// One pixel along the slow axis.
    pub ss: Vector,
    /// Unit vector across the pixel's plane.
    pub normal: Vector,
    /// A hexagon with two sides along `ss`, as wide as `fs`; `ss` leads to the next row, which lies between the pixels of this one.
    pub hexagonal: bool,
}

/// The corners of a pixel, going round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Corners {
    corners: [Vector; 6],
    number: usize,
}

impl std::ops::Deref for Corners {
    type Target = [Vector];

    fn deref(&self) -> &[Vector] {
        &self.corners[..self.number]
    }
}

impl IntoIterator for Corners {
    type Item = Vector;
    type IntoIter = std::iter::Take<std::array::IntoIter<Vector, 6>>;

    fn into_iter(self) -> Self::IntoIter {
        self.corners.into_iter().take(self.number)
    }
}

impl Pixel {
    /// The four corners, or six of a hexagon.
    pub fn corners(&self) -> Corners {
        let c = self.centre;
        if self.hexagonal {
            // two thirds of a row to the tips, one third to the sides
            let (f, low, high) = (self.fs * 0.5, self.ss * (1.0 / 3.0), self.ss * (2.0 / 3.0));
            return Corners {
                corners: [c - high, c - low + f, c + low + f, c + high, c + low - f, c - low - f],
                number: 6,
            };
        }
        let (f, s) = (self.fs * 0.5, self.ss * 0.5);
        Corners { corners: [c - s - f, c - s + f, c + s + f, c + s - f, c, c], number: 4 }
    }

    /// The scattering angle 2theta in rad.
    pub fn two_theta(&self) -> f64 {
        libm::atan2(self.centre.transverse(), self.centre.z)
    }

    /// The azimuth atan2(y, x) in rad.
    pub fn chi(&self) -> f64 {
        libm::atan2(self.centre.y, self.centre.x)
    }

    /// Momentum transfer in 1/nm at a wavelength in metres.
    pub fn q(&self, wavelength: f64) -> f64 {
        crate::RadialUnit::QPerNanometre.computed(self.centre, wavelength)
    }

    /// Distance from the beam axis in mm.
    pub fn r_mm(&self) -> f64 {
        self.centre.transverse() * 1e3
    }

    /// Cosine of the angle between the ray from the sample and the pixel's normal.
    pub fn cos_incidence(&self) -> f64 {
        self.centre.dot(self.normal).abs() / self.centre.length()
    }

    /// The solid angle relative to that of the same pixel at normal incidence at `distance`:
    /// cos(incidence) (distance / r)^2, which is cos(incidence)^3 on a detector that is one plane. (pyFAI takes the
    /// third power for tilted panels too, where it is no longer the solid angle.)
    pub fn relative_solid_angle(&self, distance: f64) -> f64 {
        let r = self.centre.length();
        self.cos_incidence() * (distance / r) * (distance / r)
    }

    /// The polarisation factor (1 + cos^2 2theta - f cos(2 chi) (1 - cos^2 2theta)) / 2, where
    /// f = (I_horizontal - I_vertical) / (I_horizontal + I_vertical).
    pub fn polarisation(&self, f: f64) -> f64 {
        let Vector { x, y, z } = self.centre;
        let rho2 = x * x + y * y;
        let r2 = rho2 + z * z;
        let cos2 = z * z / r2;
        // cos(2 chi) = (x^2 - y^2) / rho^2 and 1 - cos^2 = rho^2 / r^2: rho drops out, also on the axis.
        0.5 * (1.0 + cos2 - f * (x * x - y * y) / r2)
    }
}
