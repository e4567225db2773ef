//! A mistake in an expression.

/// What is wrong, where, and what may help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default())]
pub struct ExpressionError {
    /// Offset in characters from the beginning of the expression.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What may help.
    pub hint: Option<String>,
    /// Name of a column that there is not.
    pub unknown: Option<String>,
}

impl ExpressionError {
    pub(super) fn new(column: usize, message: impl Into<String>) -> Self {
        Self { column, message: message.into(), hint: None, unknown: None }
    }

    /// A name that no column has.
    pub(super) fn unknown(column: usize, name: &str) -> Self {
        Self { unknown: Some(name.into()), ..Self::new(column, format!("no column named `{name}`")) }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
