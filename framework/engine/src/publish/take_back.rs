//! A publication without its manifest is none: the files go back to the finished ones.

use super::journal::close;
use super::{LedgerFile, WorkFolder};
use trainyard_format::durable::replace;
use trainyard_format::{Error, Result};

/// Moves every one of `files` that stands in the output folder, but not among the finished ones, back to those.
/// Called only while there is no manifest.
///
/// # Errors
/// I/O errors.
pub fn take_back(work: &WorkFolder, files: &[LedgerFile]) -> Result<()> {
    let mut moved = false;
    for file in files {
        if file.found(&work.finished())?.is_none() && file.found(&work.output)?.is_some() {
            let from = work.output.join(&file.name);
            replace(&from, &work.finished().join(&file.name)).map_err(|e| Error::io("take back", &from, &e))?;
            moved = true;
        }
    }
    if moved {
        work.sync(&work.finished())?;
    }
    work.sync(&work.output)?;
    close(work)
}
