//! Names with `{parameters}`: `{det_name}/x/y`, `CORR-R0001-REDU00-S{seq:05}.h5`.
//!
//! A number can be padded with zeros: `{seq:05}`, or `{seq:05d}` as Python writes it.

use super::parameters::{Parameter, Parameters};

/// Digits of the largest number there is.
const WIDEST: usize = 20;

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Field { name: String, width: Option<usize> },
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Template(Vec<Piece>);

impl Template {
    /// Reads a template; else what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(brace) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(brace);
            pieces.push(Piece::Text(before.into()));
            let field = after.strip_prefix('{').and_then(|after| after.split_once('}'));
            let Some((field, after)) = field else { return Err(format!("a brace of `{text}` has no partner")) };
            pieces.push(parse_field(field)?);
            rest = after;
        }
        pieces.push(Piece::Text(rest.into()));
        Ok(Template(pieces))
    }

    /// Whether a field of that name occurs.
    pub fn has(&self, wanted: &str) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Field { name, .. } if name == wanted))
    }

    /// The text with every field filled in; else what is wrong with a parameter.
    pub fn fill(&self, parameters: &Parameters) -> Result<String, String> {
        let mut filled = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Field { name, width } => match (parameters.get(name)?, width) {
                    (Parameter::Text(text), None) => filled.push_str(text),
                    (Parameter::Number(number), None) => filled.push_str(&number.to_string()),
                    (Parameter::Number(number), Some(width)) => filled.push_str(&format!("{number:0width$}")),
                    (Parameter::Text(_), Some(_)) => {
                        return Err(format!("parameter `{name}` is no number to be padded"))
                    }
                    (Parameter::Shape(_), _) => return Err(format!("parameter `{name}` is a shape, not a text")),
                },
            }
        }
        Ok(filled)
    }
}

fn parse_field(field: &str) -> Result<Piece, String> {
    let (name, width) = match field.split_once(':') {
        Some((name, format)) => {
            let digits = format.strip_suffix('d').unwrap_or(format);
            let width = digits.strip_prefix('0').and_then(|digits| digits.parse().ok()).filter(|&n| n <= WIDEST);
            let width =
                width.ok_or_else(|| format!("`{{{field}}}` cannot be read: a width is as in `{{{name}:05}}`"))?;
            (name, Some(width))
        }
        None => (field, None),
    };
    if name.is_empty() || name.contains('{') {
        return Err(format!("`{{{field}}}` names no parameter"));
    }
    Ok(Piece::Field { name: name.into(), width })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> Result<String, String> {
        let parameters = Parameters::new().text("det", "SPB_DET").number("seq", 7).shape("frame", &[2, 3]);
        Template::parse(text)?.fill(&parameters)
    }

    #[test]
    fn fields_are_filled_and_numbers_padded() {
        assert_eq!(filled("{det}/x/y:output").as_deref(), Ok("SPB_DET/x/y:output"));
        assert_eq!(filled("S{seq:05}.h5").as_deref(), Ok("S00007.h5"));
        assert_eq!(filled("filename-{seq:02d}.h5").as_deref(), Ok("filename-07.h5"));
        assert_eq!(filled("{seq}{seq}").as_deref(), Ok("77"));
        assert_eq!(filled("").as_deref(), Ok(""));
    }

    #[test]
    fn what_cannot_be_filled_is_said() {
        for (text, part) in [
            ("{dat}", "did you mean `det`"),
            ("{det:03}", "no number"),
            ("{frame}", "is a shape"),
            ("{det", "no partner"),
            ("det}", "no partner"),
            ("}{", "no partner"),
            ("{}", "names no parameter"),
            ("{{det}}", "names no parameter"),
            ("{seq:5}", "a width is as in"),
            ("{seq:0x}", "a width is as in"),
            ("{seq:0999999999}", "a width is as in"),
        ] {
            let fault = filled(text).expect_err(text);
            assert!(fault.contains(part), "{text}: {fault}");
        }
    }
}
