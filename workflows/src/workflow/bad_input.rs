//! What to do about damaged input.

use super::Percent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnBadInput {
    /// the first damage ends the run
    #[default]
    Stop,
    /// go on while at most this share of the selected frames is lost
    SkipUpTo(Percent),
}
