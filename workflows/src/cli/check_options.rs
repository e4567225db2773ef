//! The command line of `check`.

use super::WorkflowOptions;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard check azint.yaml

Exit code 0 when nothing is wrong, 3 for the workflow, 4 for the run.")]
pub struct CheckOptions {
    #[command(flatten)]
    pub workflow: WorkflowOptions,
}
