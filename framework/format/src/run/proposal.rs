//! Folders of a run by proposal and run number.
//!
//! `<root>/<instrument>/<cycle>/p<6 digits>/{raw,proc}/r<4 digits>`, root `/gpfs/exfel/exp` unless
//! `EXTRA_DATA_DATA_ROOT` says otherwise.

use crate::bounded::{is_absence, is_folder, patiently};
use crate::error::{Error, Place, Result};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

const ROOT: &str = "/gpfs/exfel/exp";
const ROOT_VARIABLE: &str = "EXTRA_DATA_DATA_ROOT";

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataKind {
    #[default]
    Raw,
    Proc,
    /// raw, then proc if it is there
    All,
}

/// The folders of a run, raw first.
///
/// # Errors
/// `Request` when the proposal or run is not there, or the proposal stands in several places.
pub fn run_folders(proposal: u32, run: u32, data: DataKind) -> Result<Vec<PathBuf>> {
    let root = std::env::var_os(ROOT_VARIABLE).map_or_else(|| PathBuf::from(ROOT), PathBuf::from);
    folders_below(&root, proposal, run, data)
}

fn folders_below(root: &Path, proposal: u32, run: u32, data: DataKind) -> Result<Vec<PathBuf>> {
    let name = format!("p{proposal:06}");
    let mut found: Vec<PathBuf> = Vec::new();
    for instrument in subfolders(root)? {
        for cycle in subfolders(&instrument)? {
            let candidate = cycle.join(&name);
            if is_folder_for_us(&candidate)? {
                found.push(candidate);
            }
        }
    }
    let folder = match found.as_slice() {
        [folder] => folder,
        [] => {
            return Err(Error::request(format!("there is no proposal {name}"), Place::file(root))
                .with_hint(format!("{ROOT_VARIABLE} names another root")))
        }
        several => {
            let list: Vec<String> = several.iter().map(|path| path.display().to_string()).collect();
            return Err(Error::request(format!("proposal {name} is in several places"), Place::file(root))
                .with_hint(format!("name one of the folders: {}", list.join(", "))));
        }
    };
    let run = format!("r{run:04}");
    let kinds: &[&str] = match data {
        DataKind::Raw => &["raw"],
        DataKind::Proc => &["proc"],
        DataKind::All => &["raw", "proc"],
    };
    let mut folders: Vec<PathBuf> = Vec::new();
    for kind in kinds {
        let candidate = folder.join(kind).join(&run);
        if is_folder(&candidate)? {
            folders.push(candidate);
        }
    }
    if folders.is_empty() {
        let text = format!("there is no run {run} under {}", kinds.join(" or "));
        return Err(Error::request(text, Place::file(folder)));
    }
    Ok(folders)
}

/// Folders in a folder, by name; none in one that is not there, or that only others may list.
fn subfolders(folder: &Path) -> Result<Vec<PathBuf>> {
    let fault = |error: &std::io::Error| Error::io("list the folder", folder, error);
    let entries = match patiently(|| std::fs::read_dir(folder)) {
        Ok(entries) => entries,
        Err(error) if is_absence(&error) || error.kind() == ErrorKind::PermissionDenied => return Ok(Vec::new()),
        Err(error) => return Err(fault(&error)),
    };
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| fault(&error))?.path();
        if is_folder_for_us(&path)? {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// As [`is_folder`], where folders of other instruments may not be looked at.
fn is_folder_for_us(path: &Path) -> Result<bool> {
    match patiently(|| std::fs::metadata(path)) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(false),
        _ => is_folder(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_found_below_its_proposal() {
        let root = tempfile::tempdir().unwrap();
        let proposal = root.path().join("SPB/202130/p900203");
        for kind in ["raw/r0053", "proc/r0053", "raw/r0054"] {
            std::fs::create_dir_all(proposal.join(kind)).unwrap();
        }
        let find = |run, data| folders_below(root.path(), 900_203, run, data);
        assert_eq!(find(53, DataKind::All).unwrap(), [proposal.join("raw/r0053"), proposal.join("proc/r0053")]);
        assert_eq!(find(54, DataKind::All).unwrap(), [proposal.join("raw/r0054")]);
        assert!(find(54, DataKind::Proc).is_err());
        assert!(folders_below(root.path(), 1, 53, DataKind::Raw).is_err());
        std::fs::create_dir_all(root.path().join("MID/202201/p900203")).unwrap();
        assert!(find(53, DataKind::Raw).is_err());
    }
}
