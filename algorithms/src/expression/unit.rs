//! Conversion between a quantity's unit and a column's: the same unit, or prefixes of J, eV, m and s.
//!
//! Joule and electronvolt are not converted into each other: here one is a pulse's energy, the other a photon's, and the
//! comparison would be a mistake.

const BASES: [&str; 4] = ["eV", "J", "m", "s"];

/// Powers of ten. `µ` has two code points.
const PREFIXES: [(&str, i32); 13] = [
    ("a", -18),
    ("f", -15),
    ("p", -12),
    ("n", -9),
    ("u", -6),
    ("\u{b5}", -6),
    ("\u{3bc}", -6),
    ("m", -3),
    ("c", -2),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
];

/// `value` in the unit `to`, or nothing where the units do not measure the same.
pub fn convert(value: f64, from: &str, to: &str) -> Option<f64> {
    if from == to {
        return Some(value);
    }
    let ((from_base, from_power), (to_base, to_power)) = (split(from)?, split(to)?);
    let power = from_power - to_power;
    // Powers up to 10^22 are exact in f64, so one rounding at most: 0.5 mJ are 500 uJ to the bit.
    let converted = if power >= 0 { value * 10f64.powi(power) } else { value / 10f64.powi(-power) };
    (from_base == to_base && converted.is_finite()).then_some(converted)
}

/// Whether a quantity may have this unit.
pub fn is_unit(text: &str) -> bool {
    split(text).is_some()
}

fn split(unit: &str) -> Option<(&'static str, i32)> {
    BASES.iter().find_map(|&base| {
        let prefix = unit.strip_suffix(base)?;
        let power = if prefix.is_empty() { 0 } else { PREFIXES.iter().find(|(name, _)| *name == prefix)?.1 };
        Some((base, power))
    })
}
