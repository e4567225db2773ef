//! Where a pixel lies on the radial axis: a point, or an interval.
//!
//! Splitting by bounding box takes the interval x +- dx, with dx = max over the corners |x_corner - x|.

use trainyard_engine::algorithm::Spread;
use trainyard_geometry::{Pixel, PixelMap, RadialUnit};

use super::error::AzimuthalError;
use super::options::{Options, Splitting};

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
        self.unit.computed(pixel.centre, self.wavelength)
    }

    /// What the pixel covers: its centre, or the centre give or take the farthest corner (below 0 next to the beam).
    pub(super) fn interval(&self, pixel: &Pixel) -> [f64; 2] {
        let centre = self.centre(pixel);
        match self.splitting {
            Splitting::No => [centre, centre],
            Splitting::Bbox => {
                let reach = |corner| (self.unit.computed(corner, self.wavelength) - centre).abs();
                let reach = pixel.corners().map(reach).into_iter().fold(0.0, f64::max);
                [centre - reach, centre + reach]
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
