//! What can go wrong with a geometry, grouped by who must act.

use std::fmt;
use std::path::PathBuf;

/// A place in a text file; line and column count from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub path: PathBuf,
    pub line: usize,
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// Why a geometry cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GeometryError {
    /// The file cannot be read: the operating system's word, with the path.
    #[error("cannot read geometry file `{}`: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// The file says something wrong: to be mended in the file.
    #[error("{message} ({place})")]
    Syntax { place: Place, message: String, hint: Option<String> },
    /// File, overrides and detector do not fit together: to be mended in the workflow.
    #[error("{message}")]
    Configuration { message: String, hint: Option<String> },
}

impl GeometryError {
    pub(crate) fn configuration(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Configuration { message: message.into(), hint: Some(hint.into()) }
    }

    /// What would help.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Read { .. } => None,
            Self::Syntax { hint, .. } | Self::Configuration { hint, .. } => hint.as_deref(),
        }
    }
}
