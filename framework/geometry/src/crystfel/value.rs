//! Values of `.geom` keys: numbers, numbers with a unit, or the HDF5 path of a value written elsewhere.

use crate::quantity::{Energy, Length};

/// A number, or a place in the data file: known only where there is such a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Stated {
    Number(f64),
    Elsewhere,
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

/// A length in metres: `0.2`, `0.2 m`, `200 mm`, or a path.
///
/// # Errors
/// When it is none of these.
pub(super) fn length(text: &str) -> Result<Stated, String> {
    if is_path(text) {
        return Ok(Stated::Elsewhere);
    }
    number(text)
        .or_else(|_| text.parse::<Length>().map(Length::metres).map_err(|error| error.to_string()))
        .map(Stated::Number)
}

/// A wavelength in metres out of a photon energy: `9300`, `9300 eV`, `9.3 keV`, or a path (with or without unit).
///
/// # Errors
/// When it is none of these, or not positive.
pub(super) fn photon_energy(text: &str) -> Result<Stated, String> {
    if is_path(text) {
        return Ok(Stated::Elsewhere);
    }
    let energy = number(text)
        .map(Energy::from_electronvolts)
        .or_else(|_| text.parse::<Energy>().map_err(|error| error.to_string()))?;
    // Zero stands for "not known" in files written by programs.
    if energy.joules() == 0.0 {
        return Ok(Stated::Elsewhere);
    }
    positive(energy.wavelength().metres(), text)
}

/// A wavelength in metres: `1.3 A`, `1.3e-10 m`, or a path.
///
/// # Errors
/// When it is neither, or not positive.
pub(super) fn wavelength(text: &str) -> Result<Stated, String> {
    match length(text)? {
        Stated::Number(value) => positive(value, text),
        Stated::Elsewhere => Ok(Stated::Elsewhere),
    }
}

fn positive(value: f64, text: &str) -> Result<Stated, String> {
    if value.is_finite() && value > 0.0 {
        Ok(Stated::Number(value))
    } else {
        Err(format!("`{}` is not positive", short(text)))
    }
}

fn is_path(text: &str) -> bool {
    text.starts_with('/')
}

pub(super) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
