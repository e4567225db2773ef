//! What storage does not finish. A write, or a read into memory of ours, cannot be taken back, and the thread that waits for it
//! can do nothing else; so another one looks now and then whether something takes too long, and then the program ends.
//!
//! Programs that do not [`watch`] wait as long as it takes.

use crate::{Error, Place};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Times the usual limit that a sync may take: it waits for whatever else the disk has to write.
const SYNC: u32 = 10;

/// How often somebody looks.
const LOOKS: u32 = 10;
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

static WATCHED: AtomicBool = AtomicBool::new(false);
static TABLE: LazyLock<Mutex<Table>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Table {
    next: u64,
    underway: HashMap<u64, Entry>,
}

struct Entry {
    since: Instant,
    /// of the usual limit
    times: u32,
    action: &'static str,
    path: PathBuf,
}

/// Something that storage is asked for, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Underway(Option<u64>);

impl Drop for Underway {
    fn drop(&mut self) {
        if let Some(number) = self.0 {
            table().underway.remove(&number);
        }
    }
}

/// `action` in words: `write`, `read`.
pub fn underway(action: &'static str, path: &Path) -> Underway {
    begin(action, path, 1)
}

/// As [`underway`] of what waits for the disk itself.
pub fn syncing(path: &Path) -> Underway {
    begin("sync", path, SYNC)
}

fn begin(action: &'static str, path: &Path, times: u32) -> Underway {
    if !WATCHED.load(Ordering::Relaxed) {
        return Underway(None);
    }
    let entry = Entry { since: Instant::now(), times, action, path: path.to_owned() };
    let mut table = table();
    table.next += 1;
    let number = table.next;
    table.underway.insert(number, entry);
    Underway(Some(number))
}

fn table() -> MutexGuard<'static, Table> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets the program end with the code that `last_words` gives, as soon as storage takes longer than `limit` for anything. Only the
/// first call counts.
///
/// # Errors
/// The system grants no thread.
pub fn watch(limit: Duration, last_words: fn(&Error) -> i32) -> io::Result<()> {
    if WATCHED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let pause = (limit / LOOKS).clamp(SHORTEST_PAUSE, LONGEST_PAUSE);
    let look = move || loop {
        let before = Instant::now();
        std::thread::sleep(pause);
        if before.elapsed() > pause * LOOKS {
            // all of us were stopped, not the storage
            table().underway.values_mut().for_each(|entry| entry.since = Instant::now());
        } else if let Some(error) = late(limit) {
            end(last_words(&error));
        }
    };
    std::thread::Builder::new().name("watch storage".into()).spawn(look).map(drop)
}

fn late(limit: Duration) -> Option<Error> {
    let table = table();
    let late = |entry: &&Entry| entry.since.elapsed() > limit.saturating_mul(entry.times);
    let entry = table.underway.values().filter(late).min_by_key(|entry| entry.since)?;
    let what = format!("storage did not {} within {:?}", entry.action, limit.saturating_mul(entry.times));
    Some(
        Error::resource(what, Place::file(&entry.path))
            .with_hint("the storage is blocked or slow; TRAINYARD_STORAGE_TIMEOUT=SECONDS waits longer"),
    )
}

/// Ends the process and nothing else: whatever would be called on the way out may wait for the same storage.
fn end(code: i32) -> ! {
    // SAFETY: a plain integer; the call does not return and runs no code of ours.
    unsafe { libc::_exit(code) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_is_named_and_what_is_done_is_not() {
        WATCHED.store(true, Ordering::Relaxed);
        let slow = underway("write", Path::new("/slow"));
        let sync = syncing(Path::new("/sync"));
        std::thread::sleep(Duration::from_millis(30));
        assert!(late(Duration::from_secs(20)).is_none());
        let error = late(Duration::from_millis(20)).unwrap();
        assert!(matches!(error, Error::Resource { .. }));
        assert_eq!(error.place().file.as_deref(), Some(Path::new("/slow")), "a sync may take longer");
        drop(slow);
        assert!(late(Duration::from_millis(20)).is_none());
        assert!(late(Duration::from_micros(1)).is_some());
        drop(sync);
        assert!(late(Duration::ZERO).is_none());
    }
}
