//! Errors of reading and writing runs, grouped by who must act.

use std::fmt;
use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where in a run something is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    pub file: Option<PathBuf>,
    /// source, or `source/key`
    pub source: Option<String>,
    pub train: Option<u64>,
}

impl Place {
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Place { file: Some(path.into()), ..Place::default() }
    }

    /// The file by its name alone, as texts that must not depend on the machine have it.
    pub fn without_folder(mut self) -> Self {
        self.file = self.file.and_then(|file| file.file_name().map(Into::into));
        self
    }

    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub fn train(mut self, train: u64) -> Self {
        self.train = Some(train);
        self
    }
}

/// `path: source/key, train N`
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(file) = &self.file {
            write!(f, "{}", file.display())?;
            separator = ": ";
        }
        if let Some(source) = &self.source {
            write!(f, "{separator}{source}")?;
            separator = ", ";
        }
        if let Some(train) = self.train {
            write!(f, "{separator}train {train}")?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum Error {
    /// The input is damaged or is not what it says. Lasting: reading again gives the same.
    #[error("{what}")]
    Input { what: String, place: Place, hint: Option<String> },
    /// Something asked for does not fit the run (a source or key that is not there, a module number).
    #[error("{what}")]
    Request { what: String, place: Place, hint: Option<String> },
    /// The machine failed: I/O error, time-out, disk full, memory. May pass when tried again.
    #[error("{what}")]
    Resource {
        what: String,
        place: Place,
        hint: Option<String>,
        /// storage failed as it fails for a moment: worth another try soon
        passing: bool,
    },
    /// A quality gate refused: the result is not good enough to be published.
    #[error("{what}")]
    Gate { what: String, place: Place, hint: Option<String> },
    /// We broke our own rules.
    #[error("{what}")]
    Bug { what: String, place: Place, hint: Option<String> },
}

macro_rules! constructor {
    ($name:ident, $variant:ident) => {
        pub fn $name(what: impl Into<String>, place: Place) -> Self {
            Error::$variant { what: what.into(), place, hint: None }
        }
    };
}

impl Error {
    constructor!(input, Input);
    constructor!(request, Request);
    constructor!(gate, Gate);
    constructor!(bug, Bug);

    pub fn resource(what: impl Into<String>, place: Place) -> Self {
        Error::Resource { what: what.into(), place, hint: None, passing: false }
    }

    pub fn io(action: &str, path: &Path, error: &std::io::Error) -> Self {
        let hint = match error.raw_os_error() {
            Some(libc::EFBIG) => Some("raise the limit of file sizes (`ulimit -f`), then run again".into()),
            Some(libc::ENOSPC) | Some(libc::EDQUOT) => {
                Some("free some space, then run again: finished sequences are kept".into())
            }
            Some(libc::EACCES) | Some(libc::EPERM) | Some(libc::EROFS) => {
                Some("check the permissions of the folder".into())
            }
            _ => None,
        };
        let passing = crate::bounded::may_pass(error);
        Error::Resource { what: format!("failed to {action}: {error}"), place: Place::file(path), hint, passing }
    }

    /// The system grants no more threads: a limit of processes or memory.
    pub fn threads(what: &str, error: &std::io::Error) -> Self {
        Error::resource(format!("failed to start a thread to {what}: {error}"), Place::default()).with_hint(
            "use fewer threads with --threads, or raise the limits of processes and memory (`ulimit -u`, `ulimit -v`)",
        )
    }

    pub fn with_hint(mut self, text: impl Into<String>) -> Self {
        match &mut self {
            Error::Input { hint, .. }
            | Error::Request { hint, .. }
            | Error::Resource { hint, .. }
            | Error::Gate { hint, .. }
            | Error::Bug { hint, .. } => *hint = Some(text.into()),
        }
        self
    }

    /// Whether storage failed as it fails for a moment.
    pub fn may_pass(&self) -> bool {
        matches!(self, Error::Resource { passing: true, .. })
    }

    /// The same error in other words, at another place.
    pub fn retold(mut self, words: impl FnOnce(&str) -> String, to: Place) -> Self {
        match &mut self {
            Error::Input { what, .. }
            | Error::Request { what, .. }
            | Error::Resource { what, .. }
            | Error::Gate { what, .. }
            | Error::Bug { what, .. } => *what = words(what),
        }
        self.at(to)
    }

    /// The same error, seen at another place.
    pub fn at(mut self, to: Place) -> Self {
        match &mut self {
            Error::Input { place, .. }
            | Error::Request { place, .. }
            | Error::Resource { place, .. }
            | Error::Gate { place, .. }
            | Error::Bug { place, .. } => *place = to,
        }
        self
    }

    pub fn place(&self) -> &Place {
        match self {
            Error::Input { place, .. }
            | Error::Request { place, .. }
            | Error::Resource { place, .. }
            | Error::Gate { place, .. }
            | Error::Bug { place, .. } => place,
        }
    }

    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Input { hint, .. }
            | Error::Request { hint, .. }
            | Error::Resource { hint, .. }
            | Error::Gate { hint, .. }
            | Error::Bug { hint, .. } => hint.as_deref(),
        }
    }
}
