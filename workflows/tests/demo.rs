//! `demo` and `bench` as a user types them.

use std::path::Path;
use std::process::{Command, Output};

fn trainyard(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trainyard"));
    command.args(arguments).current_dir(folder).env_remove("TRAINYARD_LOG").env_remove("TRAINYARD_PYTHON");
    let Output { status, stdout, stderr } = command.output().expect("the program starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (status.code().expect("no signal"), text(stdout), text(stderr))
}

#[test]
fn a_demonstration_keeps_the_lit_frames_and_can_be_repeated() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, said, complaints) = trainyard(folder.path(), &["demo"]);
    assert_eq!(code, 0, "{said}{complaints}");
    for part in ["64 frames", "32 of them lit", "64 in, 32 kept", "nothing is wrong", "where to look"] {
        assert!(said.contains(part), "no `{part}` in\n{said}");
    }
    let demo = folder.path().join("trainyard-demo");
    let results = demo.join("reduced/CORR-R0001-REDU00-S00000.h5");
    let before = std::fs::read(&results).expect("results");

    let (code, said, _) = trainyard(folder.path(), &["demo"]);
    assert!(code == 0 && said.contains("simulated before") && said.contains("nothing to do"), "{code}: {said}");
    assert_eq!(std::fs::read(&results).expect("results"), before);

    // what the user changed stays, and is another plan
    let workflow = demo.join("workflow.yaml");
    let text = std::fs::read_to_string(&workflow).expect("the workflow").replace("bins: 500", "bins: 50");
    std::fs::write(&workflow, &text).expect("the workflow");
    let (code, _, complaints) = trainyard(folder.path(), &["demo"]);
    assert!(code == 3 && complaints.contains("--overwrite"), "{code}: {complaints}");
    assert_eq!(std::fs::read_to_string(&workflow).expect("the workflow"), text);
}

#[test]
fn a_bench_prints_names_values_and_units() {
    let folder = tempfile::tempdir().expect("a folder");
    let (code, said, complaints) = trainyard(folder.path(), &["bench", "multi-tau"]);
    assert_eq!(code, 0, "{complaints}");
    let words: Vec<&str> = said.split_whitespace().collect();
    assert!(words.len() == 3 && words[0] == "multi-tau" && words[2] == "Mpx/s", "{said}");
    assert!(words[1].parse::<f64>().is_ok_and(|rate| rate > 0.0), "{said}");

    let (code, _, complaints) = trainyard(folder.path(), &["bench", "nonsense"]);
    assert!(code == 3 && complaints.contains("benches are codec, azimuthal"), "{code}: {complaints}");
}
