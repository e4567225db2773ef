//! A panel as a `.geom` file states it, and the statements it takes.

use super::value::{self, Stated};
use super::{direction, value::short};
use crate::vector::Vector;

/// A panel: `fs` and `ss` in pixels without unit, `corner` in pixels, ranges inclusive and in the coordinates of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub name: String,
    pub fs_range: [usize; 2],
    pub ss_range: [usize; 2],
    pub corner: [f64; 2],
    pub fs: Vector,
    pub ss: Vector,
    /// Pixels a metre.
    pub res: f64,
    /// Offset along the beam in metres.
    pub coffset: f64,
    /// Distance in metres, when it is a number in the file.
    pub clen: Option<f64>,
    /// The fixed numbers of the data array's dimensions, by dimension.
    pub fixed_dims: Vec<(u8, usize)>,
    /// `no_index`: the panel is not to be used.
    pub unused: bool,
}

/// Keys of a panel that mean something here.
pub(super) const KEYS: &[&str] = &[
    "min_fs",
    "max_fs",
    "min_ss",
    "max_ss",
    "corner_x",
    "corner_y",
    "fs",
    "ss",
    "res",
    "coffset",
    "clen",
    "no_index",
    "dim0",
    "dim1",
    "dim2",
    "dim3",
    "dim4",
    "dim5",
    "dim6",
    "dim7",
    "dim8",
    "dim9",
    "rail_direction",
];

/// Keys of a panel that concern other programs' work.
pub(super) const OTHER_KEYS: &[&str] = &[
    "data",
    "mask",
    "mask_file",
    "mask_good",
    "mask_bad",
    "mask0_file",
    "mask0_data",
    "mask0_goodbits",
    "mask0_badbits",
    "saturation_map",
    "saturation_map_file",
    "adu_per_eV",
    "adu_per_photon",
    "max_adu",
    "badrow_direction",
    "clen_for_centering",
    "integr_radius",
    "flip_fs",
    "flip_ss",
    "dark",
    "gain",
    "mask_edge_pixels",
    "mask_unassembled",
];

/// A panel in the making: what is stated so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    fs_range: [Option<usize>; 2],
    ss_range: [Option<usize>; 2],
    corner: [Option<f64>; 2],
    fs: Option<Vector>,
    ss: Option<Vector>,
    res: Option<f64>,
    coffset: f64,
    clen: Option<f64>,
    dims: Vec<(u8, Option<usize>)>,
    unused: bool,
}

impl Draft {
    /// Takes `key = text`; false when the key is none of [`KEYS`].
    ///
    /// # Errors
    /// A fragment that says what is wrong with the value.
    pub(super) fn set(&mut self, key: &str, text: &str) -> Result<bool, String> {
        match key {
            "min_fs" => self.fs_range[0] = Some(value::position(text)?),
            "max_fs" => self.fs_range[1] = Some(value::position(text)?),
            "min_ss" => self.ss_range[0] = Some(value::position(text)?),
            "max_ss" => self.ss_range[1] = Some(value::position(text)?),
            "corner_x" => self.corner[0] = Some(value::number(text)?),
            "corner_y" => self.corner[1] = Some(value::number(text)?),
            "fs" => self.fs = Some(direction::parse(text)?),
            "ss" => self.ss = Some(direction::parse(text)?),
            "res" => {
                let res = value::number(text)?;
                if res <= 0.0 {
                    return Err(format!("`res` must be positive, not {res}"));
                }
                self.res = Some(res);
            }
            "coffset" => match value::length(text)? {
                Stated::Number(metres) => self.coffset = metres,
                Stated::Elsewhere => return Err("`coffset` must be a number here".into()),
            },
            "clen" => match value::length(text)? {
                Stated::Number(metres) => self.clen = Some(metres),
                Stated::Elsewhere => self.clen = None,
            },
            "no_index" => self.unused = value::number(text)? != 0.0,
            "rail_direction" => {
                let rail = direction::parse(text)?;
                if rail.x != 0.0 || rail.y != 0.0 {
                    return Err("a detector that moves off the beam axis is not supported".into());
                }
            }
            _ => match dimension(key) {
                Some(dim) => {
                    let fixed = match text {
                        "ss" | "fs" | "%" => None,
                        number => Some(value::position(number).map_err(|_| {
                            format!("a dimension is `ss`, `fs`, `%` or a number, not `{}`", short(text))
                        })?),
                    };
                    self.dims.retain(|entry| entry.0 != dim);
                    self.dims.push((dim, fixed));
                }
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    /// The finished panel.
    ///
    /// # Errors
    /// A fragment that names what is missing or contradicts itself.
    pub(super) fn finish(self, name: String) -> Result<Panel, String> {
        let range = |range: [Option<usize>; 2], axis: &str| match range {
            [Some(low), Some(high)] if low <= high => Ok([low, high]),
            [Some(low), Some(high)] => Err(format!("panel `{name}` has min_{axis} {low} above max_{axis} {high}")),
            [None, _] => Err(format!("panel `{name}` lacks `min_{axis}`")),
            [_, None] => Err(format!("panel `{name}` lacks `max_{axis}`")),
        };
        let lacks = |key: &str| format!("panel `{name}` lacks `{key}`");
        let mut fixed_dims: Vec<_> = self.dims.into_iter().filter_map(|(dim, fixed)| Some((dim, fixed?))).collect();
        fixed_dims.sort_unstable();
        Ok(Panel {
            fs_range: range(self.fs_range, "fs")?,
            ss_range: range(self.ss_range, "ss")?,
            corner: [
                self.corner[0].ok_or_else(|| lacks("corner_x"))?,
                self.corner[1].ok_or_else(|| lacks("corner_y"))?,
            ],
            fs: self.fs.unwrap_or(Vector::new(1.0, 0.0, 0.0)),
            ss: self.ss.unwrap_or(Vector::new(0.0, 1.0, 0.0)),
            res: self.res.ok_or_else(|| lacks("res"))?,
            coffset: self.coffset,
            clen: self.clen,
            fixed_dims,
            unused: self.unused,
            name,
        })
    }
}

fn dimension(key: &str) -> Option<u8> {
    match key.strip_prefix("dim")?.as_bytes() {
        [digit @ b'0'..=b'9'] => Some(digit - b'0'),
        _ => None,
    }
}
