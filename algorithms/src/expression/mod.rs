//! The expressions of `keep:`, which choose frames by columns: `lit && peaks.count >= 15 && !(cell in 0..4)`.
//!
//! ```text
//! or         = and { "||" and }
//! and        = unary { "&&" unary }
//! unary      = "!" unary | "(" or ")" | column | comparison
//! comparison = column ("==" | "!=" | "<" | "<=" | ">" | ">=") literal, or the literal first
//!            | column "in" literal (".." | "..=") literal        a..b without b, a..=b with it
//! literal    = number | quantity in quotes: "500 uJ"
//! column     = words joined by dots: lit, peaks.count
//! ```
//!
//! `!` before a comparison needs parentheses. A bare column is a yes-or-no column; a bare number is in the column's unit; a
//! quantity is converted to it (prefixes of J, eV, m and s, see `unit`).
//!
//! **No data.** A column may have no value for a frame (absent, or NaN). Truth is then three-valued (Kleene): a comparison or a
//! bare column without a value is unknown, `!unknown` is unknown, `false && unknown` is false, `true || unknown` is true, and else
//! unknown wins. True keeps the frame. False drops it: no value that is missing could have kept it. Unknown drops it too,
//! and the fate says `no-data`: [`Verdict::NoData`]. A frame is never kept because of a value that is missing.
//!
//! Numbers are f64 and compared exactly; a column that is stored as f32 is widened first. Text is limited to
//! [`MAX_LENGTH`] characters and nesting to [`MAX_DEPTH`], so that no input exhausts the stack.

mod bind;
mod error;
mod evaluate;
mod parse;
mod token;
mod tree;
mod unit;

pub use bind::{Column, ColumnKind};
pub use error::ExpressionError;
pub use evaluate::{Compiled, Verdict};

use tree::Node;

/// Longest expression, in characters.
pub const MAX_LENGTH: usize = 10_000;
/// Deepest nesting of parentheses and `!`.
pub const MAX_DEPTH: usize = 64;

/// A parsed expression. Two are equal if they read the same in canonical form.
#[derive(Clone, Debug)]
pub struct Expression {
    root: Node,
}

impl Expression {
    /// Parses the text.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        parse::parse(text).map(|root| Self { root })
    }

    /// Every mention of a column, in order, with its offset in characters.
    pub fn columns(&self) -> Vec<(&str, usize)> {
        let mut names = Vec::new();
        self.root.visit_columns(&mut |name| names.push((name.text.as_str(), name.column)));
        names
    }

    /// All that is wrong with the expression for these columns: unknown names, wrong kinds, wrong units, empty ranges.
    pub fn check(&self, columns: &[Column]) -> Vec<ExpressionError> {
        self.compile(columns).err().unwrap_or_default()
    }

    /// Resolves names and units, for the evaluation of many rows.
    ///
    /// # Errors
    /// All mistakes that [`Expression::check`] finds.
    pub fn compile(&self, columns: &[Column]) -> Result<Compiled, Vec<ExpressionError>> {
        bind::bind(&self.root, columns)
    }

    /// Evaluates one row by name; for many rows, compile once.
    ///
    /// # Errors
    /// As [`Expression::compile`].
    pub fn evaluate(
        &self,
        columns: &[Column],
        row: &dyn Fn(&str) -> Option<f64>,
    ) -> Result<Verdict, Vec<ExpressionError>> {
        Ok(self.compile(columns)?.evaluate_by_name(row))
    }
}

impl std::fmt::Display for Expression {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.root.fmt(formatter)
    }
}

impl std::str::FromStr for Expression {
    type Err = ExpressionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

#[cfg(test)]
mod tests;
