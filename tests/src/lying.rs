//! Storage that lies: a library, loaded before the program, that turns a bit of what is written.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

pub struct Lying {
    folder: TempDir,
}

impl Lying {
    /// Nothing, said so, where there is no C compiler.
    pub fn built() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("shims/turn_a_bit.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-shared", "-fPIC", "-o"]).arg(folder.path().join("lying.so")).arg(source).arg("-ldl");
        match compiler.output() {
            Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr)),
            Err(_) => {
                println!("skipped: there is no `cc`");
                return None;
            }
        }
        Some(Lying { folder })
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("log")
    }

    /// Environment in which every write to a path that holds `path` goes wrong.
    pub fn about(&self, path: &str) -> [(&'static str, String); 3] {
        let _ = std::fs::remove_file(self.log());
        let text = |path: PathBuf| path.display().to_string();
        let library = text(self.folder.path().join("lying.so"));
        [("LD_PRELOAD", library), ("LYING_PATH", path.into()), ("LYING_LOG", text(self.log()))]
    }

    /// Bits turned since.
    pub fn turned(&self) -> usize {
        std::fs::read_to_string(self.log()).map_or(0, |log| log.lines().count())
    }
}
