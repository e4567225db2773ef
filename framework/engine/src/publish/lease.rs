//! The right to work in an output folder.
//!
//! A lock on a file keeps a second run out while the first lives. Ranks of a run whose node was declared dead may live
//! on beyond the lock's reach, so each start also takes the next epoch, and nobody publishes under an old one. Where
//! such ranks still hold the lock, the next start of the same batch job puts a new lock file in place of theirs.
//!
//! A lease that is damaged says nothing; the ledger tells then which epochs there were.

use super::{remove, write_durably, Holder, Ledger};
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use trainyard_format::durable::{read_own, remove_file};
use trainyard_format::{Error, Place, Result};
use xxhash_rust::xxh3::xxh3_64;

/// Longest lease that is read.
const LONGEST: u64 = 64 << 10;

const LOOKS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(20);

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct LeaseFile {
    epoch: u64,
    #[serde(flatten)]
    holder: Holder,
    checksum: String,
}

impl LeaseFile {
    fn new(epoch: u64, holder: Holder) -> Self {
        let mut lease = LeaseFile { epoch, holder, checksum: String::new() };
        lease.checksum = lease.sum();
        lease
    }

    fn sum(&self) -> String {
        let content = serde_json::to_string(&(self.epoch, &self.holder)).unwrap_or_default();
        format!("{:016x}", xxh3_64(content.as_bytes()))
    }

    fn text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// None: there is none, or it is damaged.
    fn read(path: &Path) -> Result<Option<Self>> {
        let Some(bytes) = read_own(path, LONGEST)? else { return Ok(None) };
        let lease = serde_json::from_slice::<LeaseFile>(&bytes).ok();
        Ok(lease.filter(|lease| lease.checksum == lease.sum() && lease.text().as_bytes() == bytes))
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
        let before = LeaseFile::read(&path)?.unwrap_or_default();
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
        // a folder in its place could not be replaced
        if std::fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
            remove(&path)?;
        }
        // read again: before the lock was ours, others may have come and gone
        let before = LeaseFile::read(&path)?.map_or(0, |lease| lease.epoch);
        let noted = Ledger::last_epoch(&work.join("ledger"))?;
        let lease = LeaseFile::new(before.max(noted).saturating_add(1), holder);
        write_durably(&path, lease.text().as_bytes())?;
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
        let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
        let lock = match OpenOptions::new().read(true).custom_flags(flags).open(&path) {
            Ok(lock) => lock,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("open", &path, &e)),
        };
        // let go with the file
        let is_held = !flock(&lock, libc::LOCK_SH | libc::LOCK_NB);
        if !is_held {
            return Ok(None);
        }
        Ok(Some(LeaseFile::read(&work.join("lease.json"))?.unwrap_or_default().holder))
    }

    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// # Errors
    /// A later run took the folder over.
    pub fn check(&self) -> Result<()> {
        let Some(now) = LeaseFile::read(&self.path)? else {
            let what = "the lease of the output folder is gone or damaged";
            return Err(Error::resource(what, Place::file(&self.path)).with_hint("run again to resume"));
        };
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
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let lock = options.open(path).map_err(|e| match e.raw_os_error() {
            Some(libc::ELOOP) => Error::request("the lock of the output folder is a link", Place::file(path))
                .with_hint("somebody put it there: remove it, or choose another `output`"),
            _ => io(&e),
        })?;
        if !try_lock(&lock) {
            return Ok(None);
        }
        // between opening and locking, another start may have put a new file in place of this one
        let inode = lock.metadata().map_err(|e| io(&e))?.ino();
        if std::fs::symlink_metadata(path).is_ok_and(|standing| standing.ino() == inode) {
            return Ok(Some(lock));
        }
    }
}

/// A new lock file in place of one that is held.
fn replace_lock(path: &Path) -> Result<File> {
    let new = path.with_file_name("lock.new");
    remove_file(&new)?;
    let lock = OpenOptions::new().write(true).create_new(true).open(&new).map_err(|e| Error::io("create", &new, &e))?;
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
    fn a_damaged_lease_costs_no_epoch() {
        let work = tempfile::tempdir().unwrap();
        let path = work.path().join("lease.json");
        std::fs::create_dir(work.path().join("ledger")).unwrap();
        for epoch in 1..20 {
            let lease = Lease::take_as(work.path(), start(None, 0)).unwrap();
            assert_eq!(lease.epoch(), epoch);
            Ledger::open(&work.path().join("ledger"), epoch, 0, "p").unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            let at = (epoch as usize * 7) % bytes.len();
            bytes[at] ^= 4;
            std::fs::write(&path, &bytes).unwrap();
            assert!(lease.check().is_err(), "byte {at}");
        }
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
