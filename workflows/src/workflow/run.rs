//! Which run.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RunChoice {
    Folder(#[schemars(extend("format" = "path"))] PathBuf),
    Folders(#[schemars(length(min = 1))] Vec<PathBuf>),
    Number(RunNumber),
}

/// A run by its number, below the facility's data root.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunNumber {
    /// number of the proposal
    #[schemars(range(min = 1))]
    pub proposal: u32,
    /// number of the run
    #[schemars(range(min = 1))]
    pub run: u32,
    /// which folders of the run; has to be said
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<DataClass>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DataClass {
    Raw,
    Proc,
    /// slow data from raw where proc has none, images from proc
    All,
}
