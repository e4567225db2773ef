//! Reads a PONI file: `Key: value` lines, `#` comments; versions 1, 2, 2.1 and what adds to them.
//!
//! Files are appended to by pyFAI's tools, so the last value of a key counts. Version 2 names a detector and gives its
//! details as JSON; version 1 gives `PixelSize1` and `PixelSize2`. Named detectors are known to pyFAI alone: without
//! pixel sizes in the file they are refused, with the line to add.

use std::path::Path;

use serde_json::Value;

use crate::error::{GeometryError, Place};
use crate::suggest;

/// Lower case, as keys are compared.
const KEYS: &[&str] = &[
    "poni_version",
    "detector",
    "detector_config",
    "distance",
    "poni1",
    "poni2",
    "rot1",
    "rot2",
    "rot3",
    "wavelength",
    "pixelsize1",
    "pixelsize2",
    "splinefile",
    "spline",
    "orientation",
    "parallax",
];

/// The orientation of pyFAI, 1 to 4: which corner of the picture holds the first pixel.
pub(super) const NATIVE_ORIENTATION: u8 = 3;

/// A flat detector: axis 1 is slow (y), axis 2 fast (x); lengths in metres, angles in rad.
#[derive(Debug, Clone, PartialEq)]
pub struct PoniGeometry {
    pub distance: f64,
    pub poni: [f64; 2],
    pub rotations: [f64; 3],
    /// Pixel size along the slow and the fast axis.
    pub pixel: [f64; 2],
    pub orientation: u8,
    pub wavelength: Option<f64>,
    /// Shape [slow, fast], where the file states it.
    pub shape: Option<[usize; 2]>,
}

/// The last statement of each key: value and where it begins.
#[derive(Default)]
struct Statements<'a> {
    found: Vec<(String, &'a str, usize, usize)>,
}

impl<'a> Statements<'a> {
    fn get(&self, key: &str) -> Option<(&'a str, usize, usize)> {
        let (_, value, line, column) = self.found.iter().rev().find(|entry| entry.0 == key)?;
        Some((value, *line, *column))
    }
}

struct Reader<'a> {
    path: &'a Path,
    statements: Statements<'a>,
}

impl Reader<'_> {
    fn error(&self, line: usize, column: usize, message: String, hint: Option<String>) -> GeometryError {
        GeometryError::Syntax { place: Place { path: self.path.to_owned(), line, column }, message, hint }
    }

    fn number(&self, key: &str) -> Result<Option<f64>, GeometryError> {
        let Some((text, line, column)) = self.statements.get(key) else {
            return Ok(None);
        };
        if text.eq_ignore_ascii_case("none") || text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(Some(value)),
            _ => Err(self.error(line, column, format!("`{key}` is not a finite number: `{text}`"), None)),
        }
    }

    fn positive(&self, key: &str) -> Result<Option<f64>, GeometryError> {
        let value = self.number(key)?;
        if let Some(bad) = value.filter(|&v| v <= 0.0) {
            let (_, line, column) = self.statements.get(key).unwrap_or(("", 1, 1));
            return Err(self.error(line, column, format!("`{key}` must be positive, not {bad}"), None));
        }
        Ok(value)
    }

    fn config(&self) -> Result<Value, GeometryError> {
        let Some((text, line, column)) = self.statements.get("detector_config") else {
            return Ok(Value::Null);
        };
        serde_json::from_str(text).map_err(|error| {
            let message = format!("`Detector_config` is not JSON: {error}");
            self.error(line, column, message, None)
        })
    }

    /// A pixel size of the configuration, else of the old keys.
    fn pixel(&self, config: &Value, axis: usize) -> Result<Option<f64>, GeometryError> {
        let name = ["pixel1", "pixel2"][axis];
        match config.get(name) {
            None | Some(Value::Null) => self.positive(["pixelsize1", "pixelsize2"][axis]),
            Some(value) => match value.as_f64() {
                Some(size) if size.is_finite() && size > 0.0 => Ok(Some(size)),
                _ => {
                    let (_, line, column) = self.statements.get("detector_config").unwrap_or(("", 1, 1));
                    Err(self.error(
                        line,
                        column,
                        format!("`{name}` must be a positive length in metres, not {value}"),
                        None,
                    ))
                }
            },
        }
    }
}

impl PoniGeometry {
    /// # Errors
    /// When a line is not understood, a value is missing, or the detector is not a flat grid given by its pixel sizes.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, GeometryError> {
        let mut reader = Reader { path, statements: Statements::default() };
        for (at, raw) in text.lines().enumerate() {
            let line = raw.trim_end();
            let indent = line.len() - line.trim_start().len();
            let body = &line[indent..];
            if body.is_empty() || body.starts_with('#') {
                continue;
            }
            let Some((key, value)) = body.split_once(':') else {
                return Err(reader.error(
                    at + 1,
                    indent + 1,
                    format!("expected `Key: value`, found `{}`", excerpt(body)),
                    None,
                ));
            };
            let known = key.trim().to_ascii_lowercase();
            if !KEYS.contains(&known.as_str()) {
                // pyFAI ignores keys it does not know; one that is nearly a known one is a slip of the pen.
                if let Some(hint) = suggest::hint(&known, KEYS.iter().copied()) {
                    return Err(reader.error(
                        at + 1,
                        indent + 1,
                        format!("unknown key `{}`", excerpt(key.trim())),
                        Some(hint),
                    ));
                }
                continue;
            }
            let column = indent + key.len() + 2 + (value.len() - value.trim_start().len());
            reader.statements.found.push((known, value.trim(), at + 1, column));
        }
        reader.finish()
    }
}

impl Reader<'_> {
    fn finish(self) -> Result<PoniGeometry, GeometryError> {
        let missing = |key: &str| {
            GeometryError::configuration(
                format!("`{}` does not state `{key}`", self.path.display()),
                "it is not a complete PONI file",
            )
        };
        if let Some((text, line, column)) = self.statements.get("poni_version") {
            let version: f64 = text.parse().unwrap_or(f64::NAN);
            if !(1.0..3.0).contains(&version) {
                return Err(self.error(
                    line,
                    column,
                    format!("PONI version `{}` is not known", excerpt(text)),
                    Some("versions 1 to 2.1 are".into()),
                ));
            }
        }
        for key in ["splinefile", "spline"] {
            if let Some((text, line, column)) = self.statements.get(key) {
                if !text.is_empty() && !text.eq_ignore_ascii_case("none") {
                    return Err(self.error(line, column, "spline distortions are not supported".into(), None));
                }
            }
        }
        if let Some((text, line, column)) = self.statements.get("parallax") {
            if text.eq_ignore_ascii_case("true") || text == "1" {
                return Err(self.error(
                    line,
                    column,
                    "the parallax correction is not supported".into(),
                    Some("set it to False and check that the positions are still good enough".into()),
                ));
            }
        }
        let config = self.config()?;
        let (name, line, column) = self.statements.get("detector").unwrap_or(("", 1, 1));
        let (Some(pixel1), Some(pixel2)) = (self.pixel(&config, 0)?, self.pixel(&config, 1)?) else {
            return Err(self.error(
                line,
                column,
                format!("the pixel size of detector `{}` is not in the file", excerpt(name)),
                Some("add it in metres: `Detector: Detector` and `Detector_config: {\"pixel1\": 0.0002, \"pixel2\": 0.0002, \"orientation\": 3}`; a detector of several modules needs a CrystFEL .geom".into()),
            ));
        };
        let stated = config.get("orientation").filter(|value| !value.is_null());
        let orientation = match stated.map(Value::as_u64) {
            None | Some(Some(0)) => NATIVE_ORIENTATION,
            Some(Some(value @ 1..=4)) => value as u8,
            Some(_) => {
                let (_, line, column) = self.statements.get("detector_config").unwrap_or(("", 1, 1));
                return Err(self.error(line, column, "`orientation` must be 1, 2, 3 or 4".into(), None));
            }
        };
        Ok(PoniGeometry {
            distance: self.positive("distance")?.ok_or_else(|| missing("Distance"))?,
            poni: [
                self.number("poni1")?.ok_or_else(|| missing("Poni1"))?,
                self.number("poni2")?.ok_or_else(|| missing("Poni2"))?,
            ],
            rotations: [
                self.number("rot1")?.unwrap_or(0.0),
                self.number("rot2")?.unwrap_or(0.0),
                self.number("rot3")?.unwrap_or(0.0),
            ],
            pixel: [pixel1, pixel2],
            orientation,
            wavelength: self.positive("wavelength")?,
            shape: shape(&config),
        })
    }
}

fn shape(config: &Value) -> Option<[usize; 2]> {
    let sizes = config.get("max_shape")?.as_array()?;
    let size = |at: usize| usize::try_from(sizes.get(at)?.as_u64()?).ok();
    Some([size(0)?, size(1)?])
}

fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "# made by hand\nponi_version: 2.1\nDetector: Detector\n\
        Detector_config: {\"pixel1\": 0.0001, \"pixel2\": 0.0002, \"max_shape\": [10, 20], \"orientation\": 2}\n\
        Distance: 0.1\nPoni1: 0.01\nPoni2: 0.02\nRot1: 0.1\nRot2: -0.2\nRot3: 0.3\nWavelength: 1e-10\n";

    fn parse(text: &str) -> Result<PoniGeometry, String> {
        PoniGeometry::parse("x.poni".as_ref(), text).map_err(told)
    }

    /// The error with its hint, as a terminal shows them.
    fn told(error: GeometryError) -> String {
        format!("{error}\nhint: {}", error.hint().unwrap_or_default())
    }

    #[test]
    fn versions_1_and_2() {
        let poni = parse(NEW).unwrap();
        assert_eq!(poni.pixel, [1e-4, 2e-4]);
        assert_eq!((poni.orientation, poni.shape), (2, Some([10, 20])));
        assert_eq!(poni.rotations, [0.1, -0.2, 0.3]);
        assert_eq!(poni.wavelength, Some(1e-10));
        let old =
            "PixelSize1: 1e-4\nPixelSize2: 2e-4\nDistance: 0.5\nPoni1: 0\nPoni2: 0\nDistance: 0.1\nSplineFile: None\n";
        let poni = parse(old).unwrap();
        assert_eq!((poni.distance, poni.orientation, poni.wavelength), (0.1, 3, None));
    }

    #[test]
    fn a_named_detector_without_pixel_size_says_what_to_add() {
        let text = NEW.replace("Detector: Detector", "Detector: Pilatus1M").replace("\"pixel1\": 0.0001,", "");
        let error = parse(&text).unwrap_err();
        assert!(error.contains("Pilatus1M") && error.contains("x.poni:3:11"), "{error}");
        assert!(error.contains("hint: add it in metres"), "{error}");
    }

    #[test]
    fn slips_are_told_with_their_place() {
        for (from, to, expected) in [
            ("Rot2:", "Rto2:", "did you mean `rot2`?"),
            ("Distance: 0.1", "Distance: -0.1", "x.poni:5:11"),
            ("Distance: 0.1", "Distance: 0.1 m", "not a finite number"),
            ("Distance: 0.1", "Distance 0.1", "expected `Key: value`"),
            ("Poni1: 0.01", "", "does not state `Poni1`"),
            ("\"orientation\": 2", "\"orientation\": 7", "must be 1, 2, 3 or 4"),
            ("\"pixel1\": 0.0001", "\"pixel1\": \"big\"", "positive length"),
            ("\"pixel1\": 0.0001,", "\"pixel1\": ", "not JSON"),
            ("2.1", "4", "not known"),
        ] {
            let error = parse(&NEW.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(expected), "{to}: {error}");
        }
    }
}
