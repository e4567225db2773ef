//! What is wrong with a run? A list of checks ([`CHECKS`]) that all run and report together.
//!
//! Every check of EXtra-data's validator is among them with the same verdict: what it reports is an error here. The
//! others find what it cannot see: a train in two files, modules that disagree, rows that belong to no train, lists of
//! other lengths, chunks that do not decode. Checks judge the plain values of file maps; the few that need data ask the
//! opener or read chunks by position.
//!
//! | question | file |
//! |---|---|
//! | what is there to find? | `registry.rs`, one line a check |
//! | what is a finding? | `finding.rs` |
//! | who calls the checks? | `run.rs`; `quick.rs` those that need only a map |
//! | how are ids and chunks read? | `ids.rs`, `stored.rs` |
//! | one family of checks each | `trains.rs`, `lists.rs`, `index.rs`, `control.rs`, `groups.rs`, `row_trains.rs`, `run_values.rs`, `metadata.rs`, `files.rs`, `modules.rs`, `chunks.rs` |

mod chunks;
mod control;
mod files;
mod finding;
mod groups;
mod ids;
mod index;
mod lists;
mod metadata;
mod modules;
mod options;
mod quick;
mod registry;
mod row_trains;
mod run;
mod run_values;
#[cfg(test)]
mod sample;
mod stored;
mod time_order;
mod trains;

pub use finding::{Finding, Severity};
pub use options::Options;
pub use quick::errors_of_map;
pub use registry::{Check, CHECKS};
pub use run::{validate_mapped, validate_run, Mapped};
pub use time_order::TimeOrder;
