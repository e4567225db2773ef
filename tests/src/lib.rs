//! Test kit of the end-to-end tests: the program as a user starts it, runs with known truth, and the field's own tools.
//!
//! | question | file |
//! |---|---|
//! | where is the program, how did it end? | `program.rs`, `finished.rs`, `child.rs` |
//! | which run is reduced? | `runs.rs`; one that is changed: `own_run.rs` |
//! | by which workflow, into which folder? | `reduction.rs` |
//! | what was published? | `published.rs` |
//! | what do EXtra-data, pyFAI, h5py say? | `python.rs` |
//! | what does h5py read from a damaged file? | `h5py.rs` |
//! | how is storage made to block, or to refuse? | `blocked.rs`, `refusing.rs` |
//! | is there room for what tests write? | `room.rs` |
//! | what is true of any bytes? | `fuzz/` |
//! | what is random? | `random.rs` |
//! | how are bytes damaged? | `mutation.rs`, `harm.rs` |
//! | how does storage lie? | `lying.rs` |
//! | what can happen to a run all at once? | `storm/`; to whom: `family.rs` |
//! | how far do the tests go? | `extent.rs` |
//!
//! Environment: `TRAINYARD_BIN` (the program; else the one beside the tests), `TRAINYARD_PYTHON` (an interpreter with the
//! packages of `requirements.txt`), `TRAINYARD_REAL_DATA` (a folder of real frames), `TRAINYARD_TESTS` (`full`: larger). Tests that need one that is not set
//! say `skipped` and return.

mod blocked;
mod child;
mod extent;
mod family;
mod finished;
pub mod fuzz;
mod h5py;
mod harm;
mod lying;
mod mutation;
mod own_run;
mod program;
mod published;
mod python;
mod random;
mod reduction;
mod refusing;
mod room;
mod runs;
mod storm;

pub use blocked::Blocked;
pub use child::Child;
pub use extent::{seeds, sized};
pub use finished::Finished;
pub use h5py::{H5py, Told};
pub use harm::Harm;
pub use lying::Lying;
pub use mutation::Original;
pub use own_run::OwnRun;
pub use program::{program, start, start_with, trainyard, trainyard_on_each, trainyard_on_ranks, PATIENCE};
pub use published::{published, Published};
pub use python::{json_of_python, python, real_data, start_python};
pub use random::Random;
pub use reduction::Reduction;
pub use refusing::Refusing;
pub use runs::{copy_folder, made_by, real_run, simulated, Powder};
pub use storm::Storm;
