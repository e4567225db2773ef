//! The order of everything: claim, passes with barriers, run-level results, publication.

mod absorb;
mod bytes_in;
mod estimate;
mod explain;
mod extent;
mod filters;
mod first_look;
mod gates;
mod look;
mod lost;
mod maps;
mod memory;
mod meter;
mod options;
mod pace;
mod pipeline;
mod publish;
mod reader;
mod recheck;
mod room;
mod round;
mod run;
mod standing;
mod start;
mod tables;
mod watchers;
mod writer;

pub use estimate::{estimate, Estimate, PassEstimate};
pub use extent::frames_by_index;
pub use filters::have_filters;
pub use look::{Looker, Seen};
pub use memory::minimum_memory;
pub use meter::{Meter, Snapshot};
pub use options::Options;
pub use room::refuse_without_room;
pub use run::{run, Outcome};
