//! What happens to a file at rest or while a run works: it goes, a bit turns, it is cut, something else stands there.

use crate::sized;
use std::fs;
use std::io;
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

    /// All of them in a full test; in a thin one two, others in each turn.
    pub fn some(turn: usize) -> Vec<Harm> {
        let two = (0..2).map(|one| Harm::ALL[(2 * turn + one) % Harm::ALL.len()]);
        sized(two.collect(), Harm::ALL.to_vec())
    }

    /// `elsewhere`: where a link leads to.
    pub fn befall(self, path: &Path, elsewhere: &Path) {
        self.try_befall(path, elsewhere).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    }

    /// As [`befall`](Self::befall), to a file that may be gone by now.
    pub fn try_befall(self, path: &Path, elsewhere: &Path) -> io::Result<()> {
        let bytes = fs::read(path)?;
        let away = || fs::remove_file(path);
        match self {
            Harm::Removed => away(),
            Harm::Bit => {
                let mut bytes = bytes;
                let middle = bytes.len() / 2;
                *bytes.get_mut(middle).ok_or(io::ErrorKind::UnexpectedEof)? ^= 0x10;
                fs::write(path, bytes)
            }
            Harm::Zeros => fs::write(path, vec![0; bytes.len()]),
            Harm::Cut => fs::write(path, &bytes[..bytes.len() / 2]),
            Harm::Folder => {
                away()?;
                fs::create_dir(path)?;
                fs::write(path.join("inside"), "x")
            }
            Harm::Link => {
                away()?;
                std::os::unix::fs::symlink(elsewhere, path)
            }
        }
    }
}
