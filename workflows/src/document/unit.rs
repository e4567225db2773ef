//! Quantities: a number and a unit, where a bare number could mislead: `0.2 m`, `9.3 keV`, `4GiB`, `1%`.

use super::problem::shown;
use super::suggest::nearest;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// in metres
    Length,
    /// in electron volts
    Energy,
    /// in seconds
    Time,
    /// in bytes
    Bytes,
    /// as a fraction
    Percent,
}

use Dimension::*;

impl Dimension {
    /// By the `format` of a string in a JSON schema.
    pub fn of_format(format: &str) -> Option<Self> {
        Some(match format {
            "length" => Length,
            "energy" => Energy,
            "time" => Time,
            "bytes" => Bytes,
            "percent" => Percent,
            _ => return None,
        })
    }

    /// As in "expected a length".
    pub fn noun(self) -> &'static str {
        match self {
            Length => "a length",
            Energy => "an energy",
            Time => "a time",
            Bytes => "an amount of memory",
            Percent => "a percentage",
        }
    }

    pub fn example(self) -> &'static str {
        match self {
            Length => "0.2 m",
            Energy => "9.3 keV",
            Time => "30 s",
            Bytes => "4GiB",
            Percent => "1%",
        }
    }

    /// A value in the dimension's own unit, as text.
    pub fn own(self, value: f64) -> String {
        match self {
            Length => format!("{value} m"),
            Energy => format!("{value} eV"),
            Time => format!("{value} s"),
            Bytes => format!("{value} B"),
            Percent => format!("{}%", value * 100.0),
        }
    }

    /// Symbols of the units, smallest first.
    pub fn units(self) -> Vec<&'static str> {
        UNITS.iter().filter(|unit| unit.1 == self).map(|unit| unit.0).collect()
    }
}

/// eV per joule: the elementary charge is exactly 1.602 176 634e-19 C (SI brochure, 9th edition, 2.2).
const EV_PER_J: f64 = 1.0 / 1.602_176_634e-19;

/// (symbol, what it measures, factor to the dimension's own unit)
const UNITS: [(&str, Dimension, f64); 36] = [
    ("pm", Length, 1e-12),
    ("A", Length, 1e-10),
    ("Å", Length, 1e-10),
    ("nm", Length, 1e-9),
    ("um", Length, 1e-6),
    ("µm", Length, 1e-6),
    ("mm", Length, 1e-3),
    ("cm", Length, 1e-2),
    ("m", Length, 1.0),
    ("eV", Energy, 1.0),
    ("keV", Energy, 1e3),
    ("MeV", Energy, 1e6),
    ("nJ", Energy, 1e-9 * EV_PER_J),
    ("uJ", Energy, 1e-6 * EV_PER_J),
    ("µJ", Energy, 1e-6 * EV_PER_J),
    ("mJ", Energy, 1e-3 * EV_PER_J),
    ("J", Energy, EV_PER_J),
    ("fs", Time, 1e-15),
    ("ps", Time, 1e-12),
    ("ns", Time, 1e-9),
    ("us", Time, 1e-6),
    ("µs", Time, 1e-6),
    ("ms", Time, 1e-3),
    ("s", Time, 1.0),
    ("min", Time, 60.0),
    ("h", Time, 3600.0),
    ("B", Bytes, 1.0),
    ("kB", Bytes, 1e3),
    ("KiB", Bytes, 1024.0),
    ("MB", Bytes, 1e6),
    ("MiB", Bytes, 1_048_576.0),
    ("GB", Bytes, 1e9),
    ("GiB", Bytes, 1_073_741_824.0),
    ("TB", Bytes, 1e12),
    ("TiB", Bytes, 1_099_511_627_776.0),
    ("%", Percent, 0.01),
];

/// A text that is no quantity of the dimension asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotAQuantity {
    pub what: String,
    pub hint: Option<String>,
}

/// The quantity in the dimension's own unit: metres, electron volts, seconds, bytes, a fraction.
///
/// # Errors
/// When the text is no number with a unit, or its unit measures something else.
pub fn parse(text: &str, dimension: Dimension) -> Result<f64, NotAQuantity> {
    let text = text.trim();
    let (noun, example) = (dimension.noun(), dimension.example());
    let fault = |what: String| NotAQuantity { what, hint: None };
    let number_ends = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '%').len();
    let (number, symbol) = (text[..number_ends].trim_end(), &text[number_ends..]);
    // `str::parse` would take `inf` and `nan`
    let value = number
        .parse::<f64>()
        .ok()
        .filter(|v| v.is_finite() && number.ends_with(|c: char| c.is_ascii_digit() || c == '.'));
    let Some(value) = value else {
        return Err(fault(format!("`{}` is not {noun}, expected one such as `{example}`", shown(text))));
    };
    if symbol.is_empty() {
        return Err(fault(format!("`{}` has no unit, expected {noun} such as `{example}`", shown(text))));
    }
    let Some(&(_, found, factor)) =
        UNITS.iter().find(|unit| unit.0 == symbol || (unit.0.starts_with('µ') && is_mu(symbol, unit.0)))
    else {
        let units = dimension.units();
        // `8G`, as sbatch has it
        let binary = format!("{}iB", symbol.to_uppercase());
        let meant = units.iter().find(|unit| **unit == binary).copied().or_else(|| nearest(symbol, &units));
        let mut hint = match meant {
            Some(best) => format!("did you mean `{best}`? "),
            None => String::new(),
        };
        hint.push_str(&format!("known units: {}", units.join(", ")));
        return Err(NotAQuantity {
            what: format!("unknown unit `{}` in `{}`", shown(symbol), shown(text)),
            hint: Some(hint),
        });
    };
    if found != dimension {
        let what = format!("wrong unit: `{}` is {}, expected {noun} such as `{example}`", shown(text), found.noun());
        return Err(fault(what));
    }
    Ok(value * factor)
}

/// The Greek letter U+03BC in place of the micro sign U+00B5.
fn is_mu(symbol: &str, unit: &str) -> bool {
    symbol.strip_prefix('\u{3bc}').is_some_and(|rest| unit.strip_prefix('µ') == Some(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_their_own_unit() {
        assert_eq!(parse("0.2 m", Length), Ok(0.2));
        assert_eq!(parse("5eV", Energy), Ok(5.0));
        assert_eq!(parse("1e3 m", Length), Ok(1000.0));
        assert_eq!(parse("9.3 keV", Energy), Ok(9300.0));
        assert_eq!(parse("4GiB", Bytes), Ok(4294967296.0));
        assert_eq!(parse("1%", Percent), Ok(0.01));
        assert_eq!(parse("500 \u{3bc}m", Length), parse("500 um", Length));
        let microjoules = parse("500 uJ", Energy).unwrap();
        assert!((microjoules / 3.120754537e15 - 1.0).abs() < 1e-9);
    }

    #[test]
    fn wrong_ones_are_explained() {
        let what = |text, dimension| parse(text, dimension).unwrap_err().what;
        assert_eq!(what("0.2 s", Length), "wrong unit: `0.2 s` is a time, expected a length such as `0.2 m`");
        assert_eq!(what("0.2", Length), "`0.2` has no unit, expected a length such as `0.2 m`");
        assert_eq!(what("far", Length), "`far` is not a length, expected one such as `0.2 m`");
        assert_eq!(what("inf m", Length), "`inf m` is not a length, expected one such as `0.2 m`");
        assert_eq!(what("", Length), "`` is not a length, expected one such as `0.2 m`");
        let unknown = parse("4 gib", Bytes).unwrap_err();
        assert_eq!(unknown.what, "unknown unit `gib` in `4 gib`");
        assert!(unknown.hint.unwrap().starts_with("did you mean `"));
    }
}
