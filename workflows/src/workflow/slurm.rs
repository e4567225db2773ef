//! What to ask of Slurm. Names are those of `sbatch`.

use super::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Slurm {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// number of nodes
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub nodes: Option<u32>,
    /// ranks on each node
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub tasks_per_node: Option<u32>,
    /// threads of each rank
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub cpus_per_task: Option<u32>,
    /// memory of a node, "180GiB"; `none` asks for no amount
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<SlurmMemory>,
    /// longest run time as `sbatch --time` takes it: `90` (minutes), `4:00:00`, `1-12` (days and hours)
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "time-limit"))]
    pub time: Option<String>,
    /// command that starts the ranks
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launcher: Option<String>,
    /// shell lines before the program starts, such as `module load openmpi`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub prologue: Vec<String>,
    /// environment variables of the job
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub environment: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum SlurmMemory {
    Word(MemoryWord),
    Amount(Bytes),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MemoryWord {
    None,
}

impl Slurm {
    /// The time limit, when one is named that Slurm understands.
    pub fn time_limit(&self) -> Option<std::time::Duration> {
        match slurm_cli_wrapper::TimeLimit::parse(self.time.as_deref()?)? {
            slurm_cli_wrapper::TimeLimit::After(limit) => Some(limit),
            slurm_cli_wrapper::TimeLimit::Unlimited => None,
        }
    }
}
