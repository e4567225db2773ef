//! What the ledger tells: work that is finished, or lost again, and the files it left.

use super::is_listed;
use serde::{Deserialize, Serialize};
use std::path::Path;
use trainyard_format::durable::replace;
use trainyard_format::write::{Expected, FileReceipt, Seal, Stamp};
use trainyard_format::{Error, Place, Result};

/// Notes that are kept of a file.
const MOST_NOTES: usize = 100;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerFile {
    pub name: String,
    pub size: u64,
    /// xxh3-64 of the whole file
    pub checksum: u64,
    /// of the file when it was last read and found right
    pub stamp: Stamp,
    /// what could not be carried over as it was: `dataset: what`
    pub notes: Vec<String>,
    /// byte for byte a file of the input
    pub copied: bool,
}

impl LedgerFile {
    pub fn new(name: String, seal: &Seal) -> Self {
        LedgerFile { name, size: seal.size, checksum: seal.checksum, stamp: seal.stamp, ..LedgerFile::default() }
    }

    /// With what the writer says: whether it copied all bytes of a file, and its notes, as many as anybody reads.
    pub fn with_words_of(mut self, receipt: &FileReceipt) -> Self {
        self.copied = receipt.checksum.is_some();
        self.notes =
            receipt.notes.iter().take(MOST_NOTES).map(|(dataset, what)| format!("{dataset}: {what}")).collect();
        self
    }

    /// What must stand in `folder`.
    pub fn expected(&self, folder: &Path) -> Expected {
        Expected { path: folder.join(&self.name), size: self.size, checksum: self.checksum }
    }

    /// Whether a file of this name and size stands in `folder`, not written to and not renamed since it was read.
    ///
    /// # Errors
    /// It cannot be told.
    pub fn untouched(&self, folder: &Path) -> Result<bool> {
        Ok(self.found(folder)?.is_some_and(|stamp| stamp == self.stamp))
    }

    /// The stamp of a regular file of this name and size.
    ///
    /// # Errors
    /// It cannot be told whether there is one.
    pub fn found(&self, folder: &Path) -> Result<Option<Stamp>> {
        let path = folder.join(&self.name);
        match std::fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() && found.len() == self.size => Ok(Some(Stamp::of(&found))),
            Ok(_) => Ok(None),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(Error::io("look at", &path, &e)),
        }
    }

    /// Renames the file that was read back at `from` into `folder`; the caller syncs that.
    ///
    /// # Errors
    /// Somebody wrote to it after it was read.
    pub fn move_in(mut self, from: &Path, folder: &Path) -> Result<Self> {
        let underway = trainyard_format::stuck::underway("rename", from);
        replace(from, &folder.join(&self.name)).map_err(|e| Error::io("rename", from, &e))?;
        drop(underway);
        match self.found(folder)? {
            Some(now) if self.stamp.same_content(&now) => {
                self.stamp = now;
                Ok(self)
            }
            _ => {
                let what = "somebody wrote to a finished file after it was read back";
                Err(Error::resource(what, Place::file(folder.join(&self.name))).with_hint("run again"))
            }
        }
    }
}

/// What a pass over a sequence leaves for later passes and for the end of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// ids, fates, columns, counts
    pub part: LedgerFile,
    /// results that a later pass writes
    pub rows: Option<LedgerFile>,
    /// partials
    pub folds: Option<LedgerFile>,
    /// statistics of every pixel
    #[serde(default)]
    pub maps: Option<LedgerFile>,
}

impl Stored {
    pub fn files(&self) -> impl Iterator<Item = &LedgerFile> {
        std::iter::once(&self.part).chain(&self.rows).chain(&self.folds).chain(&self.maps)
    }

    fn files_mut(&mut self) -> impl Iterator<Item = &mut LedgerFile> {
        std::iter::once(&mut self.part).chain(&mut self.rows).chain(&mut self.folds).chain(&mut self.maps)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Entry {
    /// a run began
    Start { identity: String, version: String },
    /// a pass over a sequence is done; `kept` of its `frames` are alive behind the pass
    Sequence { pass: usize, sequence: usize, frames: u64, kept: u64, stored: Box<Stored>, files: Vec<LedgerFile> },
    /// a file of slow data is done
    Slow { unit: usize, files: Vec<LedgerFile> },
    /// what was noted of that pass over the sequence does not stand any more
    LostSequence { pass: usize, sequence: usize },
    /// what was noted of that file of slow data does not stand any more
    LostSlow { unit: usize },
    /// files over the whole run are written
    Results { files: Vec<LedgerFile> },
    /// the reduced run stands
    Published { identity: String, manifest: LedgerFile },
}

impl Entry {
    /// Finished files that it tells of, without what is stored for later.
    pub fn files(&self) -> &[LedgerFile] {
        match self {
            Entry::Sequence { files, .. } | Entry::Slow { files, .. } | Entry::Results { files } => files,
            _ => &[],
        }
    }

    pub fn stored(&self) -> Option<&Stored> {
        match self {
            Entry::Sequence { stored, .. } => Some(stored),
            _ => None,
        }
    }

    /// What is stored for later, then the finished files.
    pub fn all_files(&self) -> impl Iterator<Item = &LedgerFile> {
        self.stored().into_iter().flat_map(Stored::files).chain(self.files())
    }

    /// As [`all_files`](Self::all_files).
    pub fn all_files_mut(&mut self) -> impl Iterator<Item = &mut LedgerFile> {
        let (stored, files): (Option<&mut Stored>, &mut [LedgerFile]) = match self {
            Entry::Sequence { stored, files, .. } => (Some(stored), files),
            Entry::Slow { files, .. } | Entry::Results { files } => (None, files),
            _ => (None, &mut []),
        };
        stored.into_iter().flat_map(Stored::files_mut).chain(files)
    }

    /// No name in it leads anywhere else.
    pub(super) fn is_plain(&self) -> bool {
        self.all_files().all(|file| is_listed(&file.name))
    }
}
