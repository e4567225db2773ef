//! Writing that survives a crash: file synced, renamed, folder synced. Nothing here follows a link that somebody put
//! where a file of ours belongs: it is replaced, or read as if nothing stood there. So is a folder: names are those of our own
//! files, in folders of our own.

use crate::stuck::{syncing, underway};
use crate::{Error, Place, Result};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub fn sync_folder(folder: &Path) -> Result<()> {
    // the parent of a bare file name is empty
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let _underway = syncing(folder);
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| Error::io("sync the folder", folder, &e))
}

/// Syncs `from`, renames it to `to` and syncs the folder of `to`.
pub fn publish_file(from: &Path, to: &Path) -> Result<()> {
    let underway = syncing(from);
    File::open(from).and_then(|f| f.sync_all()).map_err(|e| Error::io("sync", from, &e))?;
    fs::rename(from, to).map_err(|e| Error::io("rename", from, &e))?;
    drop(underway);
    to.parent().map_or(Ok(()), sync_folder)
}

/// Replaces `path` by `bytes`, in one step as seen from outside; what was written is read back first.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    write_new(path, bytes)?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn write_new(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let new = path.with_file_name(name);
    make_way(&new)?;
    let io = |e: std::io::Error| Error::io("write", &new, &e);
    let writing = underway("write", path);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&new).map_err(io)?;
    file.write_all(bytes).map_err(io)?;
    drop(writing);
    let syncing = syncing(path);
    file.sync_all().map_err(io)?;
    drop(syncing);
    if read_own(&new, bytes.len() as u64)?.as_deref() != Some(bytes) {
        let what = "read back something else than was written";
        return Err(Error::resource(what, Place::file(path)).with_hint("the storage is at fault; run again"));
    }
    replace(&new, path).map_err(|e| Error::io("rename", &new, &e))
}

/// Renames a file of ours, over whatever stands there.
///
/// # Errors
/// Those of the rename.
pub fn replace(from: &Path, to: &Path) -> std::io::Result<()> {
    match fs::rename(from, to) {
        Err(e) if e.kind() == ErrorKind::IsADirectory => {
            fs::remove_dir_all(to)?;
            fs::rename(from, to)
        }
        done => done,
    }
}

/// Removes whatever stands where a file of ours is to be made; links are not followed.
pub fn make_way(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path).map_err(|e| Error::io("remove", path, &e)),
        _ => remove_file(path),
    }
}

/// Removes a file or a link; one that is not there is removed already.
pub fn remove_file(path: &Path) -> Result<()> {
    let _underway = underway("remove", path);
    match fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(Error::io("remove", path, &e)),
        _ => Ok(()),
    }
}

/// Opens a regular file of ours. None: there is none, or a link or something else stands in its place.
pub fn open_own(path: &Path) -> Result<Option<File>> {
    let options = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let file = match OpenOptions::new().read(true).custom_flags(options).open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        // a link, a socket, a device that nobody serves
        Err(e) if matches!(e.raw_os_error(), Some(libc::ELOOP | libc::ENXIO | libc::ENODEV | libc::ENOTDIR)) => {
            return Ok(None)
        }
        Err(e) => return Err(Error::io("open", path, &e)),
    };
    let regular = file.metadata().map_err(|e| Error::io("look at", path, &e))?.is_file();
    Ok(regular.then_some(file))
}

/// The bytes of a file of ours, when it is one of at most `longest` bytes.
pub fn read_own(path: &Path, longest: u64) -> Result<Option<Vec<u8>>> {
    let Some(file) = open_own(path)? else { return Ok(None) };
    let mut bytes = Vec::new();
    file.take(longest.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| Error::io("read", path, &e))?;
    Ok((bytes.len() as u64 <= longest).then_some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_folder_of_a_bare_file_name_is_the_current_one() {
        let folder = std::path::Path::new("x.h5").parent().unwrap();
        sync_folder(folder).unwrap();
    }

    #[test]
    fn a_planted_link_is_replaced_and_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("treasure"), "mine").unwrap();
        for planted in ["note", "note.new"] {
            symlink(at("treasure"), at(planted)).unwrap();
        }
        assert_eq!(read_own(&at("note"), 100).unwrap(), None);
        write_durably(&at("note"), b"ours").unwrap();
        assert_eq!(read_own(&at("note"), 100).unwrap().as_deref(), Some(&b"ours"[..]));
        assert_eq!(read_own(&at("note"), 3).unwrap(), None, "longer than allowed");
        for planted in ["note", "note.new"] {
            make_way(&at(planted)).unwrap();
            fs::create_dir(at(planted)).unwrap();
            symlink(at("treasure"), at(planted).join("link")).unwrap();
        }
        write_durably(&at("note"), b"ours").unwrap();
        assert_eq!(read_own(&at("note"), 100).unwrap().as_deref(), Some(&b"ours"[..]));
        assert!(fs::symlink_metadata(at("note.new")).is_err(), "a folder is in the way");
        assert_eq!(fs::read(at("treasure")).unwrap(), b"mine");
        assert_eq!(read_own(&at("nothing"), 100).unwrap(), None);
        assert_eq!(read_own(folder.path(), 100).unwrap(), None, "a folder");
    }
}
