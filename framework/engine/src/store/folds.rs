//! Partials of one pass over one sequence, by step, beside its part: read one sequence at a time when the run is folded.

use super::part::read_checked;
use crate::publish::LedgerFile;
use serde::{Deserialize, Serialize};
use std::path::Path;
use trainyard_format::{Error, Place, Result};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Folds {
    /// (step, stored partial)
    pub partials: Vec<(usize, Vec<u8>)>,
}

impl Folds {
    /// # Errors
    /// A bug: they always serialise.
    pub fn store(&self) -> Result<Vec<u8>> {
        postcard::to_stdvec(self).map_err(|e| Error::bug(format!("failed to store partials: {e}"), Place::default()))
    }

    /// Those that were stored in `folder` under this record. None: they are gone, or not as they were.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn load(folder: &Path, record: &LedgerFile) -> Result<Option<Self>> {
        Ok(read_checked(folder, record)?.and_then(|bytes| postcard::from_bytes(&bytes).ok()))
    }
}
