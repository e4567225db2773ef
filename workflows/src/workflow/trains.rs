//! Which trains.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TrainChoice {
    /// train ids
    Ids(TrainRange),
    By(TrainsBy),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrainsBy {
    /// positions in the run's list of trains, from 0
    Index(TrainRange),
    /// file of train ids, one a line
    File(#[schemars(extend("format" = "path"))] PathBuf),
}

/// `A:B`, half-open; either end may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String", extend("format" = "range"))]
pub struct TrainRange {
    pub from: Option<u64>,
    pub until: Option<u64>,
}

impl TryFrom<String> for TrainRange {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// As on the command line: `--trains A:B`.
impl std::str::FromStr for TrainRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bound = |text: &str| match text.trim() {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| format!("`{digits}` is not a train id or position")),
        };
        let (from, until) = text.split_once(':').ok_or_else(|| format!("`{text}` is not a range `A:B`"))?;
        match (bound(from)?, bound(until)?) {
            (None, None) => Err("a range needs at least one end".into()),
            (Some(from), Some(until)) if from >= until => Err(format!("the range `{text}` is empty")),
            (from, until) => Ok(TrainRange { from, until }),
        }
    }
}

impl From<TrainRange> for String {
    fn from(range: TrainRange) -> String {
        let text = |bound: Option<u64>| bound.map(|b| b.to_string()).unwrap_or_default();
        format!("{}:{}", text(range.from), text(range.until))
    }
}
