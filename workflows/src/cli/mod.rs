//! The command line: one file per verb, and what they share.
//!
//! | question | file |
//! |---|---|
//! | which verbs are there, and what happens before and after one? | `command.rs` |
//! | what does a verb do? | the file of its name |
//! | which value of an option is wrong? | `argument.rs` |
//! | which exit code, which words when it fails? | `exit.rs`, `failure.rs`, `panic.rs` |
//! | which steps does an editor, a page, a newcomer's workflow show? | `schema/`, `step_page.rs`, `init/` |
//! | how is text printed? | `output.rs` |
//! | who looks into HDF5 files? | `openers.rs` |
//! | how do all ranks come to one plan? | `truth.rs` |
//! | which build is this, how much memory is there? | `build_id.rs`, `program.rs`, `memory.rs` |
//! | what do log lines look like? | `log.rs`, `local_time.rs` |
//! | what ends a run early? | `stop.rs` |

pub mod algorithms;
mod argument;
mod bench;
mod build_id;
mod cancel;
mod check;
mod check_options;
mod command;
mod completions;
mod conclude;
mod demo;
mod doctor;
mod exit;
mod explain;
mod failure;
mod init;
mod inspect;
mod local_time;
mod log;
mod man;
mod memory;
mod openers;
pub mod output;
mod panic;
mod plan;
mod plan_options;
mod preview;
pub mod program;
mod report;
mod run;
mod run_options;
mod schema;
mod session;
mod simulate;
mod soft_limit;
mod status;
mod step_page;
mod stop;
mod submit;
mod truth;
mod validate;
mod verdict;
mod version;
mod workflow_options;

pub use check_options::CheckOptions;
pub use command::main;
pub use exit::Exit;
pub use failure::Failure;
pub use openers::openers;
pub use plan_options::PlanOptions;
pub use run_options::RunOptions;
pub use workflow_options::WorkflowOptions;
