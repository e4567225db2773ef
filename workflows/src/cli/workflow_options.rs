//! What `run`, `check`, `plan` and `submit` have in common.

use super::Failure;
use crate::workflow::{Checked, Workflow};
use std::path::PathBuf;
use trainyard_engine::algorithm::Registry;

#[derive(Clone, Debug, clap::Args)]
pub struct WorkflowOptions {
    /// the workflow, a YAML file
    pub workflow: PathBuf,
    /// change a value of the workflow: `--set steps.integrate-azimuthally.bins=100`; steps also by position from 0
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub sets: Vec<String>,
}

impl WorkflowOptions {
    /// Reads the workflow and checks what can be checked without the run.
    ///
    /// # Errors
    /// All problems of the file, exit code 3.
    pub fn load(&self, registry: &Registry) -> Result<Checked, Failure> {
        Ok(Workflow::load(&self.workflow, &self.sets, registry)?)
    }
}
