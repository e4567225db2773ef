//! The command line of `plan`.

use super::WorkflowOptions;
use std::num::NonZeroU32;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard plan azint.yaml --nodes 4")]
pub struct PlanOptions {
    #[command(flatten)]
    pub workflow: WorkflowOptions,
    /// predict the time for this many nodes
    #[arg(long, value_name = "N", value_parser = super::argument::nodes)]
    pub nodes: Option<NonZeroU32>,
}
