//! Reads a PONI file: `Key: value` lines, `#` comments; versions 1, 2, 2.1 and 3.
//!
//! Files are appended to by pyFAI's tools, so the last value of a key counts. Version 2 names a detector and gives its
//! details as JSON; version 1 gives `PixelSize1` and `PixelSize2`. Version 3 can ask for a correction of the parallax, which
//! is refused: it moves every pixel by what its sensor absorbs.

use std::path::Path;

use serde_json::Value;

use super::detector::{self, excerpt, FlatDetector};
use super::detectors::Wide;
use crate::error::{GeometryError, Place};
use crate::{lines, suggest};

/// Lower case, as keys are compared.
pub const KEYS: &[&str] = &[
    "poni_version",
    "detector",
    "detector_config",
    "distance",
    "dist",
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
    "parallax",
];

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
    /// Shape [slow, fast], where the file or the name of the detector states it.
    pub shape: Option<[usize; 2]>,
    /// Wide pixels at the borders of chips.
    pub wide: Option<Wide>,
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
}

impl PoniGeometry {
    /// # Errors
    /// When a line is not understood, a value is missing, or the detector is not a flat grid given by its pixel sizes.
    pub(crate) fn parse(path: &Path, text: &str) -> Result<Self, GeometryError> {
        let mut reader = Reader { path, statements: Statements::default() };
        for (at, raw) in lines::of(text).enumerate() {
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
            if !(1.0..=3.0).contains(&version) {
                return Err(self.error(
                    line,
                    column,
                    format!("PONI version `{}` is not known", excerpt(text)),
                    Some("versions 1 to 3 are".into()),
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
        let old = [self.positive("pixelsize1")?, self.positive("pixelsize2")?];
        let FlatDetector { pixel, shape, orientation, wide } =
            detector::resolve(name, &config, old).map_err(|fault| {
                let of_config = self.statements.get("detector_config").filter(|_| !fault.in_name);
                let (line, column) = of_config.map_or((line, column), |(_, line, column)| (line, column));
                self.error(line, column, fault.message, fault.hint)
            })?;
        let distance = match self.positive("distance")? {
            Some(distance) => Some(distance),
            None => self.positive("dist")?,
        };
        Ok(PoniGeometry {
            distance: distance.ok_or_else(|| missing("Distance"))?,
            poni: [
                self.number("poni1")?.ok_or_else(|| missing("Poni1"))?,
                self.number("poni2")?.ok_or_else(|| missing("Poni2"))?,
            ],
            rotations: [
                self.number("rot1")?.unwrap_or(0.0),
                self.number("rot2")?.unwrap_or(0.0),
                self.number("rot3")?.unwrap_or(0.0),
            ],
            pixel,
            orientation,
            wavelength: self.positive("wavelength")?,
            shape,
            wide,
        })
    }
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
    fn a_detector_without_pixel_size_says_what_to_add() {
        let error = parse(&NEW.replace("\"pixel1\": 0.0001,", "")).unwrap_err();
        assert!(error.contains("`Detector`") && error.contains("x.poni:3:11"), "{error}");
        assert!(error.contains("hint: add it in metres"), "{error}");
        let error = parse(&NEW.replace("Detector: Detector", "Detector: MyOwnCamera")).unwrap_err();
        assert!(error.contains("MyOwnCamera") && error.contains("x.poni:3:11"), "{error}");
        assert!(error.contains("add it in metres"), "{error}");
        let error = parse(&NEW.replace("Detector: Detector", "Detector: Pilatus1N")).unwrap_err();
        assert!(error.contains("did you mean `Pilatus1M`?"), "{error}");
    }

    #[test]
    fn a_named_detector_has_its_own_pixels_and_shape() {
        let named = |name: &str, config: &str| {
            parse(&format!(
                "poni_version: 2.1\nDetector: {name}\nDetector_config: {config}\nDistance: 0.1\nPoni1: 0\nPoni2: 0\n"
            ))
        };
        let poni = named("Pilatus1M", "{}").unwrap();
        assert_eq!((poni.pixel, poni.shape), ([172e-6; 2], Some([1043, 981])));
        assert_eq!(named("pilatus 1m", "{\"pixel1\": 0.000344}").unwrap().shape, Some([521, 981]));
        assert_eq!(named("Rayonix133", "{\"pixel1\": 128e-6, \"pixel2\": 128e-6}").unwrap().shape, Some([1024, 1024]));
        assert!(named("Jungfrau", "{}").unwrap().wide.is_some());
        for (name, config, expected) in [
            ("Aarhus", "{}", "curved"),
            ("Pixirad1", "{}", "hexagons"),
            ("Xpad_flat", "{}", "gaps"),
            ("NexusDetector", "{\"filename\": \"a.h5\"}", "one by one"),
            ("corners.h5", "{}", "one by one"),
            ("Jungfrau", "{\"orientation\": 2}", "orientation 3 only"),
            ("Jungfrau", "{\"pixel1\": 1e-4}", "others are not supported"),
            ("FReLoN", "{\"splineFile\": \"a.spline\"}", "spline"),
            ("Pilatus1M", "{\"x_offset_file\": \"a.edf\"}", "x_offset_file"),
            ("Pilatus1M", "{\"radius\": 0.3}", "`radius`"),
            ("Pilatus1M", "{\"max_shape\": [3]}", "max_shape"),
            ("Pilatus1M", "[1]", "not a JSON object"),
        ] {
            let error = named(name, config).unwrap_err();
            assert!(error.contains(expected) && error.contains("x.poni:"), "{name} {config}: {error}");
        }
    }

    #[test]
    fn version_3_is_read_unless_it_corrects_the_parallax() {
        let text = NEW.replace("2.1", "3") + "Parallax: False\n";
        assert_eq!(parse(&text).unwrap(), parse(NEW).unwrap());
        assert!(parse(&text.replace("False", "True")).unwrap_err().contains("parallax"));
        assert_eq!(parse(&NEW.replace('\n', "\r")).unwrap(), parse(NEW).unwrap());
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
