//! From a checked workflow to a job: run opened, detector found, geometry laid over it, steps configured.
//!
//! | question | file |
//! |---|---|
//! | which folders, trains, detector, sources to copy? | `input.rs` |
//! | where are the pixels? | `geometry.rs` |
//! | which are bad? | `mask.rs` |
//! | does anything measure what `quality` limits? | `gates.rs` |
//! | what do the steps say? | `steps.rs` |
//! | who would make a column that is missing? | `columns.rs` |
//! | what does another rank know already? | `found.rs` |
//! | what does the workflow in a manifest mean? | `asked.rs` |
//! | what do its steps make of frames? | `again.rs` |

mod again;
mod asked;
mod columns;
mod found;
mod gates;
mod geometry;
mod input;
mod mask;
mod steps;

pub use asked::asked;
pub use found::Found;
pub use steps::{assemble, more_problems, path_parameters};

use crate::document::{Origin, Problem};
use crate::workflow::Checked;
use std::path::{Path, PathBuf};
use trainyard_format::Error;

/// Why there is no job.
enum Wrong {
    /// all problems of the workflow
    Workflow(Vec<Problem>),
    /// the run cannot be opened
    Run(Error),
}

/// Relative paths belong to the folder of the workflow file, those given by `--set` to the current folder.
fn resolve(checked: &Checked, keys: &[&str], path: &Path) -> PathBuf {
    match checked.span(keys).origin {
        Origin::File => checked.folder.join(path),
        Origin::Set(_) => path.to_path_buf(),
    }
}

/// Something that a key of the workflow asks for and the run does not have.
fn mismatch(checked: &Checked, keys: &[&str], error: &Error) -> Problem {
    let problem = checked.problem(keys, error.to_string());
    match error.hint() {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
