//! Masks that a `.geom` file names: which bits of which dataset make a pixel of a panel bad.
//!
//! ```text
//! bad = (value & goodbits) != goodbits  or  (value & badbits) != 0
//! ```
//!
//! The mask has the dimensions of the data, without those of frames.

use super::dimensions::Dimension;
use super::panel::Panel;
use super::value;
use crate::error::GeometryError;

/// A mask of one panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PanelMask {
    /// As the file names it; none: it lies in the data.
    pub file: Option<String>,
    /// Path of the dataset.
    pub data: String,
    pub good: u64,
    pub bad: u64,
}

/// A mask file that a geometry names, and the dataset in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MaskName {
    pub file: String,
    pub data: String,
}

/// What a mask file holds: numbers of an array, as bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskBits {
    pub shape: Vec<usize>,
    pub bits: Vec<u64>,
}

/// Masks are numbered 0 to 7.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft([Parts; 8]);

#[derive(Debug, Clone, Default)]
struct Parts {
    file: Option<String>,
    data: Option<String>,
    good: u64,
    bad: u64,
}

impl Draft {
    /// Takes `key = text`; false when the key is none of a mask.
    pub(super) fn set(&mut self, key: &str, text: &str) -> Result<bool, String> {
        let (number, what) = match key {
            "mask" => (0, "data"),
            "mask_file" => (0, "file"),
            "mask_good" => (0, "goodbits"),
            "mask_bad" => (0, "badbits"),
            _ => match key.strip_prefix("mask").and_then(|rest| rest.split_once('_')) {
                Some((number, what)) => match number.as_bytes() {
                    [digit @ b'0'..=b'7'] => (usize::from(digit - b'0'), what),
                    _ => return Ok(false),
                },
                None => return Ok(false),
            },
        };
        let parts = &mut self.0[number];
        match what {
            "file" => parts.file = Some(text.to_owned()).filter(|file| !file.is_empty()),
            "data" if text.starts_with('/') => parts.data = Some(text.to_owned()),
            "data" => return Err(format!("`{}` is not the path of a mask: it begins with `/`", value::short(text))),
            "goodbits" => parts.good = value::bits(text)?,
            "badbits" => parts.bad = value::bits(text)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The masks that decide something.
    ///
    /// # Errors
    /// A fragment: a mask without its dataset.
    pub(super) fn finish(self) -> Result<Vec<PanelMask>, String> {
        let mut masks = Vec::new();
        for (number, Parts { file, data, good, bad }) in self.0.into_iter().enumerate() {
            match (file, data) {
                // bits without a dataset decide nothing: files whose mask is commented out have them
                (None, None) => {}
                (Some(_), None) => {
                    return Err(format!("has a mask without its dataset: `mask{number}_data = /path` is missing"))
                }
                (Some(_), Some(data)) if data.contains('%') => {
                    return Err(format!(
                        "has a mask file with a mask for each frame (`{data}`), which is not supported"
                    ));
                }
                (None, Some(_)) if good != 0 => {
                    return Err(format!(
                        "has a mask in the data whose good pixels have bits set (goodbits {good:#x}): the detector's own \
                         mask is 0 where a pixel is good"
                    ));
                }
                (_, Some(_)) if good == 0 && bad == 0 => {}
                (file, Some(data)) => masks.push(PanelMask { file, data, good, bad }),
            }
        }
        Ok(masks)
    }
}

impl MaskBits {
    /// The bits of the panel's pixel (ss, fs) of the file, for as many as `pixels` names.
    ///
    /// # Errors
    /// When the array has not the dimensions of the panel.
    pub(super) fn of_panel(
        &self,
        panel: &Panel,
        name: &MaskName,
    ) -> Result<impl Fn(usize, usize) -> u64 + '_, GeometryError> {
        let axes: Vec<Dimension> = panel.dimensions.iter().filter(|dimension| *dimension != Dimension::Frame).collect();
        let last = |dimension: &Dimension| match dimension {
            Dimension::Slow => panel.ss_range[1],
            Dimension::Fast => panel.fs_range[1],
            Dimension::Fixed(number) => *number,
            Dimension::Frame => 0,
        };
        let fits = axes.len() == self.shape.len()
            && axes.iter().zip(&self.shape).all(|(axis, &length)| last(axis) < length)
            && self.shape.iter().try_fold(1usize, |n, &length| n.checked_mul(length)) == Some(self.bits.len());
        if !fits {
            return Err(GeometryError::configuration(
                format!(
                    "the mask `{}` of `{}` has shape {:?}, which does not hold panel `{}`",
                    name.data, name.file, self.shape, panel.name
                ),
                "a mask has the dimensions of the data (`dimN` of the panel), without those of frames",
            ));
        }
        // the distance in the array between neighbours along each axis
        let mut strides = vec![1usize; axes.len()];
        for at in (0..axes.len().saturating_sub(1)).rev() {
            strides[at] = strides[at + 1] * self.shape[at + 1];
        }
        let stride = |wanted: Dimension| {
            axes.iter().zip(&strides).find(|(axis, _)| **axis == wanted).map_or(0, |(_, stride)| *stride)
        };
        let (slow, fast) = (stride(Dimension::Slow), stride(Dimension::Fast));
        let fixed = axes.iter().zip(&strides).filter_map(|(axis, stride)| match axis {
            Dimension::Fixed(number) => Some(number * stride),
            _ => None,
        });
        let start: usize = fixed.sum();
        Ok(move |ss: usize, fs: usize| self.bits.get(start + ss * slow + fs * fast).copied().unwrap_or(0))
    }
}

impl PanelMask {
    pub(super) fn is_bad(&self, bits: u64) -> bool {
        bits & self.good != self.good || bits & self.bad != 0
    }
}
