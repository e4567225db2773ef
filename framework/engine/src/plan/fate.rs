//! Fate codes: why a frame is not in the reduced run.

use serde::{Deserialize, Serialize};

/// What the sources of fates and columns are called behind the prefix of all results.
pub const FATE: &str = "FATE";
pub const COLUMNS: &str = "COLUMNS";

/// `codes[0]` is always `kept`; each `keep` step adds two, for "no" and for "no data".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FateCodes {
    pub codes: Vec<String>,
}

impl FateCodes {
    pub const KEPT: u8 = 0;
    pub const INCOMPLETE: u8 = 1;
    pub const UNREADABLE: u8 = 2;

    pub fn new() -> Self {
        FateCodes { codes: vec!["kept".into(), "incomplete".into(), "unreadable".into()] }
    }

    /// Adds the codes of the `keep` that is step `number` of the workflow, and returns the first: dropped; the next one is:
    /// no data.
    pub fn add_keep(&mut self, number: usize, condition: &str) -> Option<u8> {
        let code = u8::try_from(self.codes.len()).ok().filter(|&c| c < u8::MAX)?;
        self.codes.push(format!("step {number}, keep {condition}: no"));
        self.codes.push(format!("step {number}, keep {condition}: no-data"));
        Some(code)
    }
}

impl Default for FateCodes {
    fn default() -> Self {
        FateCodes::new()
    }
}
