//! How children are started and what they may use.

use crate::error::{Error, Place, Result};
use std::path::PathBuf;
use std::time::Duration;

/// The program that calls [`serve`](super::serve). The pool adds `--memory BYTES` and, for reading, `--plugins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenerCommand {
    pub program: PathBuf,
    pub args: Vec<String>,
}

impl OpenerCommand {
    /// This executable, started as `PROGRAM opener`.
    pub fn own() -> Result<Self> {
        let program = std::env::current_exe().map_err(|error| {
            Error::resource(format!("failed to find our own executable: {error}"), Place::default())
        })?;
        Ok(OpenerCommand { program, args: vec!["opener".into()] })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// for one request
    pub time: Duration,
    /// address space of one child, bytes; a reply may take a quarter of it
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { time: Duration::from_secs(120), memory: 4 << 30 }
    }
}

impl Limits {
    /// Largest payload of a reply: the child holds the values, their serialised form and libhdf5's buffers at once.
    pub fn reply(&self) -> u64 {
        self.memory / 4
    }
}
