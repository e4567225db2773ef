//! Reading a whole file that a user names: no longer than is sensible, and within the time limit of storage.
//!
//! The name may lead to anything: a device without end, a pipe that nobody writes to, storage whose server is gone. So a
//! thread of its own reads, nobody waits for it longer than the limit, and it takes one byte more than allowed at most.
//! Descriptors of a shell (`<(...)`) are pipes and are read as files are.

use crate::opener::Limits;
use crate::{Error, Place, Result};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Tries at what fails as storage fails that will be back in a moment.
pub const ATTEMPTS: u32 = 3;

/// The wait after the first try; each further one is four times as long.
const FIRST_WAIT: Duration = Duration::from_millis(50);

/// How long somebody may take to open a pipe for writing.
const WRITER: Duration = Duration::from_secs(10);
/// Between two looks into a pipe.
const PAUSE: Duration = Duration::from_millis(5);
/// Taken out of a pipe at once.
const PIECE: usize = 1 << 16;

/// As [`read_bounded`], within the time that the environment sets for storage.
///
/// # Errors
/// As [`read_bounded`]; a time limit that is none.
pub fn read_named(what: &str, path: &Path, longest: u64) -> Result<Vec<u8>> {
    read_bounded(what, path, longest, Limits::from_environment()?.time)
}

/// The bytes of the file at `path`, of which there may be `longest`. `what` names it in errors: `the workflow`.
///
/// # Errors
/// [`Error::Request`] when there is no such file, it is a folder, or it is longer: whoever named it must name another.
/// [`Error::Resource`] when it may not be read, storage fails, or takes longer than `limit`.
pub fn read_bounded(what: &str, path: &Path, longest: u64, limit: Duration) -> Result<Vec<u8>> {
    // one byte more than allowed, so that a longer file is noticed
    let bytes = read_start(what, path, longest.saturating_add(1), limit)?;
    if bytes.len() as u64 > longest {
        let text = format!("{what} is longer than {}", size(longest));
        return Err(Error::request(text, Place::file(path)).with_hint("is it the file that you mean?"));
    }
    Ok(bytes)
}

/// The first `most` bytes of the file at `path`, or all where there are fewer.
///
/// # Errors
/// As [`read_bounded`], but for the length.
pub fn read_start(what: &str, path: &Path, most: u64, limit: Duration) -> Result<Vec<u8>> {
    let (done, outcome) = channel();
    let own = path.to_owned();
    let work = move || {
        let read = patiently(|| read(&own, most));
        // whoever asked may have given up
        let _ = done.send(read);
    };
    std::thread::Builder::new()
        .name("bounded read".into())
        .spawn(work)
        .map_err(|error| Error::resource(format!("failed to start a reading thread: {error}"), Place::file(path)))?;
    match outcome.recv_timeout(limit) {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(failed(&format!("read {what}"), path, &error)),
        Err(_) => Err(Error::resource(format!("{what} was not read within {limit:?}"), Place::file(path)).with_hint(
            "it is a pipe that nobody writes to, or the storage is blocked or slow; TRAINYARD_STORAGE_TIMEOUT=SECONDS \
             waits longer",
        )),
    }
}

/// At most `most` bytes of a file. Of a pipe they are what its writer gives; one that nobody opens for writing is no file.
///
/// # Errors
/// As of opening and reading.
pub(crate) fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // opening a pipe would wait for its writer
    let mut file = File::options().read(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    let mut bytes = Vec::new();
    if !file.metadata()?.file_type().is_fifo() {
        file.take(most).read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    let opened = Instant::now();
    let mut piece = vec![0; PIECE];
    while (bytes.len() as u64) < most {
        match file.read(&mut piece) {
            Ok(0) if bytes.is_empty() && opened.elapsed() < WRITER => std::thread::sleep(PAUSE),
            Ok(0) if bytes.is_empty() => return Err(io::Error::other("it is a pipe, and nobody writes to it")),
            Ok(0) => break,
            Ok(length) => bytes.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(usize::try_from(most).unwrap_or(usize::MAX));
    Ok(bytes)
}

/// A name that leads nowhere is the mistake of whoever gave it; anything else is storage.
fn failed(action: &str, path: &Path, error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory | ErrorKind::InvalidInput => {
            Error::request(format!("failed to {action}: {error}"), Place::file(path))
        }
        _ => Error::io(action, path, error),
    }
}

/// Whether there is something at `path`, links followed: no is a certain no.
///
/// # Errors
/// [`Error::Resource`] when storage could not tell.
pub fn is_there(path: &Path) -> Result<bool> {
    Ok(look(path)?.is_some())
}

/// Whether there is a folder at `path`: no is a certain no.
///
/// # Errors
/// As [`is_there`].
pub fn is_folder(path: &Path) -> Result<bool> {
    Ok(look(path)?.is_some_and(|about| about.is_dir()))
}

/// What stands at `path`, links followed; nothing: certainly nothing.
///
/// # Errors
/// As [`is_there`].
pub fn look(path: &Path) -> Result<Option<std::fs::Metadata>> {
    match patiently(|| std::fs::metadata(path)) {
        Ok(about) => Ok(Some(about)),
        Err(error) if is_absence(&error) => Ok(None),
        Err(error) => Err(Error::io("look at", path, &error)),
    }
}

/// Whether the system says that nothing is there, and not that it could not tell.
pub fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Whether the system refused what it may grant a moment later.
pub fn may_pass(error: &io::Error) -> bool {
    let passing = [libc::EIO, libc::ESTALE, libc::ETIMEDOUT, libc::EINTR, libc::EAGAIN];
    error.raw_os_error().is_some_and(|number| passing.contains(&number))
}

/// Tries again, with waits, while storage fails as it fails for a moment.
///
/// # Errors
/// The last failure.
pub fn patiently<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut attempt = 1;
    loop {
        match work() {
            Err(error) if may_pass(&error) && attempt < ATTEMPTS => {
                std::thread::sleep(wait(attempt));
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// The wait after the try of that number, counted from 1.
pub(crate) fn wait(attempt: u32) -> Duration {
    FIRST_WAIT * 4u32.saturating_pow(attempt.saturating_sub(1).min(4))
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 {
        format!("{} MiB", bytes >> 20)
    } else {
        format!("{bytes} bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    const SHORT: Duration = Duration::from_millis(200);

    #[test]
    fn a_file_is_read_up_to_its_longest() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read_bounded("the file", &path, 100, SHORT * 50).unwrap(), [7; 100]);
        let long = read_bounded("the file", &path, 99, SHORT * 50).unwrap_err();
        assert!(matches!(long, Error::Request { .. }) && long.to_string().contains("longer than 99 bytes"), "{long}");
        for none in [folder.path().join("b"), path.join("c"), folder.path().to_owned()] {
            let error = read_bounded("the file", &none, 100, SHORT * 50).unwrap_err();
            assert!(matches!(error, Error::Request { .. }), "{error}");
            assert_eq!(error.place().file, Some(none));
        }
    }

    #[test]
    fn neither_a_device_without_end_nor_a_silent_pipe_is_waited_for() {
        let long = read_bounded("the file", Path::new("/dev/zero"), 1 << 20, SHORT * 50).unwrap_err();
        assert!(matches!(long, Error::Request { .. }) && long.to_string().contains("1 MiB"), "{long}");
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let start = Instant::now();
        let error = read_bounded("the file", &pipe, 100, SHORT).unwrap_err();
        assert!(matches!(error, Error::Resource { .. }) && error.to_string().contains("within 200ms"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn a_pipe_is_read_to_the_end_of_its_writer() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let script = "sleep 0.1; exec >\"$0\"; echo one; sleep 0.1; echo two";
        let mut writer = std::process::Command::new("sh").arg("-c").arg(script).arg(&pipe).spawn().unwrap();
        assert_eq!(read_bounded("it", &pipe, 100, SHORT * 50).unwrap(), b"one\ntwo\n");
        assert!(writer.wait().unwrap().success());
    }

    #[test]
    fn what_may_pass_is_tried_again_and_then_told() {
        let eio = || io::Error::from_raw_os_error(libc::EIO);
        for failures in 0..5 {
            let mut tries = 0;
            let outcome = patiently(|| {
                tries += 1;
                if tries <= failures {
                    Err(eio())
                } else {
                    Ok(tries)
                }
            });
            assert_eq!(outcome.ok(), (failures < ATTEMPTS).then_some(failures + 1));
        }
        let mut tries = 0;
        let refused = patiently(|| {
            tries += 1;
            Err::<(), _>(io::Error::from_raw_os_error(libc::EACCES))
        });
        assert!(refused.is_err() && tries == 1);
    }

    #[test]
    fn absence_is_certain() {
        let folder = tempfile::tempdir().unwrap();
        assert!(is_folder(folder.path()).unwrap() && is_there(folder.path()).unwrap());
        assert!(!is_there(&folder.path().join("none")).unwrap());
        // a name that leads through itself: nobody can tell
        std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
        assert!(matches!(is_there(&folder.path().join("loop")), Err(Error::Resource { .. })));
    }
}
