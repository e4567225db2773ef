//! Rows 35 and 37: what the field's own tools write.

use super::case::{case, Case, KEEP};
use serde_json::json;
use trainyard_tests::json_of_python;

/// The lit frames of EXtra-redu are compared by `lit-frames` itself, over all its reference scenarios; here one goes through
/// the program.
#[test]
fn case_35_lit_frames_are_those_of_the_reference() {
    let run = trainyard_tests::simulated(
        "powder --raw --trains 3 --pulses 12 --lit-stride 2 --modules 0,5 --codec bitshuffle-lz4",
    );
    let made = Case::of(run).with("told", json!(false));
    if std::env::var_os("TRAINYARD_PYTHON").is_none() {
        return;
    }
    let made = made.reduced("steps:\n  - lit-frames\n  - keep: lit\n  - write-frames", 0);
    assert_eq!(made.frames(), (18, 36));
}

#[test]
fn case_37_what_extra_data_writes_is_read() {
    let Some(written) = case("37-write") else { return };
    let made = written.reduced(KEEP, 0);
    assert_eq!(made.frames(), (24, 32));
    made.opens_as("AGIPD1M", &[3; 8]);
    // frames that EXtra-data selected, and the same selection by us
    let frames = case("37-frames").expect("a case");
    let theirs = frames.input.clone();
    let again = frames.reduced("steps:\n  - write-frames", 0);
    assert_eq!(again.frames(), (8, 8));
    let ours = case("small").expect("a case").with("trains", json!([10_001, 10_002, 10_003, 10_004]));
    let ours = ours.reduced("trains: \"10001:10005\"\nsteps:\n  - keep: pulse == 1 || pulse == 3\n  - write-frames", 0);
    for output in [again.reduction.output(), ours.reduction.output()] {
        let same = json_of_python("same_frames.py", [&theirs, &output]).expect("an interpreter");
        assert_eq!(same, json!({"frames": 16, "equal": true}));
    }
}
