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
    let path = is_listed(name).then(|| output.join(name))?;
    let folder = path.parent().filter(|folder| *folder != output);
    let real = |folder: &Path| std::fs::symlink_metadata(folder).is_ok_and(|found| found.is_dir());
    folder.is_none_or(real).then_some(path)
}

/// `NAME`, or `FOLDER/NAME` with a folder that is not hidden.
pub fn is_listed(name: &str) -> bool {
    match name.split_once('/') {
        None => is_plain(name),
        Some((folder, name)) => is_plain(folder) && !folder.starts_with('.') && is_plain(name),
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
        let listed = ["a.h5", "a/b", ".trainyard/lease.json", "../a", "a/..", "/a", "a/b/c", "a/"].map(is_listed);
        assert_eq!(listed, [true, true, false, false, false, false, false, false]);
        assert_eq!(inside(output.path(), "misses/a.h5"), Some(output.path().join("misses/a.h5")));
    }
}
