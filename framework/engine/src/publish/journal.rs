//! Publication: all finished files renamed into the output folder, the manifest last. Written down first, so that a
//! publication cut short is rolled forward by the next run.

use super::{sync_folder, write_durably, Entry, Ledger, WorkFolder};
use serde::{Deserialize, Serialize};
use std::fs;
use trainyard_format::{Error, Place, Result};

#[derive(Debug, Serialize, Deserialize)]
struct Journal {
    identity: String,
    /// names of files to be moved, the manifest last
    files: Vec<String>,
}

pub const MANIFEST: &str = "reduction.json";

/// Publishes `files` (names in `finished`) and then the manifest, which must stand in `finished` too.
pub fn publish(work: &WorkFolder, ledger: &mut Ledger, identity: &str, files: &[String]) -> Result<()> {
    let mut files = files.to_vec();
    files.push(MANIFEST.into());
    let journal = Journal { identity: identity.into(), files };
    write_durably(&work.journal(), serde_json::to_string_pretty(&journal).unwrap_or_default().as_bytes())?;
    roll_forward(work, ledger)
}

/// Carries out what the journal says, as far as it is not done, and notes it. Does nothing without a journal.
pub fn roll_forward(work: &WorkFolder, ledger: &mut Ledger) -> Result<()> {
    let path = work.journal();
    let Ok(bytes) = fs::read(&path) else { return Ok(()) };
    let journal: Journal = serde_json::from_slice(&bytes)
        .map_err(|e| Error::resource(format!("the journal of the publication is damaged: {e}"), Place::file(&path)))?;
    let (manifest, rest) = match journal.files.split_last() {
        Some(split) => split,
        None => return Ok(()),
    };
    for name in rest {
        move_in(work, name)?;
    }
    sync_folder(&work.output)?;
    move_in(work, manifest)?;
    sync_folder(&work.output)?;
    ledger.append(Entry::Published { identity: journal.identity })?;
    fs::remove_file(&path).map_err(|e| Error::io("remove", &path, &e))?;
    sync_folder(&work.path)
}

fn move_in(work: &WorkFolder, name: &str) -> Result<()> {
    let from = work.finished().join(name);
    let to = work.output.join(name);
    match fs::rename(&from, &to) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound && to.exists() => Ok(()),
        Err(e) => Err(Error::io("publish", &from, &e)),
    }
}
