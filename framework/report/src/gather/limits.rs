//! Limits that conditions of a workflow hold columns against: `peaks.count >= 15` is one of `peaks.count`, at 15.
//!
//! Only what a plot can show is looked for, a column beside a number; what the condition means is the business of `keep`.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    pub column: String,
    pub at: f64,
    /// symbol in the condition, empty where the number is bare
    pub unit: String,
    /// of the step, from 1
    pub step: u64,
}

#[derive(Clone, Debug, PartialEq)]
enum Word {
    Name(String),
    Number(f64, String),
    Sign(String),
}

/// Of all `keep` steps of a manifest's workflow.
pub fn limits(steps: &[Value]) -> Vec<Limit> {
    let mut found = Vec::new();
    for (step, number) in steps.iter().zip(1..) {
        if let Some(condition) = condition(step) {
            found.extend(in_condition(condition, number));
        }
    }
    found
}

/// The text of a `keep` step.
pub fn condition(step: &Value) -> Option<&str> {
    step.get("keep")?.as_str()
}

/// Names that a condition uses.
pub fn columns(condition: &str) -> Vec<String> {
    let names = words(condition).into_iter().filter_map(|word| match word {
        Word::Name(name) if name != "in" && name != "true" && name != "false" => Some(name),
        _ => None,
    });
    names.collect()
}

fn in_condition(text: &str, step: u64) -> Vec<Limit> {
    let words = words(text);
    let comparison = |sign: &str| matches!(sign, "<" | "<=" | ">" | ">=");
    let mut found = Vec::new();
    for three in words.windows(3) {
        let (name, number) = match three {
            [Word::Name(name), Word::Sign(sign), Word::Number(at, unit)] if comparison(sign) => (name, (at, unit)),
            [Word::Number(at, unit), Word::Sign(sign), Word::Name(name)] if comparison(sign) => (name, (at, unit)),
            _ => continue,
        };
        found.push(Limit { column: name.clone(), at: *number.0, unit: number.1.clone(), step });
    }
    for five in words.windows(5) {
        if let [Word::Name(name), Word::Name(within), Word::Number(from, _), Word::Sign(dots), Word::Number(to, _)] =
            five
        {
            if within == "in" && dots.starts_with("..") {
                found.extend([*from, *to].map(|at| Limit { column: name.clone(), at, unit: String::new(), step }));
            }
        }
    }
    found
}

fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let taken;
        if first == '"' || first == '\'' {
            let end = rest[1..].find(first).map_or(rest.len(), |at| at + 1);
            let inside = rest.get(1..end).unwrap_or_default();
            taken = (end + 1).min(rest.len());
            let (number, unit) = inside.trim().split_once(' ').unwrap_or((inside.trim(), ""));
            words.extend(number.parse().ok().map(|number| Word::Number(number, unit.trim().into())));
        } else if first.is_ascii_digit() || (first == '-' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            // a range's dots are no decimal point
            let bytes = rest.as_bytes();
            let mut end = 1;
            while end < bytes.len() {
                let exponent = matches!(bytes[end], b'-' | b'+') && matches!(bytes[end - 1], b'e' | b'E');
                let point = bytes[end] == b'.' && bytes.get(end + 1) != Some(&b'.');
                if !(bytes[end].is_ascii_digit()
                    || bytes[end] == b'_'
                    || matches!(bytes[end], b'e' | b'E')
                    || exponent
                    || point)
                {
                    break;
                }
                end += 1;
            }
            taken = end;
            words.extend(rest[..end].replace('_', "").parse().ok().map(|number| Word::Number(number, String::new())));
        } else if first.is_alphabetic() || first == '_' {
            taken = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))).unwrap_or(rest.len());
            words.push(Word::Name(rest[..taken].into()));
        } else {
            let signs = |c: char| matches!(c, '<' | '>' | '=' | '!' | '&' | '|' | '.');
            taken = match signs(first) {
                true => rest.find(|c: char| !signs(c)).unwrap_or(rest.len()),
                false => first.len_utf8(),
            };
            words.push(Word::Sign(rest[..taken].into()));
        }
        rest = rest[taken..].trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(String, f64, String)> {
        in_condition(text, 1).into_iter().map(|limit| (limit.column, limit.at, limit.unit)).collect()
    }

    #[test]
    fn limits_are_columns_beside_numbers() {
        let limit = |column: &str, at: f64, unit: &str| (column.to_string(), at, unit.to_string());
        assert_eq!(of("peaks.count >= 15"), [limit("peaks.count", 15.0, "")]);
        assert_eq!(of("lit && energy > \"500 uJ\""), [limit("energy", 500.0, "uJ")]);
        assert_eq!(of("!dark && cell in 4..=60"), [limit("cell", 4.0, ""), limit("cell", 60.0, "")]);
        assert_eq!(of("-1.5e-3 < score && hit"), [limit("score", -1.5e-3, "")]);
        assert_eq!(of("hit"), []);
    }

    #[test]
    fn nonsense_ends() {
        for text in ["", "\"", "'a", "<<<", "1..", "..", "é >= 1", "a >= ", "1e", "\u{1F600} > 2", "-"] {
            let _ = of(text);
        }
        assert_eq!(of("é >= 1"), [("é".to_string(), 1.0, String::new())]);
    }

    #[test]
    fn columns_of_a_condition() {
        assert_eq!(columns("!dark && cell in 4..=60 || strong.hit"), ["dark", "cell", "strong.hit"]);
    }
}
