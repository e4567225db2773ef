//! Input must stay as it was when the plan was made: what its index says of it would else be mixed with what it holds
//! now, silently.

use crate::plan::Job;
use std::path::Path;
use trainyard_format::map::FileStamp;
use trainyard_format::{Error, Place, Result};

/// Compares size and time of the files that hold any of `trains` with those of the plan.
///
/// # Errors
/// [`Error::Input`] naming the first file that changed.
pub fn check_unchanged(job: &Job, trains: &[u64]) -> Result<()> {
    let holds = |file: &usize| trains.iter().any(|&train| job.run.position(*file, train).is_some());
    let files: Vec<usize> = (0..job.run.files.len()).filter(holds).collect();
    job.pool.in_parallel(&files, |&file| check_file(job, file)).into_iter().collect()
}

/// As [`check_unchanged`] for one file of the run.
pub fn check_file(job: &Job, file: usize) -> Result<()> {
    let known = &job.run.files[file];
    let Some(how) = difference(&known.stamp, &job.pool.stamp(&known.path)?) else { return Ok(()) };
    Err(Error::input(format!("the file changed during the run: {how}"), Place::file(&known.path))
        .with_hint("wait until nobody writes it any more, then start anew with `--overwrite`"))
}

/// Why reading failed, when that is because the file it failed on changed meanwhile.
pub fn blame_change(job: &Job, error: Error) -> Error {
    let failed = |path: &Path| job.run.files.iter().position(|file| file.path == path);
    match (&error, error.place().file.as_deref().and_then(failed)) {
        (Error::Input { .. }, Some(file)) => match check_file(job, file) {
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
    (before.mtime_ns != now.mtime_ns).then(|| "it was written to".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_and_time_tell() {
        let stamp = |size, mtime_ns| FileStamp { size, mtime_ns };
        assert_eq!(difference(&stamp(5, 7), &stamp(5, 7)), None);
        assert_eq!(difference(&stamp(5, 7), &stamp(5, 8)).as_deref(), Some("it was written to"));
        assert_eq!(difference(&stamp(5, 7), &stamp(4, 7)).as_deref(), Some("it had 5 bytes and has 4"));
    }
}
