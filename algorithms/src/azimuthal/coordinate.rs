//! Where a pixel lies on the radial axis: a point, or an interval.
//!
//! Splitting by bounding box takes the interval x +- dx, with dx = max over the corners |x_corner - x|.

use trainyard_engine::algorithm::Spread;
use trainyard_geometry::{Pixel, PixelMap, RadialUnit, Vector};

use super::error::AzimuthalError;
use super::options::{Options, Splitting};
use super::polygon::{extent, polygon};

/// The radial coordinate of pixels, in the unit of computation.
pub(super) struct Coordinate {
    unit: RadialUnit,
    wavelength: f64,
    splitting: Splitting,
}

impl Coordinate {
    pub(super) fn new(map: &PixelMap, options: &Options) -> Result<Self, AzimuthalError> {
        let wavelength = match map.wavelength() {
            Some(wavelength) => wavelength,
            None if options.unit.needs_wavelength() => {
                return Err(AzimuthalError::NoWavelength { unit: options.unit.name() })
            }
            None => f64::NAN,
        };
        Ok(Self { unit: options.unit, wavelength, splitting: options.splitting })
    }

    pub(super) fn centre(&self, pixel: &Pixel) -> f64 {
        self.of(pixel.centre)
    }

    pub(super) fn of(&self, position: Vector) -> f64 {
        self.unit.computed(position, self.wavelength)
    }

    /// What the pixel covers: its centre, the centre give or take the farthest corner (below 0 next to the beam), or from the
    /// nearest corner to the farthest.
    pub(super) fn interval(&self, pixel: &Pixel) -> [f64; 2] {
        let centre = self.centre(pixel);
        match self.splitting {
            Splitting::No => [centre, centre],
            Splitting::Bbox => {
                let reach = |corner| (self.of(corner) - centre).abs();
                let reach = pixel.corners().iter().copied().map(reach).fold(0.0, f64::max);
                [centre - reach, centre + reach]
            }
            Splitting::Full => {
                let mut points = Vec::new();
                polygon(pixel, |at| self.of(at), &mut points);
                extent(&points, 0)
            }
        }
    }
}

/// Where the pixels lie that are on a panel and not `bad`, in `unit`; `None` when there are none. An empty `bad` masks none.
pub fn radial_spread(map: &PixelMap, unit: RadialUnit, bad: &[bool]) -> Option<Spread> {
    let wavelength = map.wavelength().unwrap_or(f64::NAN);
    let good = map.iter().enumerate().filter(|(at, _)| !bad.get(*at).copied().unwrap_or(false));
    Spread::of(good.filter_map(|(_, p)| p).map(|p| unit.computed(p.centre, wavelength) * unit.scale()))
}
