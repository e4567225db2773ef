//! Room for what tests write. On a full disk tests fail without a word, because their words go to the same disk: so it is said
//! before the first run is made, and again when a program ended for want of a resource and the disk is full.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Once;

/// What the whole suite needs at a time: below the folder for temporary files, and below the target folder.
const TEMPORARY_GIB: u64 = 6;
const TARGET_GIB: u64 = 4;
/// With less than this a disk counts as full.
const FULL: u64 = 64 << 20;

/// Bytes that may still be written to the file system of `path`.
pub(crate) fn free(path: &Path) -> Option<u64> {
    let path = CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut about = std::mem::MaybeUninit::<libc::statvfs>::zeroed();
    // SAFETY: `path` is a C string and `about` a record that the call fills.
    let about = unsafe { (libc::statvfs(path.as_ptr(), about.as_mut_ptr()) == 0).then(|| about.assume_init())? };
    Some(about.f_bavail.saturating_mul(about.f_frsize))
}

/// Says once, before anything is written, how much room the tests need, and what is there where that is less.
pub(crate) fn say(target: &Path) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for (folder, need) in [(std::env::temp_dir(), TEMPORARY_GIB), (target.to_owned(), TARGET_GIB)] {
            let Some(free) = free(&folder) else { continue };
            let there = free >> 30;
            if there < need {
                eprintln!(
                    "warning: the whole test suite needs {need} GiB in {}, where {there} GiB are free: tests may fail for that",
                    folder.display()
                );
            }
        }
    });
}

/// A sentence for a failed test when the disk is full.
pub(crate) fn complaint() -> &'static str {
    match free(&std::env::temp_dir()) {
        Some(free) if free < FULL => {
            "\nTHE DISK OF THE TEMPORARY FOLDER IS FULL: that is why, and why nothing may be said above\n"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_tells_its_room() {
        assert!(free(Path::new("/")).is_some_and(|bytes| bytes < 1 << 60));
        assert_eq!(free(Path::new("/no/such/folder")), None);
    }
}
