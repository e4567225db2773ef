//! What `run`, `check`, `plan` and `submit` have in common.

use super::{output, Exit, Failure};
use crate::workflow::TrainRange;
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub struct WorkflowOptions {
    /// the workflow, a YAML file
    pub workflow: PathBuf,
    /// change a value of the workflow: `--set steps.integrate-azimuthally.bins=100`; steps also by position from 0
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
    /// train ids to reduce, A up to but not including B; replaces the workflow's own choice
    #[arg(long, value_name = "A:B")]
    pub trains: Option<TrainRange>,
    /// as JSON, what is wrong too
    #[arg(long)]
    pub json: bool,
}

impl WorkflowOptions {
    /// As it stands in the file.
    pub fn of(workflow: PathBuf) -> Self {
        WorkflowOptions { workflow, sets: Vec::new(), trains: None, json: false }
    }

    /// Every `--set`, and `--trains` as one more.
    pub fn settings(&self) -> Vec<String> {
        let trains = self.trains.map(|range| format!("trains=\"{}\"", String::from(range)));
        self.sets.iter().cloned().chain(trains).collect()
    }

    /// How a verb ended: with `--json`, why it failed stands on stdout too.
    ///
    /// # Errors
    /// Those of the verb.
    pub fn ended(&self, outcome: Result<Exit, Failure>) -> Result<Exit, Failure> {
        if let (true, Err(failure)) = (self.json, &outcome) {
            output::print_json(&failure.view())?;
        }
        outcome
    }
}
