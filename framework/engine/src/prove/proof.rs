//! The outcome.

use super::gaps::NotCompared;
use serde::Serialize;
use trainyard_format::validate::{Finding, Severity};

/// What was compared; each number is what stands proved when nothing was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    pub trains: u64,
    /// frames of the input in these trains, each with a fate
    pub frames: u64,
    pub kept: u64,
    /// frames that stand in a run folder inside the output only
    #[serde(skip_serializing_if = "is_none")]
    pub kept_inside: u64,
    /// rows of large datasets (pixels, gain, mask) of one module and frame: equal as stored
    pub rows_equal_as_stored: u64,
    /// equal after decoding
    pub rows_equal_decoded: u64,
    /// within the bound that the dataset states
    pub rows_within_bound: u64,
    /// rows of pixels that a step changed, and that are what the workflow's steps make of the input again
    pub rows_made_again: u64,
    /// rows of pixels that a step changed, and that were not made again
    pub rows_not_compared: u64,
    /// sources beside the detector
    pub sources: u64,
}

fn is_none(count: &u64) -> bool {
    *count == 0
}

#[derive(Clone, Debug)]
pub struct Proof {
    pub findings: Vec<Finding>,
    pub counts: Counts,
    /// a line a kind
    pub not_compared: Vec<NotCompared>,
}

impl Proof {
    pub fn holds(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Error)
    }
}
