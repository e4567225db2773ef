//! A workflow that cannot be used, and why.

use super::Checked;
use crate::document::{Problem, Sources};
use std::fmt;

#[derive(Clone, Debug)]
pub enum Rejected {
    /// there is no text to speak of
    Unreadable { path: String, what: String },
    Wrong {
        sources: Box<Sources>,
        problems: Vec<Problem>,
        /// what is right in the file, to be held against the run: that may bring more problems
        rest: Option<Box<Checked>>,
    },
}

/// As the terminal shows it, line feed at the end.
impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejected::Unreadable { path, what } => writeln!(f, "error: {what}\n  --> {path}"),
            Rejected::Wrong { sources, problems, .. } => f.write_str(&sources.render(problems)),
        }
    }
}

impl std::error::Error for Rejected {}
