//! Bad regions of a `.geom` file: `badNAME/min_fs = ...` in the pixels of the file, or `badNAME/min_x = ...` in the plane.

use super::value;

/// A rectangle of pixels not to be used; bounds are inclusive.
#[derive(Debug, Clone, PartialEq)]
pub enum BadRegion {
    /// In the coordinates of the file; of one panel, or of every one.
    Pixels { panel: Option<String>, fs: [usize; 2], ss: [usize; 2] },
    /// In the plane of the detector, in pixels from the beam, tested at pixel centres.
    Plane { x: [f64; 2], y: [f64; 2] },
}

pub(super) const KEYS: &[&str] = &["min_fs", "max_fs", "min_ss", "max_ss", "min_x", "max_x", "min_y", "max_y", "panel"];

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
        match (self.pixels, self.plane) {
            ([Some(f0), Some(f1), Some(s0), Some(s1)], [None, None, None, None]) => {
                Ok(BadRegion::Pixels { panel: self.panel, fs: [f0, f1], ss: [s0, s1] })
            }
            ([None, None, None, None], [Some(x0), Some(x1), Some(y0), Some(y1)]) => {
                Ok(BadRegion::Plane { x: [x0, x1], y: [y0, y1] })
            }
            _ => Err(format!(
                "bad region `{name}` needs min_fs, max_fs, min_ss and max_ss, or min_x, max_x, min_y and max_y"
            )),
        }
    }
}
