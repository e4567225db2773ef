//! Whether an output folder can be written to, and for how many bytes there is room. Nothing is written to find out: the
//! folder need not be there, then what counts is the nearest one above it that is.

use super::file_system::{free, may_write};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use trainyard_format::{Error, Place, Result};

/// Bytes of one output folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// that may still be written to its file system
    pub free: u64,
    /// that it holds: an earlier reduction, or what an earlier start finished
    pub held: u64,
}

impl Room {
    pub fn of(output: &Path) -> Result<Self> {
        let folder = nearest(output)?;
        let free = free(&folder).map_err(|e| Error::io("ask for the room of the file system of", &folder, &e))?;
        Ok(Room { free, held: held(output)? })
    }

    /// # Errors
    /// There is none for `least` bytes, whatever is replaced.
    pub fn refuse_less(&self, least: u64, output: &Path) -> Result<()> {
        if least <= self.free.saturating_add(self.held) {
            return Ok(());
        }
        let what = format!("at least {least} bytes are to be written, and there is room for {}", self.free);
        Err(Error::resource(what, Place::file(output)).with_hint("make room there, or choose another `output`"))
    }
}

/// # Errors
/// Nothing can be made in the folder, or where it would be made.
pub fn refuse_unwritable(output: &Path) -> Result<()> {
    let folder = nearest(output)?;
    let refused = |folder: &Path| may_write(folder).map_err(|e| Error::io("write to the folder", folder, &e));
    refused(&folder)?;
    let work = output.join(".trainyard");
    match fs::symlink_metadata(&work) {
        Ok(found) if found.is_dir() => refused(&work),
        // what else stands there is the business of whoever looks into the folder
        _ => Ok(()),
    }
}

/// The folder itself, or the one above it in which it would be made.
fn nearest(output: &Path) -> Result<PathBuf> {
    let whole = std::path::absolute(output).map_err(|e| Error::io("make absolute", output, &e))?;
    for folder in whole.ancestors() {
        match fs::metadata(folder) {
            Ok(found) if found.is_dir() => return Ok(folder.to_owned()),
            Ok(_) => return Err(Error::io("create a folder in", folder, &io::ErrorKind::NotADirectory.into())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(Error::io("look at", folder, &e)),
        }
    }
    Err(Error::io("look at", output, &io::ErrorKind::NotFound.into()))
}

/// Bytes of all files below a folder; links are not followed.
fn held(folder: &Path) -> Result<u64> {
    let io = |e: &io::Error| Error::io("read the folder", folder, e);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(io(&e)),
    };
    let mut bytes = 0u64;
    for entry in entries {
        let entry = entry.map_err(|e| io(&e))?;
        bytes = bytes.saturating_add(match entry.metadata() {
            Ok(found) if found.is_dir() => held(&entry.path())?,
            Ok(found) if found.is_file() => found.len(),
            // gone meanwhile, or no file
            _ => 0,
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_that_is_not_there_is_judged_by_the_one_above_it() {
        let folder = tempfile::tempdir().unwrap();
        let output = folder.path().join("a/b/reduced");
        assert_eq!(nearest(&output).unwrap(), folder.path());
        refuse_unwritable(&output).unwrap();
        let room = Room::of(&output).unwrap();
        assert!(room.free < 1 << 60 && room.held == 0, "{room:?}");
        room.refuse_less(room.free, &output).unwrap();
        let refused = room.refuse_less(u64::MAX, &output).unwrap_err();
        assert!(matches!(refused, Error::Resource { .. }), "{refused}");
        fs::write(folder.path().join("a"), "no folder").unwrap();
        assert!(refuse_unwritable(&output).is_err());
    }

    #[test]
    fn what_the_folder_holds_is_room_too() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join(".trainyard/finished")).unwrap();
        fs::write(folder.path().join(".trainyard/finished/a.h5"), [0; 300]).unwrap();
        fs::write(folder.path().join("b.h5"), [0; 40]).unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("link")).unwrap();
        assert_eq!(Room::of(folder.path()).unwrap().held, 340);
    }
}
