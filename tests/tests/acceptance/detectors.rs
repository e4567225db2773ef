//! Row 32: JUNGFRAU, whose rows hold cells, and keys with dots.

use super::case::{case, validate, KEEP};
use serde_json::json;

#[test]
fn case_32_jungfrau_and_keys_with_dots() {
    let Some(whole) = case("32") else { return };
    let trains = json!([10_004, 10_005]);
    let others: Vec<String> =
        [1, 3, 4, 5, 6, 7, 8].iter().map(|n| format!("SPB_IRDA_JF4M/DET/JNGFR0{n}:daqOutput")).collect();
    let made = whole.with("told", json!(false)).with("trains", trains).with("lost", json!(others));
    let made =
        made.reduced("trains: {index: \"4:6\"}\nmodules: [2]\nsteps:\n  - keep: train == 10005\n  - write-frames", 0);
    assert_eq!(made.frames(), (16, 32));
    let cells = case("32-cells").expect("a case").reduced(KEEP, 0);
    assert_eq!(cells.frames(), (6, 32));
    // a row goes only when all its cells go
    cells.opens_as("JUNGFRAU", &[1, 1]);
    let told = validate(&[cells.reduction.output().as_os_str()], Some(0));
    assert_eq!(told["findings"], json!([]), "{told:#}");
}

/// One cell, in rows of their own.
#[test]
fn jungfrau_with_one_cell() {
    let Some(case) = case("o") else { return };
    let made = case.reduced("steps:\n  - keep: train in 10001..10005 && train != 10003\n  - write-frames", 0);
    assert_eq!(made.frames_of("JNGFR02"), [0, 1, 1, 0, 1, 0]);
    made.opens_as("JUNGFRAU", &[1, 1, 1]);
}
