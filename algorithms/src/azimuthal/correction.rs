//! What a pixel's value is divided by, and where the sensor lets it appear.
//!
//! ```text
//! norm = flat x solid angle x polarisation x absorption
//! absorption = (1 - exp(-t / (L c))) / (1 - exp(-t / L)),  c = cos(incidence)
//! ```
//!
//! t is the thickness of the sensor, L its attenuation length: what a slanted ray loses more than an upright one (G. Wu et al., J.
//! Appl. Cryst. 35 (2002) 356). Parallax: a ray that comes in at an angle is absorbed, on average, after a path of
//! l = L - T exp(-T/L) / (1 - exp(-T/L)) with T = t / c in the sensor, and so is seen by the pixel that lies there. Its scattering
//! angle is that of a point l c behind the middle of this pixel; the geometry's plane is the front of the sensor.
//!
//! Polarisation: (1 + cos^2 2theta - f cos(2 (chi + angle)) sin^2 2theta) / 2, as pyFAI's.

use trainyard_geometry::{Pixel, Vector};

use super::options::{Options, Sensor};

#[derive(Debug, Clone)]
pub(super) struct Correction {
    solid_angle: bool,
    polarisation: Option<f64>,
    /// cos and sin of twice the angle
    turned: [f64; 2],
    sensor: Option<Sensor>,
    distance: f64,
}

impl Correction {
    pub(super) fn new(options: &Options, distance: f64) -> Self {
        let twice = 2.0 * options.polarisation_angle.to_radians();
        Correction {
            solid_angle: options.solid_angle,
            polarisation: options.polarisation,
            turned: [libm::cos(twice), libm::sin(twice)],
            sensor: options.sensor,
            distance,
        }
    }

    /// Without the flat field.
    pub(super) fn norm(&self, pixel: &Pixel) -> f64 {
        let solid_angle = if self.solid_angle { pixel.relative_solid_angle(self.distance) } else { 1.0 };
        let polarisation = match self.polarisation {
            // the common case keeps its digits
            Some(f) if self.turned == [1.0, 0.0] => pixel.polarisation(f),
            Some(f) => self.polarisation(pixel, f),
            None => 1.0,
        };
        let absorption = self.sensor.map_or(1.0, |sensor| sensor.absorption(pixel.cos_incidence()));
        solid_angle * polarisation * absorption
    }

    fn polarisation(&self, pixel: &Pixel, f: f64) -> f64 {
        let Vector { x, y, z } = pixel.centre;
        let r2 = x * x + y * y + z * z;
        let [cos, sin] = self.turned;
        // rho^2 cos(2 (chi + angle)) = (x^2 - y^2) cos(2 angle) - 2 x y sin(2 angle)
        let across = (x * x - y * y) * cos - 2.0 * x * y * sin;
        0.5 * (1.0 + z * z / r2 - f * across / r2)
    }

    /// The pixel where the rays that it sees would meet a thin one.
    pub(super) fn seen(&self, pixel: Pixel) -> Pixel {
        match self.sensor {
            Some(sensor) if sensor.parallax => {
                let c = pixel.cos_incidence();
                let away = if pixel.centre.dot(pixel.normal) < 0.0 { -1.0 } else { 1.0 };
                Pixel { centre: pixel.centre + pixel.normal * (away * sensor.depth(c)), ..pixel }
            }
            _ => pixel,
        }
    }
}

impl Sensor {
    /// What is absorbed, relative to a ray that comes in upright.
    fn absorption(&self, cos: f64) -> f64 {
        let absorbed = |path: f64| -libm::expm1(-path / self.attenuation_length);
        absorbed(self.thickness / cos) / absorbed(self.thickness)
    }

    /// Mean depth of absorption below the surface.
    fn depth(&self, cos: f64) -> f64 {
        let path = self.thickness / cos / self.attenuation_length;
        // 1 - x exp(-x) / (1 - exp(-x)), and x / 2 where that loses its digits
        let mean = if path > 1e-4 { 1.0 - path / libm::expm1(path) } else { 0.5 * path };
        self.attenuation_length * mean * cos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sensor_by_hand() {
        let sensor = Sensor { thickness: 5e-4, attenuation_length: 1e-3, parallax: true };
        assert!((sensor.absorption(1.0) - 1.0).abs() < 1e-15);
        // (1 - e^-1) / (1 - e^-1/2)
        assert!((sensor.absorption(0.5) - 0.632_120_558_8 / 0.393_469_340_3).abs() < 1e-9);
        // 1 mm (1 - 0.5 / (e^0.5 - 1)) = 0.2292529...
        assert!((sensor.depth(1.0) - 2.292_529e-4).abs() < 1e-9, "{}", sensor.depth(1.0));
        // thin: the middle
        let thin = Sensor { thickness: 1e-9, ..sensor };
        assert!((thin.depth(1.0) / 0.5e-9 - 1.0).abs() < 1e-6);
        // thick: one attenuation length along the ray
        let thick = Sensor { thickness: 1.0, ..sensor };
        assert!((thick.depth(0.5) - 0.5e-3).abs() < 1e-12);
    }

    #[test]
    fn polarisation_turns_with_its_angle() {
        let pixel = |x, y| Pixel {
            centre: Vector::new(x, y, 1.0),
            fs: Vector::new(1e-3, 0.0, 0.0),
            ss: Vector::new(0.0, 1e-3, 0.0),
            normal: Vector::new(0.0, 0.0, 1.0),
            hexagonal: false,
        };
        let turned = |angle: f64| {
            let options = Options { polarisation: Some(0.9), polarisation_angle: angle, ..Options::default() };
            Correction::new(&Options { solid_angle: false, ..options }, 1.0)
        };
        // a quarter of a turn swaps x and y
        assert!((turned(90.0).norm(&pixel(0.3, 0.1)) - pixel(0.1, 0.3).polarisation(0.9)).abs() < 1e-14);
        // chi + angle: at 45 degrees a pixel on -y, x is where one on x was
        let r = 0.5_f64.sqrt();
        assert!((turned(45.0).norm(&pixel(0.4 * r, -0.4 * r)) - pixel(0.4, 0.0).polarisation(0.9)).abs() < 1e-14);
    }
}
