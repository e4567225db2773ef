//! The `trainyard` program as a library: workflows, the command line, progress.
//!
//! An algorithm of your own, with the whole program around it, is a crate with this `main`:
//!
//! ```text
//! fn main() -> std::process::ExitCode {
//!     let algorithms = trainyard::algorithms().of_program(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
//!     trainyard::main(algorithms.with(trainyard::register::<Mine>()))
//! }
//! ```
//!
//! | folder | answers |
//! |---|---|
//! | `document` | what stands in a YAML file, where, and does it fit its schema? |
//! | `workflow` | what may a workflow say? |
//! | `assemble` | what does it mean for this run? |
//! | `job` | what is a run under Slurm? |
//! | `cli` | what can the program do? |

pub mod assemble;
pub mod cli;
pub mod document;
pub mod job;
pub mod progress;
pub mod terminal;
mod timeline;
pub mod workflow;

pub use cli::main;
pub use trainyard_algorithms::algorithms;
pub use trainyard_engine::algorithm::{register, Algorithm, Registration, Registry};
