//! The right to work in an output folder.
//!
//! A lock on a file keeps a second run out while the first lives. Ranks of a run whose node was declared dead may live
//! on beyond the lock's reach, so each start also takes the next epoch, and nobody publishes under an old one. Where
//! such ranks still hold the lock, the next start of the same batch job puts a new lock file in place of theirs.

use super::{write_durably, Holder};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use trainyard_format::{Error, Place, Result};

const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct LeaseFile {
    epoch: u64,
    #[serde(flatten)]
    holder: Holder,
}

impl LeaseFile {
    fn read(path: &Path) -> Self {
        std::fs::read(path).ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default()
    }
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
        Lease::take_as(work, Holder::this_process())
    }

    fn take_as(work: &Path, holder: Holder) -> Result<Self> {
        let path = work.join("lease.json");
        let before = LeaseFile::read(&path);
        let lock_path = work.join("lock");
        let lock = match lock_standing(&lock_path)? {
            Some(lock) => lock,
            None if holder.succeeds(&before.holder) => replace_lock(&lock_path)?,
            None => {
                let folder = work.parent().unwrap_or(work);
                let Holder { pid, host, .. } = &before.holder;
                return Err(Error::request(
                    format!("another run works in this output folder (process {pid} on {host})"),
                    Place::file(folder),
                )
                .with_hint("wait for it, or choose another `output`"));
            }
        };
        // read again: before the lock was ours, others may have come and gone
        let lease = LeaseFile { epoch: LeaseFile::read(&path).epoch + 1, holder };
        write_durably(&path, serde_json::to_string_pretty(&lease).unwrap_or_default().as_bytes())?;
        Ok(Lease { path, epoch: lease.epoch, _lock: Some(lock) })
    }

    /// The lease that rank 0 took.
    pub fn joined(work: &Path, epoch: u64) -> Self {
        Lease { path: work.join("lease.json"), epoch, _lock: None }
    }

    /// Who works in the folder at this moment, as far as locks reach; nothing is changed.
    ///
    /// # Errors
    /// The lock cannot be looked at.
    pub fn holder(work: &Path) -> Result<Option<Holder>> {
        let path = work.join("lock");
        let lock = match File::open(&path) {
            Ok(lock) => lock,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("open", &path, &e)),
        };
        // let go with the file
        let is_held = !flock(&lock, libc::LOCK_SH | libc::LOCK_NB);
        Ok(is_held.then(|| LeaseFile::read(&work.join("lease.json")).holder))
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// # Errors
    /// A later run took the folder over.
    pub fn check(&self) -> Result<()> {
        let bytes = std::fs::read(&self.path).map_err(|e| Error::io("read", &self.path, &e))?;
        let now: LeaseFile = serde_json::from_slice(&bytes).map_err(|e| {
            Error::resource(format!("the lease of the output folder is damaged: {e}"), Place::file(&self.path))
        })?;
        if now.epoch != self.epoch {
            let what =
                format!("a later run (epoch {}, this one is {}) took the output folder over", now.epoch, self.epoch);
            return Err(Error::resource(what, Place::file(&self.path)));
        }
        Ok(())
    }
}

/// The lock, unless someone holds it.
fn lock_standing(path: &Path) -> Result<Option<File>> {
    let io = |e: &std::io::Error| Error::io("open", path, e);
    loop {
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(|e| io(&e))?;
        if !try_lock(&lock) {
            return Ok(None);
        }
        // between opening and locking, another start may have put a new file in place of this one
        let inode = lock.metadata().map_err(|e| io(&e))?.ino();
        if std::fs::metadata(path).is_ok_and(|standing| standing.ino() == inode) {
            return Ok(Some(lock));
        }
    }
}

/// A new lock file in place of one that is held.
fn replace_lock(path: &Path) -> Result<File> {
    let new = path.with_file_name("lock.new");
    let lock = File::create(&new).map_err(|e| Error::io("create", &new, &e))?;
    if !try_lock(&lock) {
        return Err(Error::resource(
            "failed to lock the output folder: another start of this job does",
            Place::file(&new),
        ));
    }
    std::fs::rename(&new, path).map_err(|e| Error::io("rename", &new, &e))?;
    Ok(lock)
}

/// Tried again for a moment: [`Lease::holder`] may just be looking.
fn try_lock(file: &File) -> bool {
    (0..LOOKS).any(|look| {
        if look > 0 {
            std::thread::sleep(PAUSE);
        }
        flock(file, libc::LOCK_EX | libc::LOCK_NB)
    })
}

fn flock(file: &File, operation: libc::c_int) -> bool {
    // SAFETY: `flock` takes a descriptor that is open for the whole call and touches no memory of ours.
    unsafe { libc::flock(file.as_raw_fd(), operation) == 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(job: Option<&str>, restarts: u64) -> Holder {
        Holder { host: "node1".into(), pid: 1, job: job.map(String::from), restarts }
    }

    #[test]
    fn a_living_run_keeps_others_out() {
        let work = tempfile::tempdir().unwrap();
        let first = Lease::take_as(work.path(), start(None, 0)).unwrap();
        assert!(Lease::take_as(work.path(), start(None, 0)).is_err());
        assert!(Lease::take_as(work.path(), start(Some("c/1"), 3)).is_err());
        first.check().unwrap();
        assert_eq!(Lease::holder(work.path()).unwrap(), Some(start(None, 0)));
        drop(first);
        assert_eq!(Lease::holder(work.path()).unwrap(), None);
        assert_eq!(Lease::holder(&work.path().join("none")).unwrap(), None);
        assert_eq!(Lease::take_as(work.path(), start(None, 0)).unwrap().epoch(), 2);
    }

    #[test]
    fn the_next_start_of_a_job_takes_over_from_ranks_that_live_on() {
        let work = tempfile::tempdir().unwrap();
        let ghost = Lease::take_as(work.path(), start(Some("c/1"), 0)).unwrap();
        let successor = Lease::take_as(work.path(), start(Some("c/1"), 1)).unwrap();
        let refused = ghost.check().unwrap_err();
        assert!(refused.to_string().contains("epoch 2, this one is 1"), "{refused}");
        successor.check().unwrap();
        // the lock is the successor's now, whatever becomes of the ghost
        drop(ghost);
        assert!(Lease::take_as(work.path(), start(None, 0)).is_err());
        drop(successor);
        assert_eq!(Lease::take_as(work.path(), start(None, 0)).unwrap().epoch(), 3);
    }
}
