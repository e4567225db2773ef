//! Is the reduced run what it says? Frame by frame, against the run it was made of.
//!
//! | claim | file |
//! |---|---|
//! | what was done: `reduction.json` | `claim.rs` |
//! | ... as its own workflow asks, and the input and the fates tell | `asked.rs`, `manifest.rs` |
//! | it was made of this input | `inputs.rs` |
//! | the files stand in the output themselves, as published | `standing.rs` |
//! | ... and nothing else stands in them | `strays.rs` |
//! | every frame of the input has exactly one fate | `fates.rs` |
//! | ... which is right, where ids or damage alone decide | `judged.rs` |
//! | kept frames stand in the output under the same ids, in order, and no others do | `frames.rs` |
//! | their pixels are equal byte for byte | `pixels.rs`, rows of a chunk in `reach.rs` |
//! | ... or within the bound that the dataset states | `bound.rs` |
//! | ... or what the workflow's steps make of the input, for some frames | `again.rs` |
//! | every other value of the detector's sources is equal | `module.rs`, `rows.rs` |
//! | other sources are carried over equal | `sources.rs`, `run_values.rs`, `whole_files.rs` |
//! | ... under their old names too, with their units | `legacy.rs`, `attributes.rs` |
//! | trains have the time, flag and origin that the input tells | `index.rs` |
//! | proposal, run and dates are those of the input | `about.rs`; of which file of it: `made_of.rs` |
//! | modules that a step dropped | `dropped.rs` |
//! | a run folder inside the output holds what its step took | `folders.rs`, `taken.rs` |
//! | results belong to the frames that were kept, and to steps that were asked for | `results.rs` |
//! | in which order is that asked? | `run.rs` |
//! | what was found? | `tally.rs`, `proof.rs` |
//! | what was not compared? | `gaps.rs` |
//!
//! Nothing of the code that wrote the output is believed: both runs are opened from their files. Trains are taken in
//! blocks, so memory holds the frame tables of one block, a few chunks a thread and the chunk tables of the files at
//! hand. Cost: each chunk of a kept frame is read once on either side; equal stored bytes behind equal filters need no
//! decoding. Conditions on more than ids are not judged again: that a frame was rightly dropped is for whoever wrote the
//! condition. Nothing is looked up file by file: a train leads to its files, so that twice the trains take twice the time.

mod about;
mod again;
mod asked;
mod attributes;
mod bound;
mod claim;
mod dropped;
mod fates;
mod folders;
mod frames;
mod gaps;
mod index;
mod inputs;
mod judged;
mod legacy;
mod made_of;
mod manifest;
mod module;
mod pixels;
mod proof;
mod reach;
mod results;
mod rows;
mod run;
mod run_values;
mod side;
mod sources;
mod standing;
mod strays;
mod taken;
mod tally;
mod whole_files;

pub use asked::{Asked, AskedStep, ReadWorkflow};
pub use folders::inner_folders;
pub use gaps::NotCompared;
pub use proof::{Counts, Proof};
pub use run::prove;
