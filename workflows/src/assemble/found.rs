//! What the rank that opened the run found beside the answers of its openers: the others do not look for it again.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use trainyard_engine::plan::Job;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// of the run, which a proposal number leads to
    pub folders: Vec<PathBuf>,
}

impl Found {
    pub fn of(job: &Job) -> Self {
        Found { folders: job.run.folders.clone() }
    }
}
