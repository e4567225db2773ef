//! Writing that survives a crash: file synced, renamed, folder synced.

use crate::{Error, Result};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

pub fn sync_folder(folder: &Path) -> Result<()> {
    // the parent of a bare file name is empty
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|f| f.sync_all()).map_err(|e| Error::io("sync the folder", folder, &e))
}

/// Syncs `from`, renames it to `to` and syncs the folder of `to`.
pub fn publish_file(from: &Path, to: &Path) -> Result<()> {
    File::open(from).and_then(|f| f.sync_all()).map_err(|e| Error::io("sync", from, &e))?;
    fs::rename(from, to).map_err(|e| Error::io("rename", from, &e))?;
    to.parent().map_or(Ok(()), sync_folder)
}

/// Replaces `path` by `bytes`, in one step as seen from outside.
pub fn write_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".new");
    let new = path.with_file_name(name);
    File::create(&new)
        .and_then(|mut f| f.write_all(bytes).and_then(|()| f.sync_all()))
        .map_err(|e| Error::io("write", &new, &e))?;
    fs::rename(&new, path).map_err(|e| Error::io("rename", &new, &e))?;
    path.parent().map_or(Ok(()), sync_folder)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_folder_of_a_bare_file_name_is_the_current_one() {
        let folder = std::path::Path::new("x.h5").parent().unwrap();
        super::sync_folder(folder).unwrap();
    }
}
