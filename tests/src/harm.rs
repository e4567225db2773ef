//! What happens to a file at rest or while a run works: it goes, a bit turns, it is cut, something else stands there.

use std::fs;
use std::path::Path;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Harm {
    Removed,
    /// one bit, in the middle
    Bit,
    /// all bytes, the size stays
    Zeros,
    /// to half its size
    Cut,
    /// a folder with a file in it
    Folder,
    /// a link to a file elsewhere
    Link,
}

impl Harm {
    pub const ALL: [Harm; 6] = [Harm::Removed, Harm::Bit, Harm::Zeros, Harm::Cut, Harm::Folder, Harm::Link];

    /// `elsewhere`: where a link leads to.
    pub fn befall(self, path: &Path, elsewhere: &Path) {
        let bytes = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let away = || fs::remove_file(path).expect("removed");
        match self {
            Harm::Removed => away(),
            Harm::Bit => {
                let mut bytes = bytes;
                let middle = bytes.len() / 2;
                bytes[middle] ^= 0x10;
                fs::write(path, bytes).expect("written");
            }
            Harm::Zeros => fs::write(path, vec![0; bytes.len()]).expect("written"),
            Harm::Cut => fs::write(path, &bytes[..bytes.len() / 2]).expect("written"),
            Harm::Folder => {
                away();
                fs::create_dir(path).expect("a folder");
                fs::write(path.join("inside"), "x").expect("written");
            }
            Harm::Link => {
                away();
                std::os::unix::fs::symlink(elsewhere, path).expect("a link");
            }
        }
    }
}
