//! How the reduced run appears: whole or not at all.
//!
//! ```text
//! OUTPUT/.trainyard/lock            held while a run works here
//! OUTPUT/.trainyard/lease.json      epoch of the run that may publish
//! OUTPUT/.trainyard/plan.json        what is to be done, for those who watch
//! OUTPUT/.trainyard/basis.json       what the run rests on: workflow and input
//! OUTPUT/.trainyard/ledger/         one file of lines per run and rank: what is finished
//! OUTPUT/.trainyard/writing/        files being written
//! OUTPUT/.trainyard/finished/       files that are complete, synced and verified
//! OUTPUT/.trainyard/parts/          what each pass left of each sequence
//! OUTPUT/.trainyard/journal.json    the renames of a publication under way
//! OUTPUT/NAME/                      a run folder of its own, for a further step that writes frames
//! OUTPUT/reduction.json             the manifest, renamed into place last: the commit mark
//! ```

mod basis;
mod clear;
mod entry;
mod file_system;
mod folder;
mod holder;
mod journal;
mod lease;
mod ledger;
mod plain_name;
mod plan_note;
mod published;
mod room;
mod standing;
mod take_back;

pub use basis::{Basis, BasisFile};
pub use clear::remove;
pub use entry::{Entry, LedgerFile, Stored};
pub use folder::{allowed, claim, existing, Claim, Existing, WorkFolder};
pub use holder::Holder;
pub use journal::{close, publish, MANIFEST};
pub use lease::Lease;
pub use ledger::{Ledger, Lines, Noted};
pub use plain_name::{inside, is_listed, is_plain};
pub use plan_note::PlanNote;
pub use room::{refuse_unwritable, Room};
pub use standing::standing_entries;
pub use take_back::take_back;
pub use trainyard_format::durable::{publish_file, sync_folder, write_durably};
