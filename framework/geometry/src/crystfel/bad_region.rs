//! Bad regions of a `.geom` file: `badNAME/min_fs = ...` in the pixels of the file, or `badNAME/min_x = ...` in the plane.

use super::panel::Panel;
use super::value::{self, short};

/// A rectangle of pixels not to be used.
#[derive(Debug, Clone, PartialEq)]
pub enum BadRegion {
    /// In the coordinates of the file, both ends included; none: of the only panel.
    Pixels { panel: Option<String>, fs: [usize; 2], ss: [usize; 2] },
    /// In the plane of the detector, in pixels from the beam: bad is a pixel whose first corner lies strictly inside, as
    /// CrystFEL tests it.
    Plane { x: [f64; 2], y: [f64; 2] },
}

const KEYS: &[&str] = &["min_fs", "max_fs", "min_ss", "max_ss", "min_x", "max_x", "min_y", "max_y", "panel"];

/// A region in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    panel: Option<String>,
    pixels: [Option<usize>; 4],
    plane: [Option<f64>; 4],
}

impl Draft {
    /// Takes `key = text`; false when the key is none of [`KEYS`].
    ///
    /// # Errors
    /// A fragment that says what is wrong with the value.
    pub(super) fn set(&mut self, key: &str, text: &str) -> Result<bool, String> {
        let Some(at) = KEYS.iter().position(|&known| known == key) else {
            return Ok(false);
        };
        match at {
            0..=3 => self.pixels[at] = Some(value::position(text)?),
            4..=7 => self.plane[at - 4] = Some(value::number(text)?),
            _ => self.panel = Some(text.to_owned()),
        }
        Ok(true)
    }

    /// The finished region.
    ///
    /// # Errors
    /// A fragment that names what is missing.
    pub(super) fn finish(self, name: &str) -> Result<BadRegion, String> {
        let reversed = |low: bool, axis: &str| match low {
            true => Err(format!("bad region `{}` has min_{axis} above max_{axis}: it holds no pixel", short(name))),
            false => Ok(()),
        };
        match (self.pixels, self.plane) {
            ([Some(f0), Some(f1), Some(s0), Some(s1)], [None, None, None, None]) => {
                reversed(f0 > f1, "fs")?;
                reversed(s0 > s1, "ss")?;
                Ok(BadRegion::Pixels { panel: self.panel, fs: [f0, f1], ss: [s0, s1] })
            }
            ([None, None, None, None], [Some(x0), Some(x1), Some(y0), Some(y1)]) => {
                reversed(x0 > x1, "x")?;
                reversed(y0 > y1, "y")?;
                Ok(BadRegion::Plane { x: [x0, x1], y: [y0, y1] })
            }
            _ => Err(format!(
                "bad region `{}` needs min_fs, max_fs, min_ss and max_ss, or min_x, max_x, min_y and max_y",
                short(name)
            )),
        }
    }
}

impl BadRegion {
    /// # Errors
    /// A fragment: the panel is not there, must be named, or does not hold the region.
    pub(super) fn check(&self, name: &str, panels: &[Panel]) -> Result<(), String> {
        let BadRegion::Pixels { panel, fs, ss } = self else { return Ok(()) };
        let name = short(name);
        let held_by = match panel {
            Some(wanted) => panels
                .iter()
                .find(|panel| panel.name == *wanted)
                .ok_or_else(|| format!("bad region `{name}` is on panel `{}`, which does not exist", short(wanted)))?,
            None => match panels {
                [only] => only,
                _ => return Err(format!("bad region `{name}` in fs and ss needs its `panel`: there are several")),
            },
        };
        let within = |of: [usize; 2], range: [usize; 2]| range[0] <= of[0] && of[1] <= range[1];
        if within(*fs, held_by.fs_range) && within(*ss, held_by.ss_range) {
            return Ok(());
        }
        Err(format!(
            "bad region `{name}` (fs {}..={}, ss {}..={}) is not within panel `{}` (fs {}..={}, ss {}..={})",
            fs[0],
            fs[1],
            ss[0],
            ss[1],
            short(&held_by.name),
            held_by.fs_range[0],
            held_by.fs_range[1],
            held_by.ss_range[0],
            held_by.ss_range[1],
        ))
    }

    /// Whether the region says something of the panel.
    pub(super) fn concerns(&self, panel: &Panel) -> bool {
        match self {
            BadRegion::Pixels { panel: Some(name), .. } => *name == panel.name,
            BadRegion::Pixels { panel: None, .. } | BadRegion::Plane { .. } => true,
        }
    }
}
