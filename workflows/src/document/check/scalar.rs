//! Words, text, numbers and truth values.

use super::schema::{expectation, kinds, Kind};
use super::{Checker, Site};
use crate::document::problem::shown;
use crate::document::unit::{self, Dimension};
use crate::document::{suggestion, Content, Node, Problem, Scalar};
use serde_json::{Number, Value};

impl Checker<'_> {
    /// One of some words.
    pub(super) fn word(&mut self, node: &Node, words: &[&str], site: &Site) -> Value {
        let Content::Scalar { text, .. } = &node.content else {
            let expected: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            self.report(Problem::at(
                node,
                format!("{} must be {}, not {}", site.name, expected.join(", "), node.described()),
            ));
            return Value::Null;
        };
        if !words.contains(&text.as_str()) {
            let what = match node.is_null() {
                true => format!("{} has no value", site.name),
                false => format!("{} cannot be `{}`", site.name, shown(text)),
            };
            let span = if node.is_null() { site.span } else { node.span };
            self.report(Problem::new(span, what).hint(suggestion(text, words, "values")));
        }
        text.as_str().into()
    }

    pub(super) fn scalar(
        &mut self,
        node: &Node,
        scalar: Scalar<'_>,
        kinds: &[Kind],
        schema: &Value,
        site: &Site,
    ) -> Value {
        let takes = |kind| kinds.contains(&kind);
        match scalar {
            Scalar::Bool(truth) if takes(Kind::Boolean) => truth.into(),
            Scalar::Integer(integer) if takes(Kind::Integer) => {
                self.bounds(integer as f64, node, schema, site);
                self.integer(integer, node, schema, site)
            }
            Scalar::Integer(integer) if takes(Kind::Number) => {
                self.bounds(integer as f64, node, schema, site);
                self.number(integer as f64, Some(integer), node, site)
            }
            Scalar::Float(number) if takes(Kind::Number) => {
                self.bounds(number, node, schema, site);
                self.number(number, None, node, site)
            }
            Scalar::Null => self.wrong_kind(node, &[schema], site),
            _ if takes(Kind::String) => self.text(node, schema, site),
            _ => self.wrong_kind(node, &[schema], site),
        }
    }

    fn text(&mut self, node: &Node, schema: &Value, site: &Site) -> Value {
        let Content::Scalar { text, .. } = &node.content else { return Value::Null };
        self.length(text.chars().count(), ["minLength", "maxLength"], "characters", node, schema, site);
        let format = schema.get("format").and_then(Value::as_str).unwrap_or("");
        if let Some(dimension) = Dimension::of_format(format) {
            match unit::parse(text, dimension) {
                Ok(value) => self.bounds(value, node, schema, site),
                Err(fault) => self.report(Problem { span: node.span, what: fault.what, hint: fault.hint }),
            }
        } else if format == "path" && text.trim().is_empty() {
            self.report(Problem::at(node, format!("{} is empty, it must be a path", site.name)));
        } else if let Some(puzzle) = of_shells(text).filter(|puzzle| format == "path" && !is_there(text, puzzle)) {
            let what = format!("`{}` in {} is for shells: here it would be the name of a folder", puzzle, site.name);
            self.report(Problem::at(node, what).hint(whole_path(text)));
        } else if format == "time-limit" {
            if slurm_cli_wrapper::TimeLimit::parse(text).is_none() {
                let problem = Problem::at(node, format!("{} must be a time limit, not `{}`", site.name, shown(text)));
                self.report(
                    problem.hint("minutes, hours:minutes:seconds or days-hours, such as `90`, `4:00:00`, `1-12`"),
                );
            }
        } else if format == "range" {
            if let Err(what) = range(text) {
                let problem = Problem::at(node, format!("{} {what}, not `{}`", site.name, shown(text)));
                self.report(problem.hint("from A up to, but not including, B"));
            }
        }
        text.as_str().into()
    }

    fn integer(&mut self, integer: i128, node: &Node, schema: &Value, site: &Site) -> Value {
        let (least, most) = match schema.get("format").and_then(Value::as_str) {
            Some("uint8") => (0, u8::MAX.into()),
            Some("uint16") => (0, u16::MAX.into()),
            Some("uint32") => (0, u32::MAX.into()),
            Some("uint64" | "uint") => (0, u64::MAX.into()),
            Some("int8") => (i8::MIN.into(), i8::MAX.into()),
            Some("int16") => (i16::MIN.into(), i16::MAX.into()),
            Some("int32") => (i32::MIN.into(), i32::MAX.into()),
            _ => (i128::from(i64::MIN), i128::from(u64::MAX)),
        };
        let has = |key| schema.get(key).is_some();
        // where the schema states bounds itself they have been told already
        if integer < least && !has("minimum") && !has("exclusiveMinimum") {
            self.report(Problem::at(node, format!("{} must be at least {least}, not {integer}", site.name)));
        } else if integer > most && !has("maximum") && !has("exclusiveMaximum") {
            self.report(Problem::at(node, format!("{} must be at most {most}, not {integer}", site.name)));
        }
        match (u64::try_from(integer), i64::try_from(integer)) {
            (Ok(integer), _) => integer.into(),
            (_, Ok(integer)) => integer.into(),
            _ => Value::Null,
        }
    }

    /// A finite JSON number; whole numbers stay whole.
    pub(super) fn number(&mut self, number: f64, integer: Option<i128>, node: &Node, site: &Site) -> Value {
        if let Some(integer) = integer {
            if let Ok(integer) = u64::try_from(integer) {
                return integer.into();
            }
            if let Ok(integer) = i64::try_from(integer) {
                return integer.into();
            }
        }
        match Number::from_f64(number) {
            Some(number) => Value::Number(number),
            None => {
                self.report(Problem::at(
                    node,
                    format!("{} must be a finite number, not {}", site.name, node.described()),
                ));
                Value::Null
            }
        }
    }

    fn bounds(&mut self, value: f64, node: &Node, schema: &Value, site: &Site) {
        type Holds = fn(f64, f64) -> bool;
        let bounds: [(&str, &str, Holds); 4] = [
            ("minimum", "at least", |value, bound| value >= bound),
            ("exclusiveMinimum", "greater than", |value, bound| value > bound),
            ("maximum", "at most", |value, bound| value <= bound),
            ("exclusiveMaximum", "less than", |value, bound| value < bound),
        ];
        let Content::Scalar { text, .. } = &node.content else { return };
        let dimension = schema.get("format").and_then(Value::as_str).and_then(Dimension::of_format);
        let limit = |key| schema.get(key).and_then(Value::as_f64);
        if bounds.iter().all(|(key, _, holds)| limit(key).is_none_or(|limit| holds(value, limit))) {
            return;
        }
        let range: Vec<String> = bounds
            .iter()
            .filter_map(|(key, words, _)| limit(key).map(|limit| (words, limit)))
            .map(|(words, limit)| format!("{words} {}", dimension.map_or(limit.to_string(), |d| d.own(limit))))
            .collect();
        self.report(Problem::at(node, format!("{} must be {}, not {}", site.name, range.join(" and "), shown(text))));
    }
}

/// `A:B`; either may be left out, not both.
fn range(text: &str) -> Result<(), &'static str> {
    const SHAPE: &str = "must be a range `A:B`";
    let (from, until) = text.split_once(':').ok_or(SHAPE)?;
    let bound = |text: &str| match text.trim() {
        "" => Ok(None),
        digits if digits.starts_with('+') => Err(SHAPE),
        digits => digits.parse::<u64>().map(Some).map_err(|_| SHAPE),
    };
    match (bound(from)?, bound(until)?) {
        (None, None) => Err(SHAPE),
        (Some(from), Some(until)) if from >= until => Err("must be a range that holds something"),
        _ => Ok(()),
    }
}

/// What a shell would put something else in place of: `~` in front, `$HOME` and `${HOME}` anywhere.
fn of_shells(text: &str) -> Option<&str> {
    if text == "~" || text.starts_with("~/") {
        return Some("~");
    }
    let at = text.find('$')?;
    let rest = &text[at + 1..];
    let name = |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_').len();
    let end = match rest.strip_prefix('{') {
        Some(inner) => inner.find('}').map(|end| end + 2)?,
        None => name(rest),
    };
    (end > 0).then(|| &text[at..at + 1 + end])
}

/// Whether a folder or file really bears the puzzle in its name, as whole paths can tell.
fn is_there(text: &str, puzzle: &str) -> bool {
    let after = text.find(puzzle).map_or(text.len(), |at| at + puzzle.len());
    let end = text[after..].find('/').map_or(text.len(), |slash| after + slash);
    text.starts_with('/') && std::path::Path::new(&text[..end]).exists()
}

/// The same path without riddles, where this machine has the answer.
fn whole_path(text: &str) -> String {
    let home = std::env::var("HOME").ok().filter(|home| !home.is_empty());
    let rest = ["~", "${HOME}", "$HOME"].into_iter().find_map(|word| text.strip_prefix(word));
    let of_home = rest.filter(|rest| rest.is_empty() || rest.starts_with('/'));
    match home.zip(of_home) {
        Some((home, rest)) => format!("write the whole path: `{}{rest}`", home.trim_end_matches('/')),
        None => "write the whole path".into(),
    }
}

/// The number in `p002345` and `r0053`, as folders are called.
fn of_folder(text: &str) -> Option<&str> {
    let digits = text.strip_prefix(['p', 'r', 'P', 'R'])?;
    let number = digits.trim_start_matches('0');
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

/// `{level: 3}` for `3`, where a map takes just that; `{file: bad.npy}`, where text can only be the name of a file.
fn as_map(text: &str, node: &Node, schemas: &[&Value]) -> Option<String> {
    let mut maps = schemas.iter().filter_map(|schema| schema.get("properties")?.as_object());
    // of several maps it is not known which was meant
    let (Some(properties), None) = (maps.next(), maps.next()) else { return None };
    let key = match (properties.keys().collect::<Vec<_>>().as_slice(), node.resolve()) {
        ([only], _) => (*only).clone(),
        (_, Some(Scalar::Text(_))) if properties.contains_key("file") => "file".into(),
        _ => return None,
    };
    Some(format!("write `{{{key}: {}}}`", shown(text)))
}

/// What to write instead, where quotes, a point or an old YAML habit are all that is wrong.
pub(super) fn quoting_hint(node: &Node, schemas: &[&Value]) -> Option<String> {
    if matches!(node.content, Content::Mapping(_)) && expectation(schemas) == "a list" {
        return Some("begin each item of a list with `- `".into());
    }
    let Content::Scalar { text, plain } = &node.content else { return None };
    let takes = |kind| schemas.iter().any(|schema| kinds(schema).contains(&kind));
    let bare = Scalar::of(text, true);
    match bare {
        Scalar::Integer(_) if !plain && (takes(Kind::Integer) || takes(Kind::Number)) => {
            Some("leave out the quotes".into())
        }
        Scalar::Float(_) if !plain && takes(Kind::Number) => Some("leave out the quotes".into()),
        Scalar::Bool(_) if !plain && takes(Kind::Boolean) => Some("leave out the quotes".into()),
        Scalar::Float(number) if takes(Kind::Integer) && number.fract() == 0.0 && number.abs() < 1e15 => {
            Some(format!("write `{number}`"))
        }
        _ if takes(Kind::Boolean) => match text.to_lowercase().as_str() {
            "yes" | "on" => Some("write `true`".into()),
            "no" | "off" => Some("write `false`".into()),
            _ => None,
        },
        Scalar::Text(text) if takes(Kind::Integer) && of_folder(text).is_some() => {
            of_folder(text).map(|number| format!("write `{number}`"))
        }
        Scalar::Text(_) | Scalar::Integer(_) | Scalar::Float(_) if takes(Kind::Object) => as_map(text, node, schemas),
        Scalar::Text(_) if expectation(schemas) == "a list" => Some(format!("write `[{}]`", shown(text))),
        Scalar::Integer(_) | Scalar::Float(_) if expectation(schemas) == "a list" => {
            Some(format!("write `[{}]`", shown(text)))
        }
        _ => None,
    }
}
