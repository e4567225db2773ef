//! The radial coordinate of a pixel, in the units users integrate over.
//!
//! With the position p = (x, y, z), r = |p|, rho = hypot(x, y) and the scattering angle 2theta = atan2(rho, z):
//! q = 4 pi sin(theta) / wavelength, where sin(theta) = rho / sqrt(2 r (r + z)): the half-angle formula without its
//! cancellation at small angles, and without a sine.
//!
//! Names are pyFAI's. Bins are cut in the unit of computation (1/nm, rad, m), shown in the unit of the name.

use std::f64::consts::PI;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vector::Vector;

/// What the radial axis of a profile means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub enum RadialUnit {
    /// Momentum transfer in 1/nm.
    #[default]
    #[serde(rename = "q_nm^-1")]
    QPerNanometre,
    /// Momentum transfer in 1/Angstrom.
    #[serde(rename = "q_A^-1")]
    QPerAngstrom,
    /// Scattering angle in degrees.
    #[serde(rename = "2th_deg")]
    TwoThetaDegrees,
    /// Scattering angle in radians.
    #[serde(rename = "2th_rad")]
    TwoThetaRadians,
    /// Distance from the beam axis in millimetres.
    #[serde(rename = "r_mm")]
    RadiusMillimetres,
}

impl RadialUnit {
    pub const ALL: [Self; 5] = [
        Self::QPerNanometre,
        Self::QPerAngstrom,
        Self::TwoThetaDegrees,
        Self::TwoThetaRadians,
        Self::RadiusMillimetres,
    ];

    /// The name in workflows and in output files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::QPerNanometre => "q_nm^-1",
            Self::QPerAngstrom => "q_A^-1",
            Self::TwoThetaDegrees => "2th_deg",
            Self::TwoThetaRadians => "2th_rad",
            Self::RadiusMillimetres => "r_mm",
        }
    }

    /// Whether the wavelength enters.
    pub const fn needs_wavelength(self) -> bool {
        matches!(self, Self::QPerNanometre | Self::QPerAngstrom)
    }

    /// One unit of computation, in this unit: a shown value is a computed one times this.
    pub const fn scale(self) -> f64 {
        match self {
            Self::QPerNanometre | Self::TwoThetaRadians => 1.0,
            Self::QPerAngstrom => 0.1,
            Self::TwoThetaDegrees => 180.0 / PI,
            Self::RadiusMillimetres => 1e3,
        }
    }

    /// The coordinate of `position` in the unit of computation; `wavelength` in metres counts for q only.
    pub fn computed(self, position: Vector, wavelength: f64) -> f64 {
        let rho = position.transverse();
        match self {
            Self::QPerNanometre | Self::QPerAngstrom => {
                let r = position.length();
                4e-9 * PI / wavelength * (rho / (2.0 * r * (r + position.z)).sqrt())
            }
            Self::TwoThetaDegrees | Self::TwoThetaRadians => libm::atan2(rho, position.z),
            Self::RadiusMillimetres => rho,
        }
    }
}

impl fmt::Display for RadialUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_workflow() {
        for unit in RadialUnit::ALL {
            let text = serde_json::to_string(&unit).unwrap();
            assert_eq!(text, format!("\"{unit}\""));
            assert_eq!(serde_json::from_str::<RadialUnit>(&text).unwrap(), unit);
        }
    }

    #[test]
    fn half_angle_formula_equals_the_sine() {
        for (x, y, z) in [(0.3, -0.2, 0.1), (1e-6, 0.0, 5.0), (0.1, 0.1, -0.05), (0.0, 0.0, 1.0)] {
            let p = Vector::new(x, y, z);
            let two_theta = RadialUnit::TwoThetaRadians.computed(p, f64::NAN);
            let expected = 4e-9 * PI / 1.3e-10 * (two_theta / 2.0).sin();
            let q = RadialUnit::QPerNanometre.computed(p, 1.3e-10);
            assert!((q - expected).abs() <= 1e-14 * expected, "{q} {expected}");
        }
    }
}
