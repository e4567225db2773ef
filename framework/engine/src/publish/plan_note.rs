//! `.trainyard/plan.json`: how much there is to do, so that a reader of the ledger can tell how far a run is.

use super::WorkFolder;
use serde::{Deserialize, Serialize};
use trainyard_format::{Error, Place, Result};

/// Longest file that is read; a note has some hundred bytes.
const LONGEST: u64 = 64 << 10;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanNote {
    pub identity: String,
    pub passes: usize,
    /// of each pass
    pub sequences: usize,
    /// files of slow data
    pub slow_units: usize,
    pub trains: usize,
    /// of the run that wrote this
    pub epoch: u64,
    /// when that run began, seconds since 1970
    pub started: u64,
}

impl PlanNote {
    pub fn write(&self, work: &WorkFolder) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|e| Error::bug(e.to_string(), Place::default()))?;
        trainyard_format::durable::write_durably(&work.plan(), format!("{text}\n").as_bytes())
    }

    /// None when no run has begun in the folder, or the note cannot be read.
    pub fn read(work: &WorkFolder) -> Option<Self> {
        serde_json::from_slice(&trainyard_format::durable::read_own(&work.plan(), LONGEST).ok()??).ok()
    }
}
