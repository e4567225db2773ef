//! Storage that refuses: a library that is loaded before all others and lets chosen calls on chosen files fail.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Which calls fail, and how.
#[derive(Clone, Debug)]
pub struct Refusing {
    /// part of the path
    pub name: String,
    /// one of [`CALLS`](Self::CALLS)
    pub call: &'static str,
    /// counted from 1, in each process
    pub from: u32,
    pub times: u32,
    /// 0: they do not return
    pub errno: i32,
}

impl Refusing {
    /// Opening; reading; looking at (stat and its kin); writing; making durable; renaming, linking and making folders; removing.
    pub const CALLS: [&'static str; 7] = ["open", "read", "look", "write", "sync", "rename", "remove"];

    /// What the program is to be started with. Nothing, said so, where there is no C compiler.
    pub fn environment(&self) -> Option<Vec<(String, String)>> {
        let library = library()?;
        let set = |name: &str, value: String| (name.to_owned(), value);
        Some(vec![
            set("LD_PRELOAD", library.display().to_string()),
            set("REFUSE_NAME", self.name.clone()),
            set("REFUSE_CALL", self.call.into()),
            set("REFUSE_FROM", self.from.to_string()),
            set("REFUSE_TIMES", self.times.to_string()),
            set("REFUSE_ERRNO", self.errno.to_string()),
        ])
    }
}

fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    LIBRARY.get_or_init(build).as_deref()
}

fn build() -> Option<PathBuf> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("shim/refusing.c");
    let folder = std::env::temp_dir().join(format!("trainyard-shim-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    let library = folder.join("refusing.so");
    let compiler =
        Command::new("cc").args(["-O1", "-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    match compiler {
        Ok(status) => assert!(status.success(), "the library does not compile"),
        Err(_) => {
            println!("skipped: there is no C compiler");
            return None;
        }
    }
    Some(library)
}
