//! What a geometry means, in numbers that an experimenter knows: pixels, distance, energy, and what the detector sees.

use std::fmt;
use std::path::PathBuf;

use crate::pixel::Pixel;
use crate::pixel_map::PixelMap;
use crate::quantity::Length;
use crate::radial_unit::RadialUnit;
use crate::sanity::short;
use crate::vector::Vector;

/// The numbers of a [`PixelMap`]; ranges are those of the centres of pixels that are used.
#[derive(Debug, Clone, PartialEq)]
pub struct GeometrySummary {
    /// The file, by its name.
    pub file: PathBuf,
    pub pixels: usize,
    /// Pixels on a panel and not declared bad.
    pub used: usize,
    /// Pixels that the geometry declares bad.
    pub declared_bad: usize,
    /// Pixels without a panel.
    pub uncovered: usize,
    pub panels: usize,
    /// Sample to detector in metres.
    pub distance: f64,
    /// Photons in keV, where the wavelength is known.
    pub energy: Option<f64>,
    /// Distance from the beam in mm; none when no pixel is used.
    pub r_mm: Option<[f64; 2]>,
    /// Scattering angle in degrees.
    pub two_theta: Option<[f64; 2]>,
    /// Momentum transfer in 1/nm, where the wavelength is known.
    pub q: Option<[f64; 2]>,
}

impl PixelMap {
    /// What the map means in numbers. `bad` are pixels that are bad for other reasons, in the order of the data; empty: none.
    pub fn summary(&self, file: PathBuf, bad: &[bool]) -> GeometrySummary {
        let is_bad = |at: usize| bad.get(at).copied().unwrap_or(false);
        // measures without a root: the radius rises with its square, the angle falls with z |z| / |p|^2
        let (mut by_radius, mut by_angle) = (Ends::default(), Ends::default());
        let mut used = 0;
        for (_, pixel) in self.iter().enumerate().filter(|(at, _)| !is_bad(*at)) {
            let Some(Pixel { centre, .. }) = pixel else { continue };
            used += 1;
            let square = centre.x * centre.x + centre.y * centre.y;
            by_radius.take(square, centre);
            by_angle.take(-centre.z * centre.z.abs() / (square + centre.z * centre.z), centre);
        }
        let [uncovered, declared_bad] = self.lost();
        let shown = |unit: RadialUnit, ends: Option<[Vector; 2]>, wavelength: f64| {
            ends.map(|ends| ends.map(|centre| unit.computed(centre, wavelength) * unit.scale()))
        };
        let wavelength = self.wavelength();
        GeometrySummary {
            file: file.file_name().map(PathBuf::from).unwrap_or(file),
            pixels: self.layout().pixels(),
            used,
            declared_bad,
            uncovered,
            panels: self.panels().len(),
            distance: self.distance(),
            energy: wavelength.map(|metres| Length::from_metres(metres).photon_energy().electronvolts() / 1e3),
            r_mm: shown(RadialUnit::RadiusMillimetres, by_radius.found(), f64::NAN),
            two_theta: shown(RadialUnit::TwoThetaDegrees, by_angle.found(), f64::NAN),
            q: wavelength.and_then(|wavelength| shown(RadialUnit::QPerNanometre, by_angle.found(), wavelength)),
        }
    }
}

/// The places of the least and the greatest measure.
#[derive(Default)]
struct Ends(Option<[(f64, Vector); 2]>);

impl Ends {
    fn take(&mut self, measure: f64, centre: Vector) {
        let [low, high] = self.0.get_or_insert([(measure, centre); 2]);
        if measure < low.0 {
            *low = (measure, centre);
        }
        if measure > high.0 {
            *high = (measure, centre);
        }
    }

    fn found(&self) -> Option<[Vector; 2]> {
        self.0.map(|ends| ends.map(|(_, centre)| centre))
    }
}

/// Two lines without an end: what is covered, and what is seen.
impl fmt::Display for GeometrySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.panels == 1 { "" } else { "s" };
        write!(
            f,
            "{}: {} of {} pixels used, {} panel{plural}",
            self.file.display(),
            self.used,
            self.pixels,
            self.panels
        )?;
        if self.declared_bad > 0 {
            write!(f, ", {} declared bad", self.declared_bad)?;
        }
        if self.uncovered > 0 {
            write!(f, ", {} without a panel", self.uncovered)?;
        }
        write!(f, "\n{} m from the sample", short(self.distance))?;
        match self.energy {
            Some(energy) => write!(f, ", {} keV", short(energy))?,
            None => write!(f, ", photon energy unknown")?,
        }
        for (name, range, unit) in
            [("r", self.r_mm, "mm"), ("2theta", self.two_theta, "degrees"), ("q", self.q, "1/nm")]
        {
            if let Some([low, high]) = range {
                write!(f, ", {name} {} to {} {unit}", short(low), short(high))?;
            }
        }
        Ok(())
    }
}
