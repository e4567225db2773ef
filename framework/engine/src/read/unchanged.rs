//! Input must stay as it was when the plan was made: what its index says of it would else be mixed with what it holds
//! now, silently.

use crate::plan::Job;
use std::fs::File;
use std::path::Path;
use trainyard_format::bounded::patiently;
use trainyard_format::map::FileStamp;
use trainyard_format::{Error, Place, Result};

/// Compares size and times of the files that hold any of `trains` with those of the plan.
///
/// # Errors
/// [`Error::Input`] naming the first file that changed.
pub fn check_unchanged(job: &Job, trains: &[u64]) -> Result<()> {
    check_files(job, &job.run.files_of(trains))
}

/// As [`check_unchanged`] for some files of the run.
pub fn check_files(job: &Job, files: &[usize]) -> Result<()> {
    let known: Vec<_> = files.iter().map(|&file| &job.run.files[file]).collect();
    let paths: Vec<&Path> = known.iter().map(|file| file.path.as_path()).collect();
    let now = job.pool.stamps(&paths)?;
    known.iter().zip(&now).try_for_each(|(known, now)| compare(&known.stamp, now, &known.path))
}

/// The file behind a descriptor against what the plan knows of it: a reader that opens one looks at once.
///
/// # Errors
/// [`Error::Input`] saying what changed.
pub fn check_opened(known: &FileStamp, file: &File, path: &Path) -> Result<()> {
    let now = patiently(|| file.metadata()).map_err(|e| Error::io("look at", path, &e))?;
    compare(known, &FileStamp::of(&now), path)
}

fn compare(known: &FileStamp, now: &FileStamp, path: &Path) -> Result<()> {
    let Some(how) = difference(known, now) else { return Ok(()) };
    Err(Error::input(format!("the file changed during the run: {how}"), Place::file(path))
        .with_hint("wait until nobody writes it any more, then start anew with `--overwrite`"))
}

/// Why reading failed, when that is because the file it failed on changed meanwhile.
pub fn blame_change(job: &Job, error: Error) -> Error {
    let failed = |path: &Path| job.run.files.iter().position(|file| file.path == path);
    match (&error, error.place().file.as_deref().and_then(failed)) {
        (Error::Input { .. }, Some(file)) => match check_files(job, &[file]) {
            Err(changed @ Error::Input { .. }) => changed,
            _ => error,
        },
        _ => error,
    }
}

fn difference(before: &FileStamp, now: &FileStamp) -> Option<String> {
    if before.size != now.size {
        return Some(format!("it had {} bytes and has {}", before.size, now.size));
    }
    if before.mtime_ns != now.mtime_ns {
        return Some("it was written to".into());
    }
    (before.ctime_ns != now.ctime_ns)
        .then(|| "it was written to and its time set back, moved, or its owner or mode changed".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_time_tell() {
        let stamp = |size, mtime_ns| FileStamp { size, mtime_ns, ctime_ns: 9 };
        assert_eq!(difference(&stamp(5, 7), &stamp(5, 7)), None);
        assert_eq!(difference(&stamp(5, 7), &stamp(5, 8)).as_deref(), Some("it was written to"));
        let later = FileStamp { ctime_ns: 10, ..stamp(5, 7) };
        assert!(difference(&stamp(5, 7), &later).is_some_and(|how| how.contains("time set back")));
        assert_eq!(difference(&stamp(5, 7), &stamp(4, 7)).as_deref(), Some("it had 5 bytes and has 4"));
    }
}
