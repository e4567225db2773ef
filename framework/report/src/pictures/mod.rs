//! Frames as pictures: how a frame becomes one, and what is said of it.

mod base64;
mod canvas;
mod make;
mod palette;
mod png;
mod scale;

pub use canvas::{View, GAP};
pub use make::pictures;
pub use palette::gradient;
pub use scale::Scale;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// All pictures of a report.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Pictures {
    /// why there are none, or not all
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lack: Option<String>,
    pub view: View,
    pub groups: Vec<Group>,
}

/// Pictures that are looked at beside each other, with one scale.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Group {
    pub title: String,
    pub says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    pub pictures: Vec<Picture>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Picture {
    pub title: String,
    /// of one frame
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pulse: Option<u64>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub fate: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub columns: BTreeMap<String, f64>,
    pub width: usize,
    pub height: usize,
    /// in base64
    pub png: String,
}

/// Most pictures that are kept from an earlier report.
const MOST: usize = 64;

impl Pictures {
    /// Of what was read from a file: only pictures that are pictures.
    pub fn keep_sound(&mut self) {
        let mut left = MOST;
        for group in &mut self.groups {
            group.scale = group.scale.filter(Scale::is_sound);
            group.pictures.retain(|picture| {
                let sound =
                    base64::decode(&picture.png).is_some_and(|png| png::is_ours(&png, (picture.width, picture.height)));
                let keep = sound && left > 0;
                left -= usize::from(keep);
                keep
            });
        }
        self.groups.retain(|group| !group.pictures.is_empty());
    }
}

/// Values as a picture in base64, row after row: `canvas::GAP` is nothing, NaN is bad. None, where the sizes do not fit.
pub fn colours_of(values: &[f32], (width, height): (usize, usize), scale: &Scale) -> Option<String> {
    let colour = |(at, value): (usize, &f32)| match *value {
        canvas::GAP => palette::NOTHING,
        value if value.is_nan() => palette::BAD[(at / width.max(1) / 2 + at % width.max(1) / 2) % 2],
        value => palette::index(scale.place(f64::from(value))),
    };
    let pixels: Vec<u8> = values.iter().enumerate().map(colour).collect();
    let png = png::encode((width, height), &pixels, &palette::table(), palette::NOTHING)?;
    Some(base64::encode(&png))
}
