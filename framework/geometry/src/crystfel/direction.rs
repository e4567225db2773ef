//! The direction syntax: `+0.002x -1.0y`, `-x + 0.5 z`, any spacing.

use crate::vector::Vector;

/// The vector that `text` spells, without unit; repeated axes add up.
///
/// # Errors
/// A fragment that says what is wrong.
pub(super) fn parse(text: &str) -> Result<Vector, String> {
    let packed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if packed.is_empty() {
        return Err("the direction is empty".into());
    }
    let mut vector = Vector::default();
    let mut rest = packed.as_str();
    while !rest.is_empty() {
        let end = rest
            .find(['x', 'y', 'z'])
            .ok_or_else(|| format!("`{}` has no axis: x, y or z must follow", short(rest)))?;
        let number = &rest[..end];
        let factor = match number {
            "" | "+" => 1.0,
            "-" => -1.0,
            _ => number
                .parse::<f64>()
                .ok()
                .filter(|value| value.is_finite())
                .ok_or_else(|| format!("`{}` is not a number", short(number)))?,
        };
        match &rest[end..=end] {
            "x" => vector.x += factor,
            "y" => vector.y += factor,
            _ => vector.z += factor,
        }
        rest = &rest[end + 1..];
        if !(rest.is_empty() || rest.starts_with(['+', '-'])) {
            return Err(format!("expected `+` or `-` before `{}`", short(rest)));
        }
    }
    if vector.is_finite() {
        Ok(vector)
    } else {
        Err("the direction is not finite".into())
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
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
