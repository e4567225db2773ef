//! Which detector a PONI file is for: a name that pyFAI knows, and what `Detector_config` says beside it.
//!
//! Keys of the configuration are compared in lower case, as pyFAI does. One that is not known here is refused: it might
//! move pixels.

use serde_json::{Map, Value};

use super::detectors::{self, Grid, Wide};
use crate::suggest;

/// A flat detector.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FlatDetector {
    pub pixel: [f64; 2],
    pub shape: Option<[usize; 2]>,
    pub orientation: u8,
    pub wide: Option<Wide>,
}

/// What is wrong, and what would help. `in_name` tells whether the name is to blame or the configuration.
#[derive(Debug)]
pub(super) struct Fault {
    pub in_name: bool,
    pub message: String,
    pub hint: Option<String>,
}

/// The orientation of pyFAI, 1 to 4: which corner of the picture holds the first pixel.
pub(super) const NATIVE_ORIENTATION: u8 = 3;

const ADD_IT: &str =
    "add it in metres: `Detector: Detector` and `Detector_config: {\"pixel1\": 0.0002, \"pixel2\": 0.0002, \
                      \"orientation\": 3}`; a detector of several modules needs a CrystFEL .geom";

fn of_config(message: impl Into<String>) -> Fault {
    Fault { in_name: false, message: message.into(), hint: None }
}

fn of_name(message: impl Into<String>, hint: &str) -> Fault {
    Fault { in_name: true, message: message.into(), hint: Some(hint.into()) }
}

/// The detector called `name`; `old` are pixel sizes of files without a configuration.
///
/// # Errors
/// When the name is not known, or the pixels are not on a flat grid.
pub(super) fn resolve(name: &str, config: &Value, old: [Option<f64>; 2]) -> Result<FlatDetector, Fault> {
    let config = lower_case(config)?;
    let known = known(name)?;
    refuse_what_moves_pixels(&config)?;
    let pixel = [0, 1].map(|axis| positive(&config, ["pixel1", "pixel2"][axis]).map(|size| size.or(old[axis])));
    let [pixel1, pixel2] = pixel;
    let stated = [pixel1?, pixel2?];
    let orientation = match number(&config, "orientation")? {
        None | Some(0) => NATIVE_ORIENTATION,
        Some(value @ 1..=4) => value as u8,
        Some(_) => return Err(of_config("`orientation` must be 1, 2, 3 or 4")),
    };
    let max_shape = max_shape(&config)?;
    let Some(grid) = known else {
        let [Some(pixel1), Some(pixel2)] = stated else {
            let shown = if name.is_empty() { "Detector" } else { name };
            return Err(of_name(format!("the pixel size of detector `{}` is not in the file", excerpt(shown)), ADD_IT));
        };
        return Ok(FlatDetector { pixel: [pixel1, pixel2], shape: max_shape, orientation, wide: None });
    };
    let pixel = [stated[0].unwrap_or(grid.pixel[0]), stated[1].unwrap_or(grid.pixel[1])];
    if grid.wide.is_some() {
        check_wide(name, &grid, pixel, orientation, &config)?;
    }
    let shape = max_shape
        .or(grid.shape)
        .map(|shape| [0, 1].map(|axis| shape[axis] / binning(pixel[axis], grid.pixel[axis] / grid.binning as f64)));
    Ok(FlatDetector { pixel, shape, orientation, wide: grid.wide })
}

/// None: a detector of no name, given by its pixel sizes.
fn known(name: &str) -> Result<Option<Grid>, Fault> {
    if name.is_empty() || name.eq_ignore_ascii_case("detector") {
        return Ok(None);
    }
    let flat = "a detector that is not a flat grid needs a CrystFEL .geom of flat panels";
    match detectors::find(name) {
        Some(found) => match found.grid {
            Ok(grid) => Ok(Some(grid)),
            Err(why) => Err(of_name(format!("detector `{}` is not supported: {why}", excerpt(name)), flat)),
        },
        None if name.contains('/') || [".h5", ".nxs", ".hdf5"].iter().any(|end| name.ends_with(end)) => Err(of_name(
            format!("detector file `{}` is not supported: its pixels are given one by one", excerpt(name)),
            flat,
        )),
        None => {
            let hint = suggest::hint(name, detectors::names())
                .unwrap_or_else(|| format!("if its pixels are a flat regular grid, {ADD_IT}"));
            Err(of_name(
                format!("detector `{}` is not known here, and nothing says where its pixels are", excerpt(name)),
                &hint,
            ))
        }
    }
}

fn lower_case(config: &Value) -> Result<Map<String, Value>, Fault> {
    match config {
        Value::Null => Ok(Map::new()),
        Value::Object(map) => Ok(map.iter().map(|(key, value)| (key.to_ascii_lowercase(), value.clone())).collect()),
        _ => Err(of_config("`Detector_config` is not a JSON object")),
    }
}

fn refuse_what_moves_pixels(config: &Map<String, Value>) -> Result<(), Fault> {
    for (key, value) in config {
        let empty = value.is_null() || value.as_str() == Some("") || *value == Value::Bool(false);
        match key.as_str() {
            // without the parallax correction a sensor decides nothing
            "pixel1" | "pixel2" | "orientation" | "max_shape" | "module_size" | "sensor" => {}
            _ if empty => {}
            "splinefile" => return Err(of_config("spline distortions are not supported")),
            "x_offset_file" | "y_offset_file" => {
                return Err(of_config(format!("`{key}` moves pixels one by one, which is not supported")));
            }
            "binning" => {
                return Err(of_config("`binning` is not supported: state `pixel1` and `pixel2` of the binned pixels"));
            }
            _ => return Err(of_config(format!("`{}` of `Detector_config` is not known here", excerpt(key)))),
        }
    }
    Ok(())
}

/// pyFAI knows wide pixels in one orientation and of one size: in others its own ways to ask for a pixel disagree.
fn check_wide(
    name: &str,
    grid: &Grid,
    pixel: [f64; 2],
    orientation: u8,
    config: &Map<String, Value>,
) -> Result<(), Fault> {
    let name = excerpt(name);
    if pixel != grid.pixel {
        return Err(of_config(format!(
            "`{name}` has pixels of {} and {} m: others are not supported",
            grid.pixel[0], grid.pixel[1]
        )));
    }
    if orientation != NATIVE_ORIENTATION {
        return Err(of_config(format!("`{name}` has wide pixels, and is supported in orientation 3 only")));
    }
    let chip = grid.wide.map(|wide| Value::from(wide.chip.to_vec()));
    let stated = config.get("module_size").filter(|value| !value.is_null());
    if stated.is_some_and(|stated| Some(stated) != chip.as_ref()) {
        return Err(of_config(format!("`module_size` of `{name}` is not supported")));
    }
    Ok(())
}

/// Single pixels along one side of a pixel of the size `stated`.
fn binning(stated: f64, single: f64) -> usize {
    (stated / single).round().clamp(1.0, 64.0) as usize
}

fn positive(config: &Map<String, Value>, key: &str) -> Result<Option<f64>, Fault> {
    match config.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_f64() {
            Some(size) if size.is_finite() && size > 0.0 => Ok(Some(size)),
            _ => Err(of_config(format!(
                "`{key}` must be a positive length in metres, not {}",
                excerpt(&value.to_string())
            ))),
        },
    }
}

fn number(config: &Map<String, Value>, key: &str) -> Result<Option<u64>, Fault> {
    match config.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => Ok(Some(value.as_u64().unwrap_or(u64::MAX))),
    }
}

fn max_shape(config: &Map<String, Value>) -> Result<Option<[usize; 2]>, Fault> {
    let Some(value) = config.get("max_shape").filter(|value| !value.is_null()) else { return Ok(None) };
    let size = |at: usize| usize::try_from(value.get(at)?.as_u64()?).ok().filter(|&size| size > 0);
    match (size(0), size(1), value.as_array().map(Vec::len)) {
        (Some(slow), Some(fast), Some(2)) => Ok(Some([slow, fast])),
        _ => Err(of_config(format!("`max_shape` is not [rows, columns]: {}", excerpt(&value.to_string())))),
    }
}

pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}
