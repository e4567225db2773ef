//! Publication: all finished files renamed into the output folder, the manifest last. Written down first, so that the next
//! start knows that a publication was cut short.
//!
//! It is not followed blindly: as long as the manifest is not in place, the next start takes the files back (`take_back.rs`),
//! reads them against their checksums as any other finished file, and publishes again. Rolling forward by name and size
//! would publish what was damaged between the two starts.

use super::{sync_folder, write_durably, LedgerFile, WorkFolder};
use serde::{Deserialize, Serialize};
use trainyard_format::durable::{read_own, remove_file, replace};
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Longest journal that is read.
const LONGEST: u64 = 1 << 30;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    identity: String,
    epoch: u64,
    /// names of files to be moved, the manifest last
    pub files: Vec<String>,
    checksum: String,
}

pub const MANIFEST: &str = "reduction.json";

impl Journal {
    fn new(identity: &str, epoch: u64, files: Vec<String>) -> Self {
        let mut journal = Journal { identity: identity.into(), epoch, files, checksum: String::new() };
        journal.checksum = journal.sum();
        journal
    }

    fn sum(&self) -> String {
        let content = serde_json::to_string(&(&self.identity, self.epoch, &self.files)).unwrap_or_default();
        format!("{:016x}", xxh3_64(content.as_bytes()))
    }

    /// None: there is none, or it is damaged or names anything but plain files.
    pub fn read(work: &WorkFolder) -> Result<Option<Self>> {
        let Some(bytes) = read_own(&work.journal(), LONGEST)? else { return Ok(None) };
        let journal = serde_json::from_slice::<Journal>(&bytes).ok();
        let sound = |j: &Journal| j.checksum == j.sum() && j.files.iter().all(|name| super::is_listed(name));
        Ok(journal.filter(sound))
    }
}

/// Publishes `files`, which stand in `finished`, and then the manifest, which must stand there too.
///
/// True: the run stands. False: something lacked on the way, nothing is published, and the files are back.
///
/// # Errors
/// I/O errors; a file that vanished after the manifest was in place.
pub fn publish(
    work: &WorkFolder,
    identity: &str,
    epoch: u64,
    files: &[LedgerFile],
    manifest: &LedgerFile,
) -> Result<bool> {
    let names = files.iter().chain([manifest]).map(|file| file.name.clone()).collect();
    let text = serde_json::to_string_pretty(&Journal::new(identity, epoch, names));
    let text = text.map_err(|e| Error::bug(e.to_string(), Place::default()))?;
    write_durably(&work.journal(), text.as_bytes())?;
    work.make_folders(&work.output)?;
    let mut whole = true;
    for file in files {
        whole &= move_in(work, &file.name)?;
    }
    work.sync(&work.output)?;
    whole = whole && lacking(work, files)?.is_none() && manifest.untouched(&work.finished())?;
    if !whole || !move_in(work, &manifest.name)? {
        super::take_back(work, files)?;
        return Ok(false);
    }
    sync_folder(&work.output)?;
    match lacking(work, files)? {
        None => Ok(true),
        Some(name) => {
            let what = "a published file vanished while the manifest was put beside it";
            Err(Error::resource(what, Place::file(work.output.join(name)))
                .with_hint("somebody else works in the output folder; give `--overwrite` to reduce again"))
        }
    }
}

/// The publication is over, one way or the other.
pub fn close(work: &WorkFolder) -> Result<()> {
    remove_file(&work.journal())?;
    sync_folder(&work.path)
}

/// The first of `files` that does not stand in the output folder with its size.
fn lacking<'a>(work: &WorkFolder, files: &'a [LedgerFile]) -> Result<Option<&'a str>> {
    for file in files {
        if !file.found(&work.output)?.is_some_and(|now| file.stamp.same_content(&now)) {
            return Ok(Some(&file.name));
        }
    }
    Ok(None)
}

/// False: it is not there.
fn move_in(work: &WorkFolder, name: &str) -> Result<bool> {
    let from = work.finished().join(name);
    let _underway = trainyard_format::stuck::underway("rename", &from);
    match replace(&from, &work.output.join(name)) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(Error::io("publish", &from, &e)),
    }
}
