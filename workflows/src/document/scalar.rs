//! What a scalar means: the core schema of YAML 1.2 (section 10.3.2), where `no`, `on` and `1:30` are text.

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    /// not a finite number for `.inf` and `.nan`
    Float(f64),
    Text(&'a str),
}

impl<'a> Scalar<'a> {
    /// Quoted scalars are text; plain ones are what they look like.
    pub fn of(text: &'a str, plain: bool) -> Self {
        if !plain {
            return Scalar::Text(text);
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
            "true" | "True" | "TRUE" => return Scalar::Bool(true),
            "false" | "False" | "FALSE" => return Scalar::Bool(false),
            ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
            _ => {}
        }
        let (negative, digits) = match text.as_bytes()[0] {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        if matches!(digits, ".inf" | ".Inf" | ".INF") {
            return Scalar::Float(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
            return match text.parse() {
                Ok(integer) => Scalar::Integer(integer),
                Err(_) => Scalar::Float(text.parse().unwrap_or(f64::INFINITY)),
            };
        }
        if let Some(integer) = radix(text) {
            return Scalar::Integer(integer);
        }
        match looks_like_float(digits).then(|| text.parse()) {
            Some(Ok(number)) => Scalar::Float(number),
            _ => Scalar::Text(text),
        }
    }
}

/// `0o17`, `0xff`
fn radix(text: &str) -> Option<i128> {
    let (digits, radix) = match (text.strip_prefix("0o"), text.strip_prefix("0x")) {
        (Some(octal), _) => (octal, 8),
        (_, Some(hex)) => (hex, 16),
        _ => return None,
    };
    if digits.starts_with(['+', '-']) {
        return None;
    }
    i128::from_str_radix(digits, radix).ok()
}

/// `( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`, the sign already gone.
fn looks_like_float(text: &str) -> bool {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let exponent_fits = exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)));
    let mantissa_fits = match mantissa.split_once('.') {
        None => digits(mantissa),
        Some(("", fraction)) => digits(fraction),
        Some((whole, fraction)) => digits(whole) && (fraction.is_empty() || digits(fraction)),
    };
    exponent_fits && mantissa_fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_schema_and_nothing_more() {
        let of = |text| Scalar::of(text, true);
        for text in [
            "no", "yes", "on", "1:30", "1_000", "0b1", "--1", "+", "-", ".", "1e", "e5", "0x", "0x-5", "1 000", "inf",
            "nan",
        ] {
            assert_eq!(of(text), Scalar::Text(text));
        }
        assert_eq!(of(""), Scalar::Null);
        assert_eq!(of("False"), Scalar::Bool(false));
        assert_eq!(of("-12"), Scalar::Integer(-12));
        assert_eq!(of("+12"), Scalar::Integer(12));
        assert_eq!(of("0x1F"), Scalar::Integer(31));
        assert_eq!(of("0o17"), Scalar::Integer(15));
        assert_eq!(of("5."), Scalar::Float(5.0));
        assert_eq!(of(".5e-3"), Scalar::Float(0.0005));
        assert_eq!(of("-.inf"), Scalar::Float(f64::NEG_INFINITY));
        assert!(matches!(of(".nan"), Scalar::Float(x) if x.is_nan()));
        assert_eq!(of(&"9".repeat(60)), Scalar::Float(1e60));
        assert_eq!(Scalar::of("5", false), Scalar::Text("5"));
    }
}
