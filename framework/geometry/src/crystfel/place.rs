//! Lays the panels of a `.geom` over the modules of a detector.
//!
//! Position of the point (slow s, fast f) of the panel, both counted from its first corner, in metres:
//! x, y = (corner + s ss + f fs) / res + shift; z = clen + coffset + (s ss_z + f fs_z) / res.

use super::modules::{Extent, Lies};
use super::panel::Panel;
use super::parse::CrystfelGeometry;
use super::value::Stated;
use crate::cover::Cover;
use crate::error::GeometryError;
use crate::layout::ModuleLayout;
use crate::overrides::Overrides;
use crate::pixel_map::{PixelMap, PlacedPanel};
use crate::vector::Vector;

impl CrystfelGeometry {
    /// # Errors
    /// When the distance is unknown, a panel lies outside its module or over another, a pixel has no panel or a panel no
    /// module and the overrides do not allow it.
    pub(crate) fn place(&self, layout: &ModuleLayout, overrides: &Overrides) -> Result<PixelMap, GeometryError> {
        if overrides.beam_centre.is_some() && self.panels.len() != 1 {
            return Err(GeometryError::configuration(
                format!("beam-centre applies to a detector of one panel, this geometry has {}", self.panels.len()),
                "move the panels in the file: `detector_shift_x = 0.3 mm`",
            ));
        }
        let shift = self.shifts()?;
        let mut panels: Vec<PlacedPanel> = Vec::new();
        let mut extents: Vec<(Extent, &Panel)> = Vec::new();
        let mut unused = Vec::new();
        let mut beyond = std::collections::BTreeSet::new();
        let mut cover = Cover::new(layout);
        let mut depth = [f64::INFINITY, f64::NEG_INFINITY];
        let modules = self.modules(layout)?;
        for (at, panel) in self.panels.iter().enumerate() {
            let extent = match modules.place_of(panel, at, layout)? {
                Lies::On(extent) => extent,
                Lies::Absent => continue,
                Lies::Beyond(index) => {
                    beyond.insert(index);
                    continue;
                }
            };
            if panel.unused {
                unused.push(extent);
                continue;
            }
            let placed = self.placed(panel, &extent, shift, overrides)?;
            let centre = |range: [usize; 2]| 0.5 * (range[0] + range[1] + 1) as f64;
            let z = placed.origin.z + placed.ss.z * centre(extent.slow) + placed.fs.z * centre(extent.fast);
            depth = [depth[0].min(z), depth[1].max(z)];
            let number = panels.len() as u16;
            cover.claim(extent.module, extent.slow, extent.fast, number).map_err(|other| {
                let other = panels.get(usize::from(other)).map_or("", |panel| panel.name.as_str());
                GeometryError::configuration(
                    format!("panels `{other}` and `{}` cover the same pixels", panel.name),
                    "`dimN`, min_fs, max_fs, min_ss and max_ss must tell panels apart",
                )
            })?;
            panels.push(placed);
            extents.push((extent, panel));
        }
        unused.iter().for_each(|extent| cover.claim_unused(extent.module, extent.slow, extent.fast));
        check_cover(&cover, &beyond.into_iter().collect::<Vec<_>>(), layout, overrides)?;
        if panels.is_empty() {
            return Err(GeometryError::configuration(
                "the geometry declares every panel unused",
                "look for `no_index`",
            ));
        }
        for (extent, panel) in &extents {
            self.declare_bad(&mut cover, extent, panel, shift)?;
        }
        let distance = 0.5 * (depth[0] + depth[1]);
        if !(distance.is_finite() && distance > 0.0) {
            return Err(GeometryError::configuration(
                format!("the detector lies {distance} m behind the sample"),
                "clen + coffset must be positive; state it: `geometry: {file: ..., distance: \"0.2 m\"}`",
            ));
        }
        let wavelength = overrides.wavelength().or_else(|| self.wavelength.as_ref()?.number());
        Ok(PixelMap::new(layout.clone(), panels, cover, distance, wavelength))
    }

    fn shifts(&self) -> Result<[f64; 2], GeometryError> {
        let mut shift = [0.0; 2];
        for (known, stated) in shift.iter_mut().zip(&self.shift) {
            *known = stated.number().ok_or_else(|| {
                GeometryError::configuration(
                    format!(
                        "the shift of the detector stands at `{}` in the data, and no number was found there",
                        stated.path().unwrap_or_default()
                    ),
                    "write a number into the file: `detector_shift_x = 0.3 mm`",
                )
            })?;
        }
        Ok(shift)
    }

    fn placed(
        &self,
        panel: &Panel,
        extent: &Extent,
        shift: [f64; 2],
        overrides: &Overrides,
    ) -> Result<PlacedPanel, GeometryError> {
        let stated = self.clen_of(panel);
        let clen = overrides.distance.map(|length| length.metres());
        let clen = clen.or_else(|| stated.and_then(Stated::number)).ok_or_else(|| {
            let place = match stated.and_then(Stated::path) {
                Some(path) => format!(": `clen` stands at `{path}` in the data, and no number was found there"),
                None => " (`clen`)".into(),
            };
            GeometryError::configuration(
                format!("the geometry file does not state the distance as a number{place}"),
                "state it in the workflow: `geometry: {file: ..., distance: \"0.2 m\"}`",
            )
        })?;
        let (fs, ss) = (panel.fs * (1.0 / panel.res), panel.ss * (1.0 / panel.res));
        let corner = Vector::new(
            panel.corner[0] / panel.res + shift[0],
            panel.corner[1] / panel.res + shift[1],
            clen + panel.coffset,
        );
        // From the first pixel of the panel to that of the module array.
        let mut origin = corner - ss * extent.slow[0] as f64 - fs * extent.fast[0] as f64;
        if let Some([slow, fast]) = overrides.beam_centre {
            let beam = origin + ss * slow + fs * fast;
            origin = origin - Vector::new(beam.x, beam.y, 0.0);
        }
        PlacedPanel::new(panel.name.clone(), origin, fs, ss)
    }
}

/// Pixels without a panel and panels without a module are the mark of another detector's file.
fn check_cover(
    cover: &Cover,
    beyond: &[usize],
    layout: &ModuleLayout,
    overrides: &Overrides,
) -> Result<(), GeometryError> {
    let extra = beyond.first().zip(beyond.last()).filter(|_| !overrides.ignore_extra_panels);
    if let Some((first, last)) = extra {
        let (count, from) = (layout.modules().len() + layout.absent().len(), layout.first_number());
        let which = if first == last { format!("module {first}") } else { format!("modules {first} to {last}") };
        return Err(GeometryError::configuration(
            format!(
                "the geometry has panels for {which} (counted from 0), which the detector does not have: it has {count}, \
                 called {from} and so on"
            ),
            "is it the file of this detector? if so, say it: `geometry: {file: ..., extra-panels: ignore}`",
        ));
    }
    if overrides.uncovered_is_bad {
        return Ok(());
    }
    let word = "is it the file of this detector? if so, say it: `geometry: {file: ..., uncovered: bad}`";
    if let Some(lost) = cover.bare_module() {
        return Err(GeometryError::configuration(
            format!("the geometry has no panel for module {}", layout.modules()[lost]),
            format!("{word}; `dimN` of a panel, or min_ss, tells its module, counted from 0"),
        ));
    }
    match cover.gaps() {
        0 => Ok(()),
        gaps => Err(GeometryError::configuration(
            format!("{gaps} of the detector's {} pixels have no panel in the geometry", layout.pixels()),
            word,
        )),
    }
}
