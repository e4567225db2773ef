//! A workflow that cannot be used, and why.

use super::Checked;
use crate::document::{plain_error, Problem, Sources};
use std::fmt;
use trainyard_format::Error;

#[derive(Clone, Debug)]
pub enum Rejected {
    /// there is no text to speak of
    Unreadable(Error),
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
            Rejected::Unreadable(error) => {
                f.write_str(&plain_error(&error.to_string(), Some(&error.place().to_string()), error.hint()))
            }
            Rejected::Wrong { sources, problems, .. } => f.write_str(&sources.render(problems)),
        }
    }
}

impl std::error::Error for Rejected {}
