//! One pixel in the lab frame: a parallelogram.

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
}

impl Pixel {
    /// The four corners, going round.
    pub fn corners(&self) -> [Vector; 4] {
        let (f, s) = (self.fs * 0.5, self.ss * 0.5);
        let c = self.centre;
        [c - s - f, c - s + f, c + s + f, c + s - f]
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
