//! Directions as geometry files write them: a sum of multiples of the axes, such as `-0.9999x +0.0021y`.
//!
//! ```text
//! direction = term, { term }            term = [ sign ], [ number ], axis            axis = x | y | z
//! ```
//!
//! A number left out is 1, an axis left out is 0, blanks mean nothing. Every term but the first needs its sign, and
//! each axis may stand once.

use crate::vector::Vector;

/// Reads a direction; the error is a lowercase fragment.
pub(super) fn parse(text: &str) -> Result<Vector, String> {
    let mut axes: [Option<f64>; 3] = [None; 3];
    let mut number = String::new();
    let mut terms = 0;
    for symbol in text.chars().filter(|c| !c.is_whitespace()) {
        let Some(axis) = "xyz".find(symbol) else {
            number.push(symbol);
            continue;
        };
        let value = coefficient(&number, terms == 0).ok_or_else(|| unreadable(text))?;
        if axes[axis].replace(value).is_some() {
            return Err(format!("`{}` names {symbol} twice", shown(text)));
        }
        number.clear();
        terms += 1;
    }
    if terms == 0 || !number.is_empty() {
        return Err(unreadable(text));
    }
    let [x, y, z] = axes.map(|axis| axis.unwrap_or(0.0));
    Ok(Vector { x, y, z })
}

/// The number in front of an axis: only the first term may go without a sign.
fn coefficient(text: &str, first: bool) -> Option<f64> {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'+') => (1.0, &text[1..]),
        Some(b'-') => (-1.0, &text[1..]),
        _ if first => (1.0, text),
        _ => return None,
    };
    if digits.is_empty() {
        return Some(sign);
    }
    // the words and second signs that Rust's own parser would take are no numbers here
    let plain = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let value: f64 = digits.parse().ok().filter(|v: &f64| plain && v.is_finite())?;
    Some(sign * value)
}

fn unreadable(text: &str) -> String {
    let foreign = text.chars().find(|c| c.is_alphabetic() && !"xyzeE".contains(*c));
    match foreign {
        Some(letter) => format!("`{}` is not a direction: `{letter}` is no axis, only x, y and z are", shown(text)),
        None => format!("`{}` is not a direction such as `+1.0x -0.002y`", shown(text)),
    }
}

/// The beginning of a text, fit for a message.
fn shown(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_spacing_and_order() {
        let v = |x, y, z| Ok(Vector::new(x, y, z));
        assert_eq!(parse("+0.000000x -1.000000y"), v(0.0, -1.0, 0.0));
        assert_eq!(parse("x"), v(1.0, 0.0, 0.0));
        assert_eq!(parse("- z + 2 x -0.5y"), v(2.0, -0.5, -1.0));
        assert_eq!(parse("1e-3x-2.5E-4y"), v(1e-3, -2.5e-4, 0.0));
        for bad in ["", "1.0", "xy", "1.0w", "+-x", "nan x", "1e400x", "x 5"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
