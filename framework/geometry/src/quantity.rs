//! Numbers with a unit, as users write them: `"9.3 keV"`, `"0.2 m"`, `"130 pm"`, `"500 uJ"`.
//!
//! One type for each dimension, so that a length cannot be taken for an energy. A bare number is refused: a
//! distance of `200` is 200 m to one reader and 200 mm to the next.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// CODATA 2018, exact: elementary charge in C, Planck constant in J s, speed of light in m/s.
const ELEMENTARY_CHARGE: f64 = 1.602_176_634e-19;
const PLANCK: f64 = 6.626_070_15e-34;
const LIGHT_SPEED: f64 = 299_792_458.0;

/// Unit names and their size in the base unit of the dimension.
type Units = &'static [(&'static str, f64)];

const LENGTHS: Units = &[
    ("m", 1.0),
    ("cm", 1e-2),
    ("mm", 1e-3),
    ("um", 1e-6),
    ("µm", 1e-6),
    ("μm", 1e-6),
    ("nm", 1e-9),
    ("A", 1e-10),
    ("Å", 1e-10),
    ("pm", 1e-12),
];

const ENERGIES: Units = &[
    ("eV", ELEMENTARY_CHARGE),
    ("keV", 1e3 * ELEMENTARY_CHARGE),
    ("MeV", 1e6 * ELEMENTARY_CHARGE),
    ("J", 1.0),
    ("mJ", 1e-3),
    ("uJ", 1e-6),
    ("µJ", 1e-6),
    ("μJ", 1e-6),
    ("nJ", 1e-9),
];

/// Why a text is not a quantity of the dimension asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {what}: {reason}\nhint: write a number and one of {units}, such as \"{example}\"")]
pub struct QuantityError {
    text: String,
    what: &'static str,
    reason: &'static str,
    units: String,
    example: &'static str,
}

fn parse(text: &str, what: &'static str, units: Units, example: &'static str) -> Result<f64, QuantityError> {
    let fail = |reason| QuantityError {
        text: text.chars().take(80).collect(),
        what,
        reason,
        // The ways to write the same sign are accepted, one is enough to show.
        units: units.iter().map(|unit| unit.0).filter(|name| name.is_ascii()).collect::<Vec<_>>().join(", "),
        example,
    };
    let trimmed = text.trim();
    // The search below is quadratic; no number needs more digits than this.
    if trimmed.len() > 64 {
        return Err(fail("it is too long"));
    }
    // The longest prefix that is a number: `1e-3 m`, `9.3keV`. An `e` opens the exponent only before a digit.
    let split = trimmed
        .char_indices()
        .map(|(at, character)| at + character.len_utf8())
        .rev()
        .find(|&end| {
            trimmed[..end].parse::<f64>().is_ok() && trimmed[..end].ends_with(|c: char| c.is_ascii_digit() || c == '.')
        })
        .ok_or_else(|| fail("it does not start with a number"))?;
    let number: f64 = trimmed[..split].parse().map_err(|_| fail("it does not start with a number"))?;
    let name = trimmed[split..].trim();
    if name.is_empty() {
        return Err(fail("it has no unit"));
    }
    let (_, size) = units.iter().find(|unit| unit.0 == name).ok_or_else(|| fail("its unit is not known here"))?;
    let value = number * size;
    if value.is_finite() {
        Ok(value)
    } else {
        Err(fail("it is not a finite number"))
    }
}

macro_rules! quantity {
    ($name:ident, $what:literal, $units:ident, $example:literal, $base:literal) => {
        impl FromStr for $name {
            type Err = QuantityError;
            fn from_str(text: &str) -> Result<Self, QuantityError> {
                parse(text, $what, $units, $example).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = QuantityError;
            fn try_from(text: String) -> Result<Self, QuantityError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{:?} ", $base), self.0)
            }
        }
    };
}

/// A length; metres inside.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Length(f64);

quantity!(Length, "a length", LENGTHS, "0.2 m", "m");

impl Length {
    pub const fn from_metres(metres: f64) -> Self {
        Self(metres)
    }

    pub const fn metres(self) -> f64 {
        self.0
    }

    /// The energy of a photon of this wavelength.
    pub fn photon_energy(self) -> Energy {
        Energy(PLANCK * LIGHT_SPEED / self.0)
    }
}

/// An energy, of a photon or of a pulse; joules inside.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Energy(f64);

quantity!(Energy, "an energy", ENERGIES, "9.3 keV", "J");

impl Energy {
    pub const fn from_joules(joules: f64) -> Self {
        Self(joules)
    }

    pub fn from_electronvolts(electronvolts: f64) -> Self {
        Self(electronvolts * ELEMENTARY_CHARGE)
    }

    pub const fn joules(self) -> f64 {
        self.0
    }

    pub fn electronvolts(self) -> f64 {
        self.0 / ELEMENTARY_CHARGE
    }

    /// The wavelength of a photon of this energy.
    pub fn wavelength(self) -> Length {
        Length(PLANCK * LIGHT_SPEED / self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_units_with_and_without_a_space() {
        let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-14;
        assert!(close("0.2 m".parse::<Length>().unwrap().metres(), 0.2));
        assert!(close("130pm".parse::<Length>().unwrap().metres(), 1.3e-10));
        assert!(close("1e-3 mm".parse::<Length>().unwrap().metres(), 1e-6));
        let energy: Energy = " 9.3keV ".parse().unwrap();
        assert!(close(energy.electronvolts(), 9300.0));
        assert!(close("9.3e3eV".parse::<Energy>().unwrap().electronvolts(), 9300.0));
        assert!(close("500 µJ".parse::<Energy>().unwrap().joules(), 5e-4));
        // hc = 12.398419843320026 keV A
        let energy = Energy::from_electronvolts(12_398.419_843_320_026);
        assert!(close(energy.wavelength().metres(), 1e-10));
        assert!(close(energy.wavelength().photon_energy().joules(), energy.joules()));
    }

    #[test]
    fn errors_name_the_units() {
        for text in ["", "m", "0.2", "0.2 keV", "nan m", "inf m", "1e400 m", "1,5 m", "0.2 M"] {
            let error = text.parse::<Length>().unwrap_err().to_string();
            assert!(error.contains("one of m, cm, mm"), "{text}: {error}");
        }
        assert!("1".repeat(1 << 24).parse::<Length>().is_err());
        let error = "12 kev".parse::<Energy>().unwrap_err().to_string();
        assert!(error.contains("keV"), "{error}");
    }

    #[test]
    fn text_form_survives_a_round_trip() {
        let length: Length = serde_json::from_str("\"0.2345 m\"").unwrap();
        let text = serde_json::to_string(&length).unwrap();
        assert_eq!(serde_json::from_str::<Length>(&text).unwrap(), length);
        assert!(serde_json::from_str::<Length>("0.2").is_err());
    }
}
