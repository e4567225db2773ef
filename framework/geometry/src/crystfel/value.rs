//! Values of `.geom` keys: numbers, numbers with a unit, or the path of a value that stands in the data.

use crate::quantity::{Energy, Length};

/// h / sqrt(2 m e) in m sqrt(V), and e / (2 m c^2) in 1/V (CODATA 2018): the wavelength of an electron that a voltage V has
/// accelerated is the first over sqrt(V (1 + V times the second)).
const ELECTRON: [f64; 2] = [1.226_425_981_9e-9, 9.784_755_918e-7];

/// What a number means, in metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    /// a length, of that many metres
    Metres(f64),
    /// an energy of photons, of that many electronvolts: their wavelength
    Photon(f64),
    /// a voltage that accelerated electrons, of that many volts: their wavelength
    Electron(f64),
}

impl Unit {
    /// The length that `number` of this unit means.
    pub(super) fn metres(self, number: f64) -> f64 {
        match self {
            Unit::Metres(size) => number * size,
            Unit::Photon(size) => Energy::from_electronvolts(number * size).wavelength().metres(),
            Unit::Electron(size) => {
                let volts = number * size;
                ELECTRON[0] / (volts * (1.0 + volts * ELECTRON[1])).sqrt()
            }
        }
    }
}

/// A length in metres, or its place in the data.
#[derive(Debug, Clone, PartialEq)]
pub enum Stated {
    Number(f64),
    At { path: String, unit: Unit },
}

impl Stated {
    /// The number, where it is known.
    pub fn number(&self) -> Option<f64> {
        match self {
            Stated::Number(value) => Some(*value),
            Stated::At { .. } => None,
        }
    }

    /// Where it stands in the data.
    pub fn path(&self) -> Option<&str> {
        match self {
            Stated::Number(_) => None,
            Stated::At { path, .. } => Some(path),
        }
    }

    /// Takes what was read at `path` in the data.
    pub(super) fn supply(&mut self, at: &str, number: f64) {
        if let Stated::At { path, unit } = self {
            if path == at {
                *self = Stated::Number(unit.metres(number));
            }
        }
    }
}

/// # Errors
/// When `text` is not a finite number.
pub(super) fn number(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|value| value.is_finite())
        .ok_or_else(|| format!("`{}` is not a finite number", short(text)))
}

/// A pixel position; CrystFEL files write `127`, some tools `127.0`.
///
/// # Errors
/// When `text` is not an integer of 0..2^20.
pub(super) fn position(text: &str) -> Result<usize, String> {
    let value = number(text)?;
    if (0.0..1_048_576.0).contains(&value) && value.fract() == 0.0 {
        Ok(value as usize)
    } else {
        Err(format!("`{}` is not a pixel number", short(text)))
    }
}

/// `true`, `false` in any case, or a number: 0 is false.
///
/// # Errors
/// When it is none of these.
pub(super) fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => number(text)
            .map(|value| value != 0.0)
            .map_err(|_| format!("`{}` is neither true, false nor a number", short(text))),
    }
}

/// Bits of a mask: `0xff`, `255`.
///
/// # Errors
/// When it is not an integer of 0..2^64.
pub(super) fn bits(text: &str) -> Result<u64, String> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let plain = |c: char| c.is_ascii_hexdigit();
    let value = match hexadecimal {
        Some(digits) if digits.chars().all(plain) => u64::from_str_radix(digits, 16).ok(),
        Some(_) => None,
        None => number(text).ok().filter(|v| (0.0..1.8e19).contains(v) && v.fract() == 0.0).map(|v| v as u64),
    };
    value.ok_or_else(|| format!("`{}` is not a number of bits such as 0xff", short(text)))
}

/// A length in metres: `0.2`, `0.2 m`, `200 mm`, or a path, whose unit is `unstated` metres when there is none.
///
/// # Errors
/// When it is none of these.
pub(super) fn length(text: &str, unstated: f64) -> Result<Stated, String> {
    let units = |unit: &str| match unit {
        "" => Some(Unit::Metres(unstated)),
        "m" => Some(Unit::Metres(1.0)),
        "mm" => Some(Unit::Metres(1e-3)),
        _ => None,
    };
    if let Some(at) = path(text, "m or mm", units)? {
        return Ok(at);
    }
    number(text)
        .or_else(|_| text.parse::<Length>().map(Length::metres).map_err(|error| error.to_string()))
        .map(Stated::Number)
}

/// A wavelength in metres out of a photon energy: `9300`, `9300 eV`, `9.3 keV`, or a path. None: zero, which stands for
/// "not known" in files written by programs.
///
/// # Errors
/// When it is none of these, or not positive.
pub(super) fn photon_energy(text: &str) -> Result<Option<Stated>, String> {
    let units = |unit: &str| match unit {
        "" | "eV" => Some(Unit::Photon(1.0)),
        "keV" => Some(Unit::Photon(1e3)),
        "MeV" => Some(Unit::Photon(1e6)),
        _ => None,
    };
    if let Some(at) = path(text, "eV, keV or MeV", units)? {
        return Ok(Some(at));
    }
    let energy = number(text)
        .map(Energy::from_electronvolts)
        .or_else(|_| text.parse::<Energy>().map_err(|error| error.to_string()))?;
    if energy.joules() == 0.0 {
        return Ok(None);
    }
    positive(energy.wavelength().metres(), text).map(Some)
}

/// A wavelength in metres: `1.3 A`, `1.3e-10 m`, or a path with its unit.
///
/// # Errors
/// When it is neither, or not positive.
pub(super) fn wavelength(text: &str) -> Result<Stated, String> {
    let units = |unit: &str| match unit {
        "m" => Some(Unit::Metres(1.0)),
        "A" => Some(Unit::Metres(1e-10)),
        _ => None,
    };
    if let Some(at) = path(text, "m or A", units)? {
        return Ok(at);
    }
    match length(text, 1.0)? {
        Stated::Number(value) => positive(value, text),
        at => Ok(at),
    }
}

/// The wavelength of electrons out of the voltage that accelerated them: `200 kV`, or a path with its unit.
///
/// # Errors
/// When it is neither, or not positive.
pub(super) fn electron_voltage(text: &str) -> Result<Stated, String> {
    let units = |unit: &str| match unit {
        "V" => Some(Unit::Electron(1.0)),
        "kV" => Some(Unit::Electron(1e3)),
        _ => None,
    };
    if let Some(at) = path(text, "V or kV", units)? {
        return Ok(at);
    }
    let (digits, unit) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let unit = units(unit.trim()).ok_or_else(|| format!("`{}` needs a unit: V or kV", short(text)))?;
    positive(unit.metres(number(digits)?), text)
}

/// `/where/it/stands unit`; none when the text does not begin as a path.
fn path(text: &str, known: &str, units: impl Fn(&str) -> Option<Unit>) -> Result<Option<Stated>, String> {
    if !text.starts_with('/') {
        return Ok(None);
    }
    let (path, unit) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    match units(unit.trim()) {
        Some(unit) => Ok(Some(Stated::At { path: path.to_owned(), unit })),
        None => Err(format!("`{}` needs a unit behind the path: {known}", short(text))),
    }
}

fn positive(value: f64, text: &str) -> Result<Stated, String> {
    if value.is_finite() && value > 0.0 {
        Ok(Stated::Number(value))
    } else {
        Err(format!("`{}` is not positive", short(text)))
    }
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truth_values() {
        for (text, expected) in
            [("1", true), ("0", false), ("true", true), ("TRUE", true), ("False", false), ("-2", true), ("0.0", false)]
        {
            assert_eq!(truth(text), Ok(expected), "{text}");
        }
        assert!(truth("yes").is_err() && truth("").is_err());
    }

    #[test]
    fn bits_are_hexadecimal_or_decimal() {
        assert_eq!((bits("0xfffeffff"), bits("255"), bits("0X1")), (Ok(0xfffe_ffff), Ok(255), Ok(1)));
        for bad in ["", "0x", "0x-1", "-1", "1.5", "0x1ffffffffffffffff", "ff"] {
            assert!(bits(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_has_the_unit_behind_it() {
        let at = |path: &str, unit| Ok(Stated::At { path: path.into(), unit });
        assert_eq!(length("/a/b mm", 1.0), at("/a/b", Unit::Metres(1e-3)));
        assert_eq!(length("/a/b", 1e-3), at("/a/b", Unit::Metres(1e-3)));
        assert_eq!(wavelength("/a A"), at("/a", Unit::Metres(1e-10)));
        assert!(wavelength("/a").unwrap_err().contains("m or A"));
        assert_eq!(photon_energy("/a").map(Option::unwrap), at("/a", Unit::Photon(1.0)));
        assert!(photon_energy("/a J").unwrap_err().contains("eV, keV or MeV"));
        let mut energy = photon_energy("/a keV").unwrap().unwrap();
        energy.supply("/b", 9.3);
        assert_eq!(energy.path(), Some("/a"));
        energy.supply("/a", 9.3);
        assert!((energy.number().unwrap() / 1.333_163_423_9e-10 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn wavelengths_of_electrons() {
        // 200 kV: 2.507934 pm, 100 V: 122.6366 pm, as tables of electron microscopy have them
        for (text, expected) in [("200 kV", 2.507_934e-12), ("100 V", 1.226_366e-10)] {
            let found = electron_voltage(text).unwrap().number().unwrap();
            assert!((found / expected - 1.0).abs() < 2e-6, "{text}: {found}");
        }
        assert!(electron_voltage("200").unwrap_err().contains("V or kV"));
        assert!(electron_voltage("-1 V").is_err());
    }
}
