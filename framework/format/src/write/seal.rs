//! What stands on disk, as whoever read all of it found it.

use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// A file by inode and times: as long as they stay, nobody wrote to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub inode: u64,
    /// seconds and nanoseconds
    pub modified: (i64, i64),
    pub changed: (i64, i64),
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        Stamp {
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// The same file with the same content, whatever name it got since: a rename changes the time of change alone.
    pub fn same_content(&self, later: &Stamp) -> bool {
        (self.inode, self.modified) == (later.inode, later.modified)
    }
}

/// A file that was read from its first byte to its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    pub size: u64,
    /// xxh3-64 of the whole file
    pub checksum: u64,
    pub stamp: Stamp,
}

/// What a file should hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    pub path: PathBuf,
    pub size: u64,
    /// xxh3-64 of the whole file
    pub checksum: u64,
}
