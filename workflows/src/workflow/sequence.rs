//! How the run is cut.

use super::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sequence {
    /// selected trains in a sequence
    Trains(#[schemars(range(min = 1))] u32),
    /// stored detector bytes of the input in a sequence
    Bytes(Bytes),
}
