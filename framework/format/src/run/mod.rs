//! Runs: folders of files seen as trains and sources.

mod consistency;
mod file_name;
mod holders;
mod key;
mod nearest;
mod open;
mod proposal;
mod rows;
mod selection;
mod values;
mod view;

pub use file_name::FileName;
pub(crate) use key::full_key;
pub use key::KeyPart;
pub(crate) use nearest::hint;
pub use open::OpenPolicy;
pub use proposal::{run_folders, DataKind};
pub use rows::GroupRows;
pub use selection::TrainSelection;
pub(crate) use values::numbers_u64;
pub use values::{KeyValues, RunValue};
pub use view::{Run, SourceEntry, TrainInfo};
