//! What will be done: a value made of the run and the workflow alone.
//!
//! Threads, memory, ranks and paths are not in it, so two machines make the same plan, and its identity is what a
//! resumed run checks.

mod build;
mod doubts;
mod dropped;
mod earlier;
mod fate;
mod identity;
mod job;
mod oddities;
mod order;
mod pass;
#[cfg(test)]
mod pass_tests;
mod program;
mod quality;
mod schemas;
mod second_look;
mod sequence;
mod state;
mod writer;

pub use build::{build, PlanProblem, Request};
pub use dropped::DroppedModule;
pub use earlier::earlier;
pub use fate::{FateCodes, COLUMNS, FATE, MODULES, MOST_WRITERS};
pub use identity::{index_checksum, Identity};
pub use job::{BadInput, ImageOptions, Job, PlannedStep};
pub use oddities::oddities;
pub use pass::Pass;
pub use program::Program;
pub use quality::{Metric, Quality};
pub use second_look::SecondLook;
pub use sequence::{cut, SequenceSize};
pub use writer::{Writer, RESERVED_FOLDERS};
