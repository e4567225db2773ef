//! A work unit of slow data.

use crate::map::Metadata;
use crate::write::TrainRow;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What to copy from one file to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyRequest {
    pub input: PathBuf,
    /// must not exist
    pub output: PathBuf,
    /// names of sources, of whatever section; old names of a source count for themselves
    pub sources: Vec<String>,
    /// trains of the output in order; one that the input lacks gets count 0
    pub trains: Vec<TrainRow>,
    pub metadata: Metadata,
    pub daq_library: String,
}
