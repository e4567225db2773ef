//! A panel as a `.geom` file states it, and the statements it takes.

use super::mask::{self, PanelMask};
use super::value::{self, short, Stated};
use super::{dimensions::Dimensions, direction};
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
    /// Distance in metres, where the panel states its own.
    pub clen: Option<Stated>,
    pub dimensions: Dimensions,
    /// `no_index`: the panel is not to be used.
    pub unused: bool,
    /// Pixels along each edge that are bad.
    pub edge: usize,
    pub flags: Vec<Flag>,
    pub masks: Vec<PanelMask>,
}

/// Values that make a pixel bad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Flag {
    LessThan(f32),
    MoreThan(f32),
    /// when rounded to an integer
    Equal(f32),
}

/// More flags than anyone states.
const MAX_FLAGS: usize = 64;

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
    clen: Option<Stated>,
    dimensions: Dimensions,
    unused: bool,
    edge: usize,
    flags: Vec<Flag>,
    masks: mask::Draft,
}

impl Draft {
    /// Takes `key = text`; false when the key is not known or decides nothing.
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
            "res" => self.res = Some(positive(key, text)?),
            "pixel_pitch" => self.res = Some(1.0 / positive(key, text)?),
            "coffset" => match value::length(text, 1.0)? {
                Stated::Number(metres) => self.coffset = metres,
                Stated::At { .. } => return Err("`coffset` must be a number here".into()),
            },
            "clen" => self.clen = Some(value::length(text, 1e-3)?),
            "no_index" => self.unused = value::truth(text)?,
            "mask_edge_pixels" => self.edge = value::position(text)?,
            "flag_lessthan" => self.flag(Flag::LessThan, text)?,
            "flag_morethan" => self.flag(Flag::MoreThan, text)?,
            "flag_equal" => self.flag(Flag::Equal, text)?,
            "rail_direction" => {
                let rail = direction::parse(text)?;
                if rail.x != 0.0 || rail.y != 0.0 {
                    return Err("a detector that moves off the beam axis is not supported".into());
                }
            }
            _ => return Ok(self.dimensions.set(key, text)? || self.masks.set(key, text)?),
        }
        Ok(true)
    }

    fn flag(&mut self, make: fn(f32) -> Flag, text: &str) -> Result<(), String> {
        if self.flags.len() == MAX_FLAGS {
            return Err(format!("more than {MAX_FLAGS} flags"));
        }
        self.flags.push(make(value::number(text)? as f32));
        Ok(())
    }

    /// The finished panel.
    ///
    /// # Errors
    /// A fragment that names what is missing or contradicts itself.
    pub(super) fn finish(self, name: String) -> Result<Panel, String> {
        let shown = short(&name);
        let range = |range: [Option<usize>; 2], axis: &str| match range {
            [Some(low), Some(high)] if low <= high => Ok([low, high]),
            [Some(low), Some(high)] => Err(format!("panel `{shown}` has min_{axis} {low} above max_{axis} {high}")),
            [None, _] => Err(format!("panel `{shown}` lacks `min_{axis}`")),
            [_, None] => Err(format!("panel `{shown}` lacks `max_{axis}`")),
        };
        let lacks = |key: &str| format!("panel `{shown}` lacks `{key}`");
        let of_panel = |fault: String| format!("panel `{shown}` {fault}");
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
            dimensions: self.dimensions.checked().map_err(of_panel)?,
            unused: self.unused,
            edge: self.edge,
            flags: self.flags,
            masks: self.masks.finish().map_err(of_panel)?,
            name,
        })
    }
}

fn positive(key: &str, text: &str) -> Result<f64, String> {
    let number = value::number(text)?;
    if number > 0.0 {
        Ok(number)
    } else {
        Err(format!("`{key}` must be positive, not {number}"))
    }
}
