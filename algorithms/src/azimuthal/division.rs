//! Where the parts of a pixel go: the bins of the radial axis that it reaches, in each row of azimuths.
//!
//! | splitting | radial | azimuth, where it is split too |
//! |---|---|---|
//! | `no` | the bin of the centre | the row of the centre |
//! | `bbox` | overlap of centre +- farthest corner | the same of the azimuth; the parts are products |
//! | `full` | area of the polygon between the limits of the bin | and between those of the row |
//!
//! A part is relative to the whole pixel, so what lies outside the range is lost. pyFAI divides by the part inside
//! instead, and gives a pixel on the border its full weight there.

use trainyard_geometry::{Pixel, PixelMap};

use super::binning::Binning;
use super::coordinate::Coordinate;
use super::correction::Correction;
use super::error::AzimuthalError;
use super::options::{Fields, Options, Splitting};
use super::polygon::{area, extent, polygon, turned, Clipper, Point};
use super::rows::Rows;
use super::share::{share, TooWide, MAX_REACH};

/// Divides the pixels of one geometry.
pub(super) struct Division {
    coordinate: Coordinate,
    correction: Correction,
    splitting: Splitting,
    split_azimuth: bool,
    scale: f64,
    pub(super) binning: Binning,
    pub(super) rows: Rows,
    clipper: Clipper,
    whole: Vec<Point>,
    row: Vec<Point>,
    cell: Vec<Point>,
    parts: Vec<f32>,
}

impl Division {
    /// # Errors
    /// When options are out of bounds, the wavelength is needed and unknown, or no pixel is left.
    pub(super) fn new(map: &PixelMap, options: &Options, fields: &Fields<'_>) -> Result<Self, AzimuthalError> {
        fields.check(map.layout().pixels())?;
        if let Some(f) = options.polarisation.filter(|f| !(-1.0..=1.0).contains(f)) {
            return Err(AzimuthalError::Polarisation(f));
        }
        if let Some(sensor) = options.sensor {
            let sound = |length: f64| length.is_finite() && length > 0.0;
            let (thickness, attenuation_length) = (sensor.thickness, sensor.attenuation_length);
            if !(sound(thickness) && sound(attenuation_length)) {
                return Err(AzimuthalError::Sensor { thickness, attenuation_length });
            }
        }
        let coordinate = Coordinate::new(map, options)?;
        let correction = Correction::new(options, map.distance());
        let scale = options.unit.scale();
        let [low, high] = match options.range {
            Some([low, high]) => {
                if !(low >= 0.0 && low < high && high.is_finite()) {
                    return Err(AzimuthalError::Range { low, high });
                }
                [low / scale, high / scale]
            }
            None => {
                let good = map.iter().enumerate().filter(|(at, _)| fields.good(*at));
                let intervals = good.filter_map(|(_, p)| p).map(|p| coordinate.interval(&correction.seen(p)));
                intervals.fold([f64::INFINITY, 0.0], |[low, high]: [f64; 2], [a, b]| [low.min(a.max(0.0)), high.max(b)])
            }
        };
        if low == f64::INFINITY {
            return Err(AzimuthalError::NothingToIntegrate);
        }
        Ok(Self {
            coordinate,
            correction,
            splitting: options.splitting,
            split_azimuth: options.split_azimuth,
            scale,
            binning: Binning::new(low, high, options.bins)?,
            rows: Rows::new(&options.azimuth)?,
            clipper: Clipper::default(),
            whole: Vec::new(),
            row: Vec::new(),
            cell: Vec::new(),
            parts: Vec::new(),
        })
    }

    pub(super) fn centres(&self) -> Vec<f64> {
        self.binning.centres(self.scale)
    }

    /// Normalisation of a pixel, `flat` included.
    pub(super) fn norm(&self, pixel: &Pixel, flat: f32) -> f32 {
        (self.correction.norm(pixel) * f64::from(flat)) as f32
    }

    /// The bin of the centre, where some row holds it.
    pub(super) fn bin(&self, pixel: &Pixel) -> Option<usize> {
        let seen = self.correction.seen(*pixel);
        let mut held = false;
        self.rows.holding(seen.chi(), |_| held = true);
        held.then(|| self.binning.bin(self.coordinate.centre(&seen))).flatten()
    }

    /// First bin and parts of a pixel, when a row holds its centre: what it gives to a single row.
    pub(super) fn radial(&mut self, pixel: &Pixel) -> Result<Option<(usize, &[f32])>, AzimuthalError> {
        let seen = self.correction.seen(*pixel);
        let mut held = false;
        self.rows.holding(seen.chi(), |_| held = true);
        let first = if held { self.along(&seen)? } else { None };
        Ok(first.map(|first| (first, self.parts.as_slice())))
    }

    /// Calls `each` with every cell (row and bin) that the pixel reaches, and its part there.
    pub(super) fn divide(&mut self, pixel: &Pixel, mut each: impl FnMut(usize, f32)) -> Result<(), AzimuthalError> {
        let seen = self.correction.seen(*pixel);
        let bins = self.binning.bins();
        let chi = seen.chi();
        if self.splitting == Splitting::No {
            if let Some(bin) = self.binning.bin(self.coordinate.centre(&seen)) {
                self.rows.holding(chi, |row| each(row * bins + bin, 1.0));
            }
            return Ok(());
        }
        if !self.split_azimuth {
            if let Some(first) = self.along(&seen)? {
                let parts = &self.parts;
                self.rows.holding(chi, |row| {
                    parts.iter().enumerate().for_each(|(at, &part)| each(row * bins + first + at, part));
                });
            }
            return Ok(());
        }
        if self.splitting == Splitting::Full {
            return self.both(&seen, each);
        }
        let Some(first) = self.along(&seen)? else { return Ok(()) };
        let reach = |corner: trainyard_geometry::Vector| turned(libm::atan2(corner.y, corner.x) - chi).abs();
        let reach = seen.corners().iter().copied().map(reach).fold(0.0, f64::max);
        let parts = &self.parts;
        self.rows.reached([chi - reach, chi + reach], |row, [low, high]| {
            let inside = ((chi + reach).min(high) - (chi - reach).max(low)).max(0.0) / (2.0 * reach);
            for (at, &part) in parts.iter().enumerate().filter(|_| inside > 0.0) {
                each(row * bins + first + at, (f64::from(part) * inside) as f32);
            }
        });
        Ok(())
    }

    /// Fills `parts` with those along the radial axis alone, and returns the first bin.
    fn along(&mut self, seen: &Pixel) -> Result<Option<usize>, AzimuthalError> {
        if self.splitting != Splitting::Full {
            let shares = share(&self.binning, self.coordinate.interval(seen), &mut self.parts);
            return shares.map_err(|wide| self.too_wide(wide));
        }
        polygon(seen, |at| self.coordinate.of(at), &mut self.whole);
        let total = area(&self.whole);
        let Some([first, last]) = self.reached(&self.whole)? else { return Ok(None) };
        self.parts.clear();
        if first == last && self.inside(&self.whole) {
            self.parts.push(1.0);
            return Ok(Some(first));
        }
        for bin in first..=last {
            self.clipper.clip(&self.whole, 0, self.binning.limits(bin), &mut self.cell);
            self.parts.push(part(area(&self.cell), total));
        }
        Ok(Some(first))
    }

    /// Both ways, by area.
    fn both(&mut self, seen: &Pixel, mut each: impl FnMut(usize, f32)) -> Result<(), AzimuthalError> {
        polygon(seen, |at| self.coordinate.of(at), &mut self.whole);
        let total = area(&self.whole);
        let bins = self.binning.bins();
        // asked here, so that a pixel that is too wide is refused whatever the rows
        if self.reached(&self.whole)?.is_none() {
            return Ok(());
        }
        let Self { rows, clipper, whole, row, cell, binning, .. } = self;
        let mut wide = Ok(());
        rows.reached(extent(whole, 1), |number, limits| {
            clipper.clip(whole, 1, limits, row);
            match reached(binning, row) {
                Ok(Some([first, last])) => {
                    for bin in first..=last {
                        clipper.clip(row, 0, binning.limits(bin), cell);
                        let part = part(area(cell), total);
                        if part > 0.0 {
                            each(number * bins + bin, part);
                        }
                    }
                }
                Ok(None) => {}
                Err(error) => wide = Err(error),
            }
        });
        wide.map_err(|wide| self.too_wide(wide))
    }

    fn reached(&self, points: &[Point]) -> Result<Option<[usize; 2]>, AzimuthalError> {
        reached(&self.binning, points).map_err(|wide| self.too_wide(wide))
    }

    /// Whether nothing of it lies outside the range.
    fn inside(&self, points: &[Point]) -> bool {
        let [low, high] = extent(points, 0).map(|x| self.binning.position(x));
        low >= 0.0 && high <= self.binning.bins() as f64
    }

    fn too_wide(&self, TooWide(spanned): TooWide) -> AzimuthalError {
        AzimuthalError::TooFine { bin: self.binning.width() * self.scale, spanned }
    }
}

/// First and last bin that a polygon reaches.
fn reached(binning: &Binning, points: &[Point]) -> Result<Option<[usize; 2]>, TooWide> {
    let [low, high] = extent(points, 0).map(|x| binning.position(x));
    let bins = binning.bins() as f64;
    if !(high >= 0.0 && low < bins) || points.len() < 3 {
        return Ok(None);
    }
    if high - low > MAX_REACH {
        return Err(TooWide(high - low));
    }
    Ok(Some([low.max(0.0) as usize, (high.max(0.0) as usize).min(binning.bins() - 1)]))
}

/// Areas of one polygon have one sign; what rounding leaves of another is nothing.
fn part(cut: f64, total: f64) -> f32 {
    let part = cut / total;
    if part > 0.0 {
        part.min(1.0) as f32
    } else {
        0.0
    }
}
