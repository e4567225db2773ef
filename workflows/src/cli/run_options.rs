//! The command line of `run`.

use super::WorkflowOptions;
use crate::workflow::Bytes;
use std::num::NonZeroUsize;

#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Example:
  trainyard run azint.yaml --set output=/scratch/r0053 --memory 8GiB
  trainyard run azint.yaml --preview 8
  mpirun -n 8 trainyard run azint.yaml

An unfinished run of the same plan is resumed; a finished one is left as it is.")]
pub struct RunOptions {
    #[command(flatten)]
    pub workflow: WorkflowOptions,
    /// worker threads of each rank; all cores this rank may use when left out
    #[arg(long, value_name = "N", value_parser = super::argument::threads)]
    pub threads: Option<NonZeroUsize>,
    /// memory to use on this node, divided by the ranks on it: `8GiB`
    #[arg(long, value_name = "AMOUNT", value_parser = super::argument::memory)]
    pub memory: Option<Bytes>,
    /// replace what the output folder holds
    #[arg(long)]
    pub overwrite: bool,
    /// write no `report.html` and `report.json`
    #[arg(long)]
    pub no_report: bool,
    /// do it for N trains spread over the run, publish nothing, and write a report into `OUTPUT.preview`
    #[arg(long, value_name = "N")]
    pub preview: Option<NonZeroUsize>,
    /// the build that a job was planned by; a job's script sets it
    #[arg(long, value_name = "BUILD", hide = true)]
    pub build: Option<String>,
    /// folder for notes of progress, one file per rank; a job's script sets it
    #[arg(long, value_name = "DIR", hide = true)]
    pub notes: Option<std::path::PathBuf>,
    /// when the job ends, in seconds since 1970, as far as its script knows
    #[arg(long, value_name = "TIME", hide = true, default_value = "", allow_hyphen_values = true)]
    pub job_end: String,
    /// seconds before that at which to stop
    #[arg(long, value_name = "SECONDS", hide = true, default_value_t = 0)]
    pub lead: u64,
}
