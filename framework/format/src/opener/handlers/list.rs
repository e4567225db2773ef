//! Names in a folder.

use crate::bounded::{is_there, patiently};
use crate::error::{Error, Place, Result};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

/// The files that readers take, by name: `*.h5`, neither hidden nor a virtual overview. None: there is a file.
pub(super) fn data_files(folder: &Path) -> Result<Option<Vec<Vec<u8>>>> {
    let fault = |error: std::io::Error| match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            Error::request("there is no such folder", Place::file(folder))
        }
        _ => Error::io("list the folder", folder, &error),
    };
    let mut names = Vec::new();
    let entries = match patiently(|| std::fs::read_dir(folder)) {
        Err(error) if error.kind() == ErrorKind::NotADirectory && is_there(folder)? => return Ok(None),
        entries => entries.map_err(fault)?,
    };
    for entry in entries {
        let name = entry.map_err(fault)?.file_name();
        let text = name.to_string_lossy();
        if text.ends_with(".h5") && !text.starts_with('.') && !is_overview(&text) {
            names.push(name.into_vec());
        }
    }
    names.sort_unstable();
    Ok(Some(names))
}

/// A virtual file over the others, under either of the names that EXtra-data gives it: `overview.h5`,
/// `RAW-R0001-OVERVIEW.h5`.
fn is_overview(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "overview.h5" || name.ends_with("-overview.h5")
}
