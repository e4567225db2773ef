//! What several test programs need.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs `tests/python/<script>` with the interpreter of `TRAINYARD_PYTHON`; `None`, said aloud, when it is unset.
pub fn python(script: &str, arguments: &[&Path]) -> Option<String> {
    let Some(interpreter) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return None;
    };
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let output = Command::new(interpreter).arg(script).args(arguments).output().expect("python starts");
    assert!(
        output.status.success(),
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A pool of two children that run this crate's own opener.
#[allow(dead_code)]
pub fn pool() -> trainyard_format::opener::OpenerPool {
    use trainyard_format::opener::{Limits, OpenerCommand, OpenerPool};
    let command = OpenerCommand { program: env!("CARGO_BIN_EXE_trainyard-opener").into(), args: Vec::new() };
    OpenerPool::start(command, 2, Limits::default())
}
