//! What a workflow file may say, as types; and loading one: text -> tree -> all problems or a [`Checked`] workflow.
//!
//! | question | file |
//! |---|---|
//! | which keys are there? | `keys.rs` |
//! | which run, which trains? | `run.rs`, `trains.rs` |
//! | where are the pixels, which are bad? | `geometry.rs`, `mask.rs` |
//! | how is the run cut, what if it is damaged? | `sequence.rs`, `bad_input.rs` |
//! | what is asked of Slurm? | `slurm.rs` |
//! | what is a step? | `step.rs` |
//! | how is all that read and checked? | `load.rs`, `checked.rs` |

mod bad_input;
mod checked;
mod geometry;
mod keys;
mod load;
mod mask;
mod quality;
mod quantity;
mod rejected;
mod run;
mod sequence;
mod slurm;
mod sound;
mod step;
mod trains;

pub use bad_input::OnBadInput;
pub use checked::Checked;
pub use geometry::{ExtraPanels, GeometryChoice, GeometryFile, Uncovered};
pub use keys::Workflow;
pub use load::text;
pub use mask::Mask;
pub use quality::{Limits, QualityChoice};
pub use quantity::{Bytes, Percent};
pub use rejected::Rejected;
pub use run::{DataClass, RunChoice, RunNumber};
pub use sequence::Sequence;
pub use slurm::{MemoryWord, Slurm, SlurmMemory};
pub use step::StepEntry;
pub use trains::{TrainChoice, TrainRange, TrainsBy};
