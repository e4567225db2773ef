//! The file that this child was asked about last stays open: whoever asks about a file mostly asks more than once, and to
//! open it and find the way through it takes longer than most answers.
//!
//! It counts as long as it is the same by place, size and times. One that changed a moment ago is not kept: its times may not
//! tell the next change from the last one. libhdf5 shares what it knows of a file among all who have it open, so at most one is
//! kept, nothing else is opened beside it but what it leads to, and after any failure nothing is kept.

use crate::bounded::patiently;
use crate::error::{Error, Result};
use crate::hdf5::File;
use std::cell::RefCell;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Times of files are this fine, and clocks of file servers agree so well.
const SETTLED: Duration = Duration::from_millis(100);

struct Kept {
    file: File,
    state: State,
}

/// Device, inode, size, times of writing and of change.
type State = (u64, u64, u64, (i64, i64), (i64, i64));

thread_local! {
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// The file, opened for reading.
///
/// # Errors
/// As opening it.
pub(super) fn open(path: &Path) -> Result<File> {
    let about = patiently(|| std::fs::metadata(path)).map_err(|error| Error::io("open", path, &error))?;
    let state = state(&about);
    let same = |kept: &Kept| kept.file.path() == path && kept.state == state;
    // any other is closed before this one is opened
    if let Some(kept) = KEPT.take().filter(same) {
        let file = kept.file.clone();
        KEPT.set(Some(kept));
        return Ok(file);
    }
    let file = File::open(path)?;
    if has_settled(&about) {
        KEPT.set(Some(Kept { file: file.clone(), state }));
    }
    Ok(file)
}

/// Closes what is kept.
pub(super) fn forget() {
    KEPT.set(None);
}

fn state(about: &Metadata) -> State {
    let times = ((about.mtime(), about.mtime_nsec()), (about.ctime(), about.ctime_nsec()));
    (about.dev(), about.ino(), about.len(), times.0, times.1)
}

fn has_settled(about: &Metadata) -> bool {
    let (seconds, nanoseconds) = (about.ctime(), about.ctime_nsec());
    let since = u64::try_from(seconds).ok().zip(u32::try_from(nanoseconds).ok());
    let changed = since.and_then(|(s, ns)| SystemTime::UNIX_EPOCH.checked_add(Duration::new(s, ns)));
    changed.and_then(|changed| changed.elapsed().ok()).is_some_and(|age| age > SETTLED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write::{FileSpec, FileWriter, TrainRow};

    fn write(path: &Path, first: u64) {
        let trains = (first..first + 3).map(|id| TrainRow::new(id, 0)).collect();
        let spec = FileSpec { path: path.into(), trains, ..FileSpec::default() };
        FileWriter::create(spec).and_then(FileWriter::finish).unwrap();
    }

    fn first_train(path: &Path) -> u64 {
        let bytes = open(path).and_then(|file| file.dataset("INDEX/trainId")?.read_all(1 << 10)).unwrap();
        u64::from_le_bytes(*bytes.first_chunk().unwrap())
    }

    fn is_kept(path: &Path) -> bool {
        KEPT.with_borrow(|kept| kept.as_ref().is_some_and(|kept| kept.file.path() == path))
    }

    #[test]
    fn a_file_is_kept_until_it_changes_or_another_is_asked_about() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("a.h5"), 10);
        write(&at("b.h5"), 20);
        assert_eq!(first_train(&at("a.h5")), 10);
        assert!(!is_kept(&at("a.h5")), "it changed a moment ago");
        std::thread::sleep(2 * SETTLED);
        assert_eq!(first_train(&at("a.h5")), 10);
        assert!(is_kept(&at("a.h5")));
        assert_eq!((first_train(&at("b.h5")), is_kept(&at("b.h5"))), (20, true));
        assert_eq!(first_train(&at("a.h5")), 10);
        // the same inode, the same size, other content
        std::fs::write(at("a.h5"), std::fs::read(at("b.h5")).unwrap()).unwrap();
        assert_eq!(first_train(&at("a.h5")), 20);
        write(&at("c.h5"), 30);
        std::thread::sleep(2 * SETTLED);
        assert_eq!(first_train(&at("a.h5")), 20);
        std::fs::rename(at("c.h5"), at("a.h5")).unwrap();
        assert_eq!(first_train(&at("a.h5")), 30);
        forget();
        assert!(!is_kept(&at("a.h5")));
    }
}
