//! The field's own tools, asked by scripts in `python/`.

use crate::{Child, Finished, PATIENCE};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs `python/<script>` with the interpreter in `TRAINYARD_PYTHON`; nothing, said so, when that is not set.
#[track_caller]
pub fn python<A: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = A>) -> Option<Finished> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    run(&path, arguments, &[])
}

/// As [`python`], and ends the test unless the script succeeds; what it prints is JSON.
#[track_caller]
pub fn json_of_python<A: AsRef<OsStr>>(
    script: &str,
    arguments: impl IntoIterator<Item = A>,
) -> Option<serde_json::Value> {
    let done = python(script, arguments)?.expect(0);
    Some(
        serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{script} printed no JSON: {e}\n{}", done.stdout)),
    )
}

/// Starts `python/<script>` and does not wait.
pub fn start_python<A: AsRef<OsStr>>(script: &str, arguments: impl IntoIterator<Item = A>) -> Option<Child> {
    start(&Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script), arguments, &[])
}

#[track_caller]
pub(crate) fn run<A: AsRef<OsStr>>(
    script: &Path,
    arguments: impl IntoIterator<Item = A>,
    more: &[(&str, &str)],
) -> Option<Finished> {
    start(script, arguments, more).map(|child| child.wait(PATIENCE))
}

fn start<A: AsRef<OsStr>>(
    script: &Path,
    arguments: impl IntoIterator<Item = A>,
    more: &[(&str, &str)],
) -> Option<Child> {
    let mut command = interpreter(script)?;
    Some(Child::start(command.args(arguments).envs(more.iter().copied())))
}

/// The command that runs `script`; nothing, said so, when `TRAINYARD_PYTHON` is not set.
pub(crate) fn interpreter(script: &Path) -> Option<Command> {
    let Some(interpreter) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return None;
    };
    let mut command = Command::new(&interpreter);
    // the interpreter's folder holds the tools installed with it
    if let Some(folder) = Path::new(&interpreter).parent() {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let all = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(all).expect("a search path"));
    }
    command.arg("-B").arg(script);
    Some(command)
}

/// The folder in `TRAINYARD_REAL_DATA`; nothing, said so, when that is not set.
pub fn real_data() -> Option<PathBuf> {
    let folder = std::env::var_os("TRAINYARD_REAL_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: TRAINYARD_REAL_DATA is not set");
    }
    folder
}
