//! The command line: one file per verb, and what they share.
//!
//! | question | file |
//! |---|---|
//! | which verbs are there, and what happens before and after one? | `command.rs` |
//! | what does a verb do? | the file of its name |
//! | which exit code, which words when it fails? | `exit.rs`, `failure.rs`, `panic.rs` |
//! | how is text printed? | `output.rs` |
//! | who looks into HDF5 files? | `openers.rs` |
//! | how do all ranks come to one plan? | `truth.rs` |
//! | which build is this, how much memory is there? | `build_id.rs`, `program.rs`, `memory.rs` |
//! | what do log lines look like? | `log.rs` |

pub mod algorithms;
mod bench;
mod build_id;
mod cancel;
mod check;
mod check_options;
mod command;
mod conclude;
mod demo;
mod exit;
mod failure;
mod inspect;
mod log;
mod memory;
mod openers;
pub mod output;
mod panic;
mod plan;
mod plan_options;
pub mod program;
mod run;
mod run_options;
mod session;
mod simulate;
mod status;
mod submit;
mod truth;
mod validate;
mod workflow_options;

pub use check_options::CheckOptions;
pub use command::main;
pub use exit::Exit;
pub use failure::Failure;
pub use openers::openers;
pub use plan_options::PlanOptions;
pub use run_options::RunOptions;
pub use workflow_options::WorkflowOptions;
