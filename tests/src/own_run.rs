//! A run in a folder of its own, to be damaged, taken away and changed.

use crate::{copy_folder, simulated, Child, Reduction};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// 8 trains of 12 frames, 2 modules, files of 4 trains.
pub struct OwnRun {
    folder: TempDir,
}

impl OwnRun {
    pub fn copied() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let run = simulated("powder --trains 8 --pulses 12 --modules 0,8 --trains-per-sequence 4 --seed 7");
        copy_folder(&run, &folder.path().join("run"));
        OwnRun { folder }
    }

    /// Beside the run there is room.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn run(&self) -> PathBuf {
        self.folder().join("run")
    }

    /// `AGIPD08-S00001`
    pub fn file(&self, name: &str) -> PathBuf {
        self.run().join(format!("CORR-R0001-{name}.h5"))
    }

    /// Moves a file out of the run, and says where it is.
    pub fn take_away(&self, path: &Path) -> PathBuf {
        let away = self.folder().join("away");
        std::fs::rename(path, &away).expect("a rename");
        away
    }

    /// A run under way that has not come to the files of the last trains, and one of these.
    pub fn paused(&self, lines: &str) -> (Reduction, Child, PathBuf) {
        let (reduction, child) = Reduction::paused(&self.run(), lines);
        (reduction, child, self.file("AGIPD08-S00001"))
    }
}
