//! Lays the panels of a `.geom` over the modules of a detector.
//!
//! A panel says which part of the data array it covers. The array is [module, slow, fast] (then a `dimN` of the panel is
//! its module), or the modules are stacked along the slow axis (then min_ss / slow is). Modules count from 0 in the file.
//!
//! Position of the point (slow s, fast f) of the panel, both counted from its first corner, in metres:
//! x, y = (corner + s ss + f fs) / res + shift; z = clen + coffset + (s ss_z + f fs_z) / res.

use super::bad_region::BadRegion;
use super::panel::Panel;
use super::parse::CrystfelGeometry;
use crate::error::GeometryError;
use crate::layout::ModuleLayout;
use crate::pixel_map::{PixelMap, PlacedPanel, GAP};
use crate::vector::Vector;

/// A panel's place in the data: position of its module in the layout, first slow and fast pixel, shape.
struct Extent {
    module: usize,
    slow: [usize; 2],
    fast: [usize; 2],
}

/// The module of each panel, counted from 0, and whether modules are stacked along the slow axis of one array.
struct Modules {
    indices: Vec<usize>,
    stacked: bool,
}

impl Modules {
    /// None when the panel's module is not among those of the run.
    fn extent(&self, panel: &Panel, at: usize, layout: &ModuleLayout) -> Result<Option<Extent>, GeometryError> {
        let index = self.indices[at];
        let offset = if self.stacked { index * layout.slow() } else { 0 };
        let slow = panel.ss_range.map(|ss| ss.checked_sub(offset));
        let slow = match slow {
            [Some(first), Some(last)] if last < layout.slow() && panel.fs_range[1] < layout.fast() => [first, last],
            _ => {
                return Err(GeometryError::configuration(
                    format!(
                        "panel `{}` covers ss {}..={} and fs {}..={}, outside module {index} of {} x {} pixels (slow, fast)",
                        panel.name, panel.ss_range[0], panel.ss_range[1], panel.fs_range[0], panel.fs_range[1],
                        layout.slow(), layout.fast(),
                    ),
                    "is it the file of this detector?",
                ));
            }
        };
        // One module in the file and one in the run are each other's, whatever they are called.
        let alone = layout.modules().len() == 1 && self.indices.iter().all(|&other| other == index);
        let number = index + usize::from(layout.first_number());
        let module =
            if alone { Some(0) } else { layout.modules().iter().position(|&module| usize::from(module) == number) };
        Ok(module.map(|module| Extent { module, slow, fast: panel.fs_range }))
    }
}

impl CrystfelGeometry {
    /// # Errors
    /// When the distance is unknown, a panel lies outside its module or over another, or a module has no panel.
    pub(crate) fn place(
        &self,
        layout: &ModuleLayout,
        distance: Option<f64>,
        beam_centre: Option<[f64; 2]>,
        wavelength: Option<f64>,
    ) -> Result<PixelMap, GeometryError> {
        if beam_centre.is_some() && self.panels.len() != 1 {
            return Err(GeometryError::configuration(
                format!("beam-centre applies to a detector of one panel, this geometry has {}", self.panels.len()),
                "move the panels in the file: `detector_shift_x = 0.3 mm`",
            ));
        }
        let mut panels = Vec::new();
        let mut owner = vec![GAP; layout.pixels()];
        let mut depth = [f64::INFINITY, f64::NEG_INFINITY];
        let mut covered = vec![false; layout.modules().len()];
        let modules = self.modules_of_panels(layout);
        for (at, panel) in self.panels.iter().enumerate() {
            let Some(extent) = modules.extent(panel, at, layout)? else {
                continue;
            };
            covered[extent.module] = true;
            if panel.unused {
                continue;
            }
            let placed = self.placed(panel, &extent, distance, beam_centre)?;
            let centre = |range: [usize; 2]| 0.5 * (range[0] + range[1] + 1) as f64;
            let z = placed.origin.z + placed.ss.z * centre(extent.slow) + placed.fs.z * centre(extent.fast);
            depth = [depth[0].min(z), depth[1].max(z)];
            claim(&mut owner, layout, &extent, panels.len() as u16, &panels, panel)?;
            self.forget_bad(&mut owner, layout, &extent, panel);
            panels.push(placed);
        }
        if let Some(lost) = covered.iter().position(|&covered| !covered) {
            return Err(GeometryError::configuration(
                format!("the geometry has no panel for module {}", layout.modules()[lost]),
                "is it the file of this detector? `dimN` of a panel, or min_ss, tells its module, counted from 0",
            ));
        }
        if panels.is_empty() {
            return Err(GeometryError::configuration(
                "the geometry declares every panel unused",
                "look for `no_index`",
            ));
        }
        let distance = 0.5 * (depth[0] + depth[1]);
        if !(distance.is_finite() && distance > 0.0) {
            return Err(GeometryError::configuration(
                format!("the detector lies {distance} m behind the sample"),
                "clen + coffset must be positive; state it: `geometry: {file: ..., distance: \"0.2 m\"}`",
            ));
        }
        Ok(PixelMap::new(layout.clone(), panels, owner, distance, wavelength))
    }

    /// The fixed dimension that differs between panels, else the last fixed one, else the place in the stack.
    fn modules_of_panels(&self, layout: &ModuleLayout) -> Modules {
        let fixed = |panel: &Panel, dim: u8| panel.fixed_dims.iter().find(|entry| entry.0 == dim).map(|entry| entry.1);
        let dim =
            (0..=9u8).filter(|&dim| self.panels.iter().all(|panel| fixed(panel, dim).is_some())).max_by_key(|&dim| {
                let first = self.panels.first().map(|panel| fixed(panel, dim));
                (self.panels.iter().any(|panel| Some(fixed(panel, dim)) != first), dim)
            });
        let index = |panel: &Panel| match dim {
            Some(dim) => fixed(panel, dim).unwrap_or(0),
            None => panel.ss_range[0] / layout.slow(),
        };
        Modules { indices: self.panels.iter().map(index).collect(), stacked: dim.is_none() }
    }

    fn placed(
        &self,
        panel: &Panel,
        extent: &Extent,
        distance: Option<f64>,
        beam_centre: Option<[f64; 2]>,
    ) -> Result<PlacedPanel, GeometryError> {
        let clen = distance.or(panel.clen).ok_or_else(|| {
            GeometryError::configuration(
                "the geometry file does not state the distance as a number (`clen`)",
                "state it in the workflow: `geometry: {file: ..., distance: \"0.2 m\"}`",
            )
        })?;
        let (fs, ss) = (panel.fs * (1.0 / panel.res), panel.ss * (1.0 / panel.res));
        let corner = Vector::new(
            panel.corner[0] / panel.res + self.shift[0],
            panel.corner[1] / panel.res + self.shift[1],
            clen + panel.coffset,
        );
        // From the first pixel of the panel to that of the module array.
        let mut origin = corner - ss * extent.slow[0] as f64 - fs * extent.fast[0] as f64;
        if let Some([slow, fast]) = beam_centre {
            let beam = origin + ss * slow + fs * fast;
            origin = origin - Vector::new(beam.x, beam.y, 0.0);
        }
        PlacedPanel::new(panel.name.clone(), origin, fs, ss)
    }

    /// Gives up the pixels of the panel that lie in bad regions.
    fn forget_bad(&self, owner: &mut [u16], layout: &ModuleLayout, extent: &Extent, panel: &Panel) {
        for region in &self.bad {
            let of_other = matches!(region, BadRegion::Pixels { panel: Some(name), .. } if *name != panel.name);
            if of_other {
                continue;
            }
            for slow in extent.slow[0]..=extent.slow[1] {
                let ss = slow - extent.slow[0];
                let row = (extent.module * layout.slow() + slow) * layout.fast();
                for fast in extent.fast[0]..=extent.fast[1] {
                    let fs = fast - extent.fast[0];
                    let within = match region {
                        BadRegion::Pixels { fs: fs_range, ss: ss_range, .. } => {
                            (fs_range[0]..=fs_range[1]).contains(&(fs + panel.fs_range[0]))
                                && (ss_range[0]..=ss_range[1]).contains(&(ss + panel.ss_range[0]))
                        }
                        BadRegion::Plane { x, y } => {
                            let (f, s) = (fs as f64 + 0.5, ss as f64 + 0.5);
                            let px = panel.corner[0] + f * panel.fs.x + s * panel.ss.x;
                            let py = panel.corner[1] + f * panel.fs.y + s * panel.ss.y;
                            (x[0]..=x[1]).contains(&px) && (y[0]..=y[1]).contains(&py)
                        }
                    };
                    if within {
                        owner[row + fast] = GAP;
                    }
                }
            }
        }
    }
}

/// Writes the panel's number into its pixels.
fn claim(
    owner: &mut [u16],
    layout: &ModuleLayout,
    extent: &Extent,
    number: u16,
    panels: &[PlacedPanel],
    panel: &Panel,
) -> Result<(), GeometryError> {
    for slow in extent.slow[0]..=extent.slow[1] {
        let row = (extent.module * layout.slow() + slow) * layout.fast();
        for pixel in &mut owner[row + extent.fast[0]..=row + extent.fast[1]] {
            if let Some(other) = panels.get(usize::from(*pixel)) {
                return Err(GeometryError::configuration(
                    format!("panels `{}` and `{}` cover the same pixels", other.name, panel.name),
                    "`dimN`, min_fs, max_fs, min_ss and max_ss must tell panels apart",
                ));
            }
            *pixel = number;
        }
    }
    Ok(())
}
