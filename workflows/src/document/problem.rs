//! Something wrong in a workflow, and the words for it.

use super::{Node, Span};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    /// lowercase fragment
    pub what: String,
    pub hint: Option<String>,
}

impl Problem {
    pub fn new(span: Span, what: impl Into<String>) -> Self {
        Problem { span, what: what.into(), hint: None }
    }

    pub fn at(node: &Node, what: impl Into<String>) -> Self {
        Self::new(node.span, what)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Control characters escaped, and nothing left out: places are copied from messages.
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// User text fit for a message: at most 60 characters, control characters escaped.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            shown.push_str("...");
            break;
        }
        if c.is_control() {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}
