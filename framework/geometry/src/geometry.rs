//! A geometry file, read.

use std::path::{Path, PathBuf};

use crate::crystfel::CrystfelGeometry;
use crate::error::GeometryError;
use crate::layout::ModuleLayout;
use crate::overrides::Overrides;
use crate::pixel_map::PixelMap;
use crate::poni::PoniGeometry;
use crate::text_file;

/// What a geometry file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    /// The file.
    pub source: PathBuf,
    /// Sample to detector in metres, where the file states one for the whole detector.
    pub distance: Option<f64>,
    /// In metres, where the file states it.
    pub wavelength: Option<f64>,
    pub kind: Kind,
}

/// The two forms of file.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Crystfel(CrystfelGeometry),
    Poni(PoniGeometry),
}

impl Geometry {
    /// Reads `path`; a name in `.poni` is a PONI file, `.geom` CrystFEL, any other is told by what it says.
    ///
    /// # Errors
    /// When the file cannot be read, or what it says cannot be understood (with line and column).
    pub fn open(path: &Path) -> Result<Self, GeometryError> {
        Self::parse(path, &text_file::read(path)?)
    }

    /// Reads `text` as the content of `path`.
    ///
    /// # Errors
    /// As [`Geometry::open`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, GeometryError> {
        if is_poni(path, text) {
            let poni = PoniGeometry::parse(path, text)?;
            Ok(Self {
                source: path.to_owned(),
                distance: Some(poni.distance),
                wavelength: poni.wavelength,
                kind: Kind::Poni(poni),
            })
        } else {
            let crystfel = CrystfelGeometry::parse(path, text)?;
            Ok(Self {
                source: path.to_owned(),
                distance: crystfel.common_distance(),
                wavelength: crystfel.wavelength,
                kind: Kind::Crystfel(crystfel),
            })
        }
    }

    /// Lays the geometry over the modules of a detector; `overrides` win over the file.
    ///
    /// # Errors
    /// When the distance is unknown, the panels do not fit the modules, or an override does not apply to this kind.
    pub fn pixel_map(&self, layout: &ModuleLayout, overrides: &Overrides) -> Result<PixelMap, GeometryError> {
        let distance = overrides.distance.map(|length| length.metres());
        if let Some(bad) = distance.filter(|&d| !(d.is_finite() && d > 0.0)) {
            return Err(GeometryError::configuration(
                format!("the distance {bad} m is not positive"),
                "it is the way from the sample to the detector",
            ));
        }
        if let Some(energy) = overrides.energy {
            if energy.joules().partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
                return Err(GeometryError::configuration(
                    format!("the photon energy {energy} is not positive"),
                    "write it as \"9.3 keV\"",
                ));
            }
        }
        if let Some([slow, fast]) = overrides.beam_centre {
            if !(slow.is_finite() && fast.is_finite()) {
                return Err(GeometryError::configuration(
                    format!("the beam centre [{slow}, {fast}] is not finite"),
                    "it is [slow, fast] in pixels",
                ));
            }
        }
        let wavelength = overrides.energy.map(|energy| energy.wavelength().metres()).or(self.wavelength);
        match &self.kind {
            Kind::Crystfel(geometry) => geometry.place(layout, distance, overrides.beam_centre, wavelength),
            Kind::Poni(geometry) => geometry.place(layout, distance, overrides.beam_centre, wavelength),
        }
    }
}

fn is_poni(path: &Path, text: &str) -> bool {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("poni") => true,
        Some("geom") => false,
        _ => text.lines().any(|line| line.trim_start().to_ascii_lowercase().starts_with("poni1:")),
    }
}
