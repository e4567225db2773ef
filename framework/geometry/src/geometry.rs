//! A geometry file, read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::crystfel::{CrystfelGeometry, MaskBits, MaskName, Stated, ValueLimits};
use crate::error::GeometryError;
use crate::layout::ModuleLayout;
use crate::overrides::Overrides;
use crate::pixel_map::PixelMap;
use crate::poni::PoniGeometry;
use crate::{lines, sanity, text_file};

/// What a geometry file says.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    /// The file.
    pub source: PathBuf,
    pub kind: Kind,
    /// Pixels are hexagons in rows.
    pub(crate) hexagonal: bool,
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
        Self::parse(&text_file::read(path)?, path)
    }

    /// Reads `bytes` as the content of `path`; what is not UTF-8 becomes replacement characters.
    ///
    /// # Errors
    /// As [`Geometry::open`].
    pub fn parse(bytes: &[u8], path: &Path) -> Result<Self, GeometryError> {
        text_file::check_size(path, bytes)?;
        let text = String::from_utf8_lossy(bytes);
        let kind = if is_poni(path, &text) {
            Kind::Poni(PoniGeometry::parse(path, &text)?)
        } else {
            Kind::Crystfel(CrystfelGeometry::parse(path, &text)?)
        };
        Ok(Self { source: path.to_owned(), kind, hexagonal: false })
    }

    /// Sample to detector in metres, where the file states one for the whole detector.
    pub fn distance(&self) -> Option<f64> {
        match &self.kind {
            Kind::Crystfel(geometry) => geometry.common_distance(),
            Kind::Poni(geometry) => Some(geometry.distance),
        }
    }

    /// In metres, where the file states it.
    pub fn wavelength(&self) -> Option<f64> {
        match &self.kind {
            Kind::Crystfel(geometry) => geometry.wavelength.as_ref().and_then(Stated::number),
            Kind::Poni(geometry) => geometry.wavelength,
        }
    }

    /// Paths in the data at which a distance, wavelength or shift stands that `overrides` do not replace.
    pub fn paths_in_the_data(&self, overrides: &Overrides) -> BTreeSet<String> {
        let Kind::Crystfel(geometry) = &self.kind else { return BTreeSet::new() };
        let mut paths = geometry.shift_paths();
        if overrides.distance.is_none() {
            paths.extend(geometry.distance_paths());
        }
        if overrides.energy.is_none() {
            paths.extend(geometry.wavelength.as_ref().and_then(Stated::path));
        }
        paths.into_iter().map(str::to_owned).collect()
    }

    /// Takes the number that stands at `path` in the data, in the unit that the file gives for it.
    pub fn supply(&mut self, path: &str, number: f64) {
        if let Kind::Crystfel(geometry) = &mut self.kind {
            geometry.supply(path, number);
        }
    }

    /// Mask files that the file names; see [`Geometry::supply_mask`].
    pub fn mask_names(&self) -> BTreeSet<MaskName> {
        match &self.kind {
            Kind::Crystfel(geometry) => geometry.mask_names(),
            Kind::Poni(_) => BTreeSet::new(),
        }
    }

    /// Takes what a mask file holds.
    pub fn supply_mask(&mut self, name: MaskName, bits: MaskBits) {
        if let Kind::Crystfel(geometry) = &mut self.kind {
            geometry.supply_mask(name, bits);
        }
    }

    /// Values that make a pixel bad in a frame.
    ///
    /// # Errors
    /// When they differ between panels.
    pub fn value_limits(&self) -> Result<ValueLimits, GeometryError> {
        match &self.kind {
            Kind::Crystfel(geometry) => geometry.value_limits(),
            Kind::Poni(_) => Ok(ValueLimits::default()),
        }
    }

    /// Lays the geometry over the modules of a detector; `overrides` win over the file.
    ///
    /// # Errors
    /// When the distance is unknown, the panels do not fit the modules, an override does not apply to this kind, or a value
    /// is absurd.
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
        distance.map_or(Ok(()), sanity::distance)?;
        overrides.wavelength().map_or(Ok(()), sanity::wavelength)?;
        let map = match &self.kind {
            Kind::Crystfel(geometry) => geometry.place(layout, overrides),
            Kind::Poni(geometry) => geometry.place(layout, overrides),
        }?;
        let map = if self.hexagonal { map.of_hexagons() } else { map };
        sanity::map(&map)?;
        Ok(map)
    }
}

fn is_poni(path: &Path, text: &str) -> bool {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("poni") => true,
        Some("geom") => false,
        _ => lines::of(text).any(|line| line.trim_start().to_ascii_lowercase().starts_with("poni1:")),
    }
}
