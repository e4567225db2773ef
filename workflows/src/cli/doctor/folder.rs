//! A folder: can files be made, locked, renamed and synced in it, and is there room?

use super::finding::Finding;
use std::fs::{File, TryLockError};
use std::path::Path;
use std::process::Command;
use trainyard_format::words::bytes;

/// Less room than this is told: a sequence has 2 GiB by default.
const LITTLE: u64 = 4 << 30;

/// What a reduced run asks of its folder.
pub fn folder(what: &str, folder: &Path) -> Vec<Finding> {
    let shown = folder.display();
    let file = match tempfile::Builder::new().prefix(".trainyard-doctor").tempfile_in(folder) {
        Ok(file) => file,
        Err(error) => {
            return vec![Finding::not(
                what,
                format!("failed to write in {shown}: {error}"),
                "name a folder that you may write: trainyard doctor FOLDER",
            )]
        }
    };
    let mut findings = vec![locking(file.path()), kept(file.path())];
    findings.push(room(what, folder));
    findings
}

/// Two openings of a file, of which only one may have the lock: what keeps two programs out of one output folder.
fn locking(path: &Path) -> Finding {
    const WHAT: &str = "file locking";
    let locks = || -> std::io::Result<(Result<(), TryLockError>, Result<(), TryLockError>)> {
        let open = || File::options().read(true).write(true).open(path);
        let (first, second) = (open()?, open()?);
        Ok((first.try_lock(), second.try_lock()))
    };
    let advice = "a run there is not protected against a second one in the same folder: use another file system, or mount it with locks (flock)";
    match locks() {
        Ok((Ok(()), Err(TryLockError::WouldBlock))) => Finding::ok(WHAT, "one program keeps others out"),
        Ok((Ok(()), Ok(()))) => Finding::not(WHAT, "two programs got the same lock", advice),
        Ok((Err(TryLockError::Error(error)), _)) => Finding::not(WHAT, format!("failed to lock: {error}"), advice),
        Ok((Err(TryLockError::WouldBlock), _)) => {
            Finding::could_not_tell(WHAT, "another program locked a file just made")
        }
        Ok((_, Err(TryLockError::Error(error)))) | Err(error) => Finding::could_not_tell(WHAT, error.to_string()),
    }
}

/// Publishing is syncing and renaming.
fn kept(path: &Path) -> Finding {
    const WHAT: &str = "sync and rename";
    let renamed = path.with_extension("renamed");
    let done = File::open(path).and_then(|file| file.sync_all()).and_then(|()| std::fs::rename(path, &renamed));
    // back, for the file is removed by its first name
    match done.and_then(|()| std::fs::rename(&renamed, path)) {
        Ok(()) => Finding::ok(WHAT, "files are synced and renamed").needed(),
        Err(error) => {
            Finding::not(WHAT, format!("failed: {error}"), "runs cannot be published there: use another file system")
                .needed()
        }
    }
}

/// Free bytes, as `df` tells them.
pub fn room(what: &str, folder: &Path) -> Finding {
    let what = format!("room, {what}");
    let shown = folder.display();
    let told = Command::new("df").args(["-P", "-k", "--"]).arg(folder).env("LC_ALL", "C").output();
    let free =
        told.ok().filter(|told| told.status.success()).and_then(|told| free(&String::from_utf8_lossy(&told.stdout)));
    match free {
        None => Finding::could_not_tell(&what, format!("`df` does not tell the room in {shown}")),
        Some(free) if free < LITTLE => Finding::not(
            &what,
            format!("{} in {shown}", bytes(free)),
            "make room, or name another folder (for temporary files: TMPDIR)",
        ),
        Some(free) => Finding::ok(&what, format!("{} in {shown}", bytes(free))),
    }
}

/// Fourth column of the last line, in KiB; names of devices and folders may hold blanks, so it is counted from the `%`.
fn free(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.lines().last()?.split_whitespace().collect();
    let percent = words.iter().position(|word| word.ends_with('%') && word.len() > 1)?;
    words.get(percent.checked_sub(1)?)?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_the_column_before_the_share() {
        let head = "Filesystem 1024-blocks Used Available Capacity Mounted on\n";
        assert_eq!(free(&format!("{head}/dev/a b 100 40 60 40% /mnt/x y\n")), Some(60 << 10));
        assert_eq!(free(&format!("{head}none - - - - /proc\n")), None);
        assert_eq!(free(""), None);
    }
}
