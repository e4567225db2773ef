//! A rehearsal of steps without a run on disk, for their unit tests: of ours and of others.
//!
//! ```no_run
//! # use trainyard_engine::algorithm::{testing::Stage, Step};
//! # fn step() -> Step { unimplemented!() }
//! let stage = Stage::agipd(2);
//! // everything that the engine relies on
//! stage.conforms(&step()).unwrap();
//! // what it makes of some frames
//! let frames = stage.frames(&[11, 12], 5);
//! let made = stage.perform(&step(), &frames).unwrap();
//! assert_eq!(made.columns.len(), 10);
//! ```
//!
//! | [`Stage::conforms`] holds against the step | because |
//! |---|---|
//! | some frames at once equal one after the other, for 1 to 8 at once | how many come together depends on memory |
//! | used scratch equals fresh scratch | a worker keeps it from frame to frame |
//! | a partial stored and loaded is the same partial | a run may be resumed |
//! | other trees of merges give the same values, to rounding | the tree is fixed by the run, not by the step |
//! | nothing, one train, empty trains, absent modules, frames of NaN alone | they occur |
//! | modules that it does not need do not change anything | others may or may not be read |

mod changed;
mod conforms;
mod perform;
mod stage;

pub use changed::Changed;
pub use perform::{Made, Shape};
pub use stage::{Stage, StagedFrame};
