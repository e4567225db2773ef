//! Asks the system to begin to store what was written, so that the sync at the end finds little left to do: the disk works while
//! more is read and computed.
//!
//! Only a request: what it does not do, the sync does, and only that tells of errors.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Asked again after so many bytes.
const EVERY: u64 = 4 << 20;

pub(super) struct Early {
    path: PathBuf,
    /// opened with the first request
    file: Option<File>,
    bytes: u64,
}

impl Early {
    pub fn new(path: &Path) -> Self {
        Early { path: path.into(), file: None, bytes: 0 }
    }

    pub fn wrote(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        if self.bytes < EVERY {
            return;
        }
        self.bytes = 0;
        if self.file.is_none() {
            self.file = File::open(&self.path).ok();
        }
        if let Some(file) = &self.file {
            let _underway = crate::stuck::underway("write", &self.path);
            // SAFETY: plain integers, and a descriptor that is open for the whole call.
            unsafe { libc::sync_file_range(file.as_raw_fd(), 0, 0, libc::SYNC_FILE_RANGE_WRITE) };
        }
    }
}
