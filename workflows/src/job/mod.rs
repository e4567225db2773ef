//! A run as a Slurm job: what is submitted, what it leaves behind, what that means.
//!
//! | question | file |
//! |---|---|
//! | what lies where in `OUTPUT/job/`? | `folder.rs` |
//! | what was submitted? | `submitted.rs` |
//! | how many nodes, how much memory, how long? | `node_shape.rs`, `size.rs` |
//! | which workflow does the job run? | `copy.rs` |
//! | what does the job do? | `script.rs` |
//! | which start of which job is this, and when will it be ended? | `start.rs`, `watch.rs` |
//! | how far is a rank, how did it end? | `note.rs` |
//! | what follows when all ranks have ended, what shall the user do? | `attempt.rs`, `verdict.rs`, `back_to_queue.rs`, `hint.rs` |
//! | how far is the job? | `progress.rs`, `status.rs` |

pub mod attempt;
pub mod back_to_queue;
pub mod copy;
pub mod folder;
pub mod hint;
pub mod node_shape;
pub mod note;
pub mod progress;
pub mod script;
pub mod size;
pub mod start;
pub mod status;
pub mod submitted;
pub mod verdict;
pub mod watch;

use crate::cli::{Exit, Failure};
use slurm_cli_wrapper::{Error, Failure as Refusal};

/// What Slurm said no to, as the user is told: a wish that cannot be met is a matter of the workflow, the rest of the cluster.
pub fn slurm_failure(action: &str, error: &Error) -> Failure {
    let wish = matches!(
        error.failure(),
        Some(
            Refusal::Partition
                | Refusal::Account
                | Refusal::Reservation
                | Refusal::Unsatisfiable
                | Refusal::Limit
                | Refusal::NotPermitted
        )
    );
    let exit = if wish || matches!(error, Error::Request(_)) { Exit::Workflow } else { Exit::Resource };
    Failure::new(exit, &format!("failed to {action}: {error}"), error.hint())
}

/// Seconds since 1970.
pub fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |t| t.as_secs())
}
