//! Typed access to Slurm through its own commands.
//!
//! Slurm's C library changes its ABI with every release and its REST daemon is seldom open to users, but
//! `sbatch`, `squeue`, `sacct`, `scontrol`, `scancel` and `sinfo` are on every login node. This crate runs them, with a
//! time limit each, and turns what they print into types: text of any release since 20.11, JSON where the release's JSON
//! can be trusted (23.02 and later).
//!
//! ```no_run
//! use slurm_cli_wrapper::{Batch, Poll, Slurm, Waited};
//! use std::time::Duration;
//!
//! # fn main() -> Result<(), slurm_cli_wrapper::Error> {
//! let slurm = Slurm::new();
//! let batch = Batch::new("srun ./reduce")
//!     .job_name("reduce run 53")
//!     .partition("main")
//!     .nodes(2)
//!     .time(Duration::from_secs(3600))
//!     .output("logs of run 53/%j.log");
//! let submitted = slurm.submit(&batch)?;
//!
//! match slurm.wait(&submitted.id, &Poll::default(), |report| println!("{}", report.job.state))? {
//!     Waited::Finished(report) => println!("{}: {}", report.job.state, report.job.advice()),
//!     Waited::Vanished(_) | Waited::TimeIsUp(_) => println!("ask again later"),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Where to look:
//!
//! | question | answer |
//! |---|---|
//! | how do I describe a job? | [`Batch`], [`Array`], [`Dependency`], [`SignalBefore`] |
//! | how do I submit, ask, wait, cancel? | [`Slurm`] |
//! | what became of my job, and what shall I do? | [`JobState`], [`Reason`], [`ExitCode`], [`Job::advice`] |
//! | what can the cluster offer? | [`NodeGroup`], [`expand_nodes`] |
//! | is it still the job I mean? | [`Identity`], [`Slurm::identified`] |
//! | who has to act on a failure? | [`Error`], [`Failure`] |
//! | I have the text already | [`parse`] |
//!
//! Nothing here panics on what a command prints: sizes are bounded, unknown states and reasons are kept as text.

#![warn(missing_docs)]
#![forbid(unsafe_code)]

mod batch;
mod client;
mod error;
mod exit_code;
mod failure;
mod fault;
mod identity;
mod job;
mod job_id;
mod memory;
mod node_group;
mod node_list;
pub mod parse;
mod reason;
mod state;
mod time_limit;
mod version;

pub use batch::{Array, Batch, Dependency, Inherit, MemoryRequest, Signal, SignalBefore};
pub use client::{Filter, Poll, Preference, Report, Slurm, Source, Submitted, Waited};
pub use error::Error;
pub use exit_code::{ExitCode, NotAnExitCode};
pub use failure::Failure;
pub use fault::Fault;
pub use identity::{Identity, Sought, Stranger};
pub use job::{Job, Step, UnixTime};
pub use job_id::JobId;
pub use memory::{Memory, Per};
pub use node_group::{NodeGroup, NodeState};
pub use node_list::{expand_nodes, MAX_NODES};
pub use reason::{Reason, Waiting};
pub use state::JobState;
pub use time_limit::TimeLimit;
pub use version::Version;

/// The crate's result type.
pub type Result<T> = std::result::Result<T, Error>;

/// The examples of the README, compiled with the other tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
