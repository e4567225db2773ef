//! The right to work in an output folder.
//!
//! A lock on a file keeps a second run out while the first lives. Ranks of a run whose node was declared dead may live
//! on beyond the lock's reach, so each start also takes the next epoch, and nobody publishes under an old one.

use super::write_durably;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use trainyard_format::{Error, Place, Result};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct LeaseFile {
    epoch: u64,
    host: String,
    pid: u32,
}

pub struct Lease {
    path: PathBuf,
    epoch: u64,
    _lock: Option<File>,
}

impl Lease {
    /// # Errors
    /// Another run works in the folder.
    pub fn take(work: &Path) -> Result<Self> {
        let lock_path = work.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|e| Error::io("open", &lock_path, &e))?;
        let path = work.join("lease.json");
        let holder: LeaseFile =
            std::fs::read(&path).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
        if !try_lock(&lock) {
            let folder = work.parent().unwrap_or(work);
            return Err(Error::request(
                format!("another run works in this output folder (process {} on {})", holder.pid, holder.host),
                Place::file(folder),
            )
            .with_hint("wait for it, or choose another `output`"));
        }
        let lease = LeaseFile { epoch: holder.epoch + 1, host: host_name(), pid: std::process::id() };
        write_durably(&path, serde_json::to_string_pretty(&lease).unwrap_or_default().as_bytes())?;
        Ok(Lease { path, epoch: lease.epoch, _lock: Some(lock) })
    }

    /// The lease that rank 0 took.
    pub fn joined(work: &Path, epoch: u64) -> Self {
        Lease { path: work.join("lease.json"), epoch, _lock: None }
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// # Errors
    /// A later run took the folder over.
    pub fn check(&self) -> Result<()> {
        let bytes = std::fs::read(&self.path).map_err(|e| Error::io("read", &self.path, &e))?;
        let now: LeaseFile = serde_json::from_slice(&bytes)
            .map_err(|e| Error::resource(format!("the lease of the output folder is damaged: {e}"), Place::file(&self.path)))?;
        if now.epoch != self.epoch {
            let what = format!("a later run (epoch {}, this one is {}) took the output folder over", now.epoch, self.epoch);
            return Err(Error::resource(what, Place::file(&self.path)));
        }
        Ok(())
    }
}

fn try_lock(file: &File) -> bool {
    // SAFETY: `flock` takes a descriptor that is open for the whole call and touches no memory of ours.
    unsafe { libc::flock(file.as_raw_fd(), libc::LOCK_EX | libc::LOCK_NB) == 0 }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map(|h| h.trim().to_string()).unwrap_or_default()
}
