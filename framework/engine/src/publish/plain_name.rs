//! Names that stand in our own notes: of files of one folder, or of a folder in it. Notes may be damaged, or planted where
//! others may write, and must never lead outside of the output folder.

use std::path::{Path, PathBuf};

/// The longest name that a file system takes.
const LONGEST: usize = 255;

/// A file name and nothing else.
pub fn is_plain(name: &str) -> bool {
    let dots = matches!(name, "." | "..");
    !name.is_empty() && name.len() <= LONGEST && !dots && !name.contains(['/', '\0'])
}

/// `NAME`, or `FOLDER/NAME` with a folder that is really one, below `output`.
pub fn inside(output: &Path, name: &str) -> Option<PathBuf> {
    match name.split_once('/') {
        None => is_plain(name).then(|| output.join(name)),
        Some((folder, name)) => {
            let folder = is_plain(folder).then(|| output.join(folder))?;
            let real = std::fs::symlink_metadata(&folder).is_ok_and(|found| found.is_dir());
            (real && is_plain(name)).then(|| folder.join(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_outside() {
        let output = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/tmp", output.path().join("link")).unwrap();
        std::fs::create_dir(output.path().join("misses")).unwrap();
        for name in ["", ".", "..", "../x.h5", "/etc/passwd", "a/../b", "a\0", "link/x", "misses/a/b", "./x", "none/x"]
        {
            assert_eq!(inside(output.path(), name), None, "{name:?}");
        }
        assert!(!is_plain("a/b") && is_plain("a.h5"));
        assert_eq!(inside(output.path(), "misses/a.h5"), Some(output.path().join("misses/a.h5")));
    }
}
