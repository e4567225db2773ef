//! The program itself: exit codes, stdout and stderr.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainyard"));
    command.env_remove("TRAINYARD_LOG");
    command
}

fn trainyard(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program().args(arguments).output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code().expect("no signal"), text(stdout), text(stderr))
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[test]
fn help_and_version_are_no_errors() {
    let (code, version, _) = trainyard(&["--version"]);
    assert_eq!((code, version.lines().next()), (0, Some(concat!("trainyard ", env!("CARGO_PKG_VERSION")))));
    let (code, help, _) = trainyard(&["--help"]);
    assert!(code == 0 && help.contains("Example:") && !help.contains("opener"), "{help}");
}

#[test]
fn a_wrong_command_line_is_3() {
    for wrong in [&["nonsense"][..], &[], &["inspect"], &["algorithms", "--nonsense"], &["algorithms", "nonsense"]] {
        let (code, out, err) = trainyard(wrong);
        assert_eq!((code, out.as_str()), (3, ""), "{wrong:?}: {err}");
    }
    let (code, _, err) = trainyard(&["inspect", "/no/such/run"]);
    assert_eq!((code, err.as_str()), (3, "error: there is no such folder\n  --> /no/such/run\n"));
    let (code, _, err) = trainyard(&["validate", "/no/such/run"]);
    assert!(code == 3 && err.starts_with("error: failed to find `/no/such/run`"), "{err}");
}

#[test]
fn a_log_filter_nobody_can_read_is_3() {
    let output =
        program().arg("algorithms").env("TRAINYARD_LOG", "trainyard=loud").output().expect("the program starts");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: failed to read TRAINYARD_LOG=`trainyard=loud`"));
}

#[test]
fn damaged_input_is_4() {
    let run = folder("damaged");
    std::fs::write(run.join("RAW-R0001-DA01-S00000.h5"), b"this is not HDF5").expect("a file");
    let run = run.display().to_string();
    let (code, out, err) = trainyard(&["inspect", &run]);
    assert!(code == 4 && out.is_empty() && err.starts_with("error: there is no usable EuXFEL file"), "{code} {err}");
    let (code, out, _) = trainyard(&["validate", &run, "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).expect("JSON");
    assert!(code == 4 && report["errors"].as_u64() >= Some(1), "{out}");
}

#[test]
fn every_algorithm_can_be_shown() {
    let (code, out, _) = trainyard(&["algorithms", "--json"]);
    let list: Vec<serde_json::Value> = serde_json::from_str(&out).expect("JSON");
    assert!(code == 0 && !list.is_empty());
    for entry in list {
        let name = entry["name"].as_str().expect("a name");
        let (code, out, _) = trainyard(&["algorithms", name]);
        assert!(code == 0 && out.starts_with(&format!("{name}: ")), "{out}");
        let (code, out, _) = trainyard(&["algorithms", name, "--json"]);
        let detail: serde_json::Value = serde_json::from_str(&out).expect("JSON");
        assert!(code == 0 && detail["schema"].is_object(), "{out}");
    }
}

/// `trainyard algorithms | head -0`
#[test]
fn a_reader_that_goes_away_is_no_bug() {
    let mut child =
        program().arg("algorithms").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
