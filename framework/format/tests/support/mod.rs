//! What several test programs need.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs `tests/python/<script>` with the interpreter of `TRAINYARD_PYTHON`; `None`, said aloud, when it is unset.
#[allow(dead_code)]
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

/// Shape and bytes of every dataset of a file by path.
#[allow(dead_code)]
pub type Contents = std::collections::BTreeMap<String, (Vec<u64>, Vec<u8>)>;

/// Everything in a file; of texts the lines.
#[allow(dead_code)]
pub fn contents(path: &Path) -> Contents {
    use trainyard_format::hdf5::{File, Group, ObjectKind};
    use trainyard_format::map::ElementType;
    fn walk(group: &Group, found: &mut Contents) {
        for child in group.children(10_000).expect("children") {
            if group.kind(&child.name).expect("a kind") == ObjectKind::Group {
                walk(&group.group(&child.name).expect("a group"), found);
                continue;
            }
            let path = group.join(&child.name);
            let dataset = group.file().dataset(&path).expect("a dataset");
            let bytes = match dataset.element() {
                ElementType::VarString => dataset.read_strings(1 << 20).expect("texts").join("\n").into_bytes(),
                _ => dataset.read_all(1 << 30).expect("values"),
            };
            found.insert(path, (dataset.shape().to_vec(), bytes));
        }
    }
    let mut found = Contents::new();
    walk(&File::open(path).expect("a file").root().expect("a root"), &mut found);
    found
}
