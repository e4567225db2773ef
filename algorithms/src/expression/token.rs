//! From characters to tokens.

use super::tree::Relation;
use super::{ExpressionError, MAX_LENGTH};

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Name(String),
    Number(f64),
    Quantity(f64, String),
    Relation(Relation),
    Not,
    And,
    Or,
    In,
    Open,
    Close,
    Until,
    Through,
    End,
}

impl std::fmt::Display for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => write!(f, "`{name}`"),
            Self::Number(number) => write!(f, "`{number:?}`"),
            Self::Quantity(number, unit) => write!(f, "`\"{number:?} {unit}\"`"),
            Self::Relation(relation) => write!(f, "`{relation}`"),
            Self::Not => f.write_str("`!`"),
            Self::And => f.write_str("`&&`"),
            Self::Or => f.write_str("`||`"),
            Self::In => f.write_str("`in`"),
            Self::Open => f.write_str("`(`"),
            Self::Close => f.write_str("`)`"),
            Self::Until => f.write_str("`..`"),
            Self::Through => f.write_str("`..=`"),
            Self::End => f.write_str("the end"),
        }
    }
}

/// Signs, the longer first.
const SIGNS: [(&str, Token); 15] = [
    ("..=", Token::Through),
    ("..", Token::Until),
    ("&&", Token::And),
    ("||", Token::Or),
    ("==", Token::Relation(Relation::Equal)),
    ("!=", Token::Relation(Relation::NotEqual)),
    ("<=", Token::Relation(Relation::AtMost)),
    (">=", Token::Relation(Relation::AtLeast)),
    ("<", Token::Relation(Relation::Less)),
    (">", Token::Relation(Relation::More)),
    ("!", Token::Not),
    ("(", Token::Open),
    (")", Token::Close),
    ("≤", Token::Relation(Relation::AtMost)),
    ("≥", Token::Relation(Relation::AtLeast)),
];

/// The tokens with their offsets in characters; the last is [`Token::End`].
pub fn tokens(text: &str) -> Result<Vec<(Token, usize)>, ExpressionError> {
    let chars: Vec<char> = text.chars().take(MAX_LENGTH + 1).collect();
    if chars.len() > MAX_LENGTH {
        return Err(ExpressionError::new(MAX_LENGTH, format!("the expression is longer than {MAX_LENGTH} characters")));
    }
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&first) = chars.get(at) {
        if first.is_whitespace() {
            at += 1;
            continue;
        }
        let rest = &chars[at..];
        let (token, length) = if first.is_ascii_digit() || is_signed_number(rest) {
            number(rest, at)?
        } else if first.is_alphabetic() || first == '_' {
            name(rest)
        } else if first == '"' || first == '\'' {
            quantity(rest, at)?
        } else {
            sign(rest, at)?
        };
        tokens.push((token, at));
        at += length;
    }
    tokens.push((Token::End, chars.len()));
    Ok(tokens)
}

fn is_signed_number(rest: &[char]) -> bool {
    matches!(rest, ['-' | '+', digit, ..] if digit.is_ascii_digit())
}

fn sign(rest: &[char], at: usize) -> Result<(Token, usize), ExpressionError> {
    for (text, token) in &SIGNS {
        let length = text.chars().count();
        if text.chars().eq(rest.iter().copied().take(length)) {
            return Ok((token.clone(), length));
        }
    }
    let error = ExpressionError::new(at, format!("unexpected character {:?}", rest[0]));
    Err(match rest[0] {
        '=' => error.hint("write `==` for equality"),
        '&' => error.hint("write `&&`"),
        '|' => error.hint("write `||`"),
        '.' => error.hint("a number begins with a digit: `0.5`"),
        '+' | '-' | '*' | '/' => error.hint("a column is compared with a number; there is no arithmetic"),
        _ => error,
    })
}

fn name(rest: &[char]) -> (Token, usize) {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let is_start = |c: char| c.is_alphabetic() || c == '_';
    let mut length = 0;
    while let Some(&c) = rest.get(length) {
        let dot = c == '.' && rest.get(length + 1).copied().is_some_and(is_start);
        if !is_part(c) && !dot {
            break;
        }
        length += 1;
    }
    let text: String = rest[..length].iter().collect();
    (if text == "in" { Token::In } else { Token::Name(text) }, length)
}

fn number(rest: &[char], at: usize) -> Result<(Token, usize), ExpressionError> {
    let length = number_length(rest);
    let text: String = rest[..length].iter().collect();
    let value = finite(&text, at)?;
    match rest.get(length) {
        Some(c) if c.is_alphanumeric() || *c == '_' => {
            let word: String = rest[length..].iter().take_while(|c| c.is_alphanumeric()).collect();
            Err(ExpressionError::new(at + length, format!("unexpected `{word}` after a number"))
                .hint(format!("write a quantity in quotes: `\"{text} {word}\"`")))
        }
        _ => Ok((Token::Number(value), length)),
    }
}

/// Characters of a number; a dot counts only before a digit, since `4..60` is a range.
fn number_length(rest: &[char]) -> usize {
    let digits = |from: usize| rest[from.min(rest.len())..].iter().take_while(|c| c.is_ascii_digit()).count();
    let mut length = usize::from(matches!(rest.first(), Some('-' | '+')));
    length += digits(length);
    if rest.get(length) == Some(&'.') && digits(length + 1) > 0 {
        length += 1 + digits(length + 1);
    }
    if let Some('e' | 'E') = rest.get(length) {
        let sign = usize::from(matches!(rest.get(length + 1), Some('-' | '+')));
        let exponent = digits(length + 1 + sign);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

fn finite(text: &str, at: usize) -> Result<f64, ExpressionError> {
    match text.parse::<f64>() {
        // Adding zero turns -0 into 0, which compares the same and prints plainly.
        Ok(value) if value.is_finite() => Ok(value + 0.0),
        _ => Err(ExpressionError::new(at, format!("`{text}` is not a finite number"))),
    }
}

fn quantity(rest: &[char], at: usize) -> Result<(Token, usize), ExpressionError> {
    let Some(inner) = rest[1..].iter().position(|&c| c == rest[0]) else {
        return Err(ExpressionError::new(at, "a quote is not closed"));
    };
    let content: String = rest[1..=inner].iter().collect();
    let trimmed: Vec<char> = content.trim().chars().collect();
    let length = number_length(&trimmed);
    let (number, unit) = trimmed.split_at(length);
    let (number, unit): (String, String) = (number.iter().collect(), unit.iter().collect());
    let unit = unit.trim();
    if number.is_empty() || number == "-" || number == "+" {
        return Err(ExpressionError::new(at, format!("`\"{content}\"` is not a quantity"))
            .hint("a quantity is a number and a unit: `\"500 uJ\"`"));
    }
    if unit.is_empty() {
        return Err(ExpressionError::new(at, format!("the quantity `\"{content}\"` has no unit"))
            .hint(format!("write `{number}`, or add a unit")));
    }
    if unit.contains(char::is_whitespace) || unit.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Err(ExpressionError::new(at, format!("`\"{content}\"` is not a quantity"))
            .hint("a quantity is a number and a unit: `\"500 uJ\"`"));
    }
    Ok((Token::Quantity(finite(&number, at)?, unit.to_string()), inner + 2))
}
