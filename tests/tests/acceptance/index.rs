//! Rows 7 to 9, 23 to 25, 28, 34: which rows belong to which train.

use super::case::{case, reported, validate, KEEP};
use serde_json::json;

fn skip(share: &str) -> String {
    format!("on-bad-input: {{skip-up-to: {share}}}\n{KEEP}")
}

#[test]
fn case_07_a_module_misses_a_train() {
    // the mock's rows state other trains than its index
    let Some(case) = case("07") else { return };
    let made = case.with("skip", json!(["row-trains"])).reduced(KEEP, 0);
    made.opens_as("LPD1M", &[3; 5]);
    assert_eq!(made.frames_of("/0CH0"), [3; 5]);
    assert_eq!(made.frames_of("/1CH0"), [3, 3, 0, 3, 3]);
}

#[test]
fn case_08_trains_without_pulses_stay() {
    let Some(made) = case("08").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames_of("/1CH0"), [3, 0, 3, 0, 0, 3, 3, 0]);
    made.opens_as("AGIPD1M", &[3; 4]);
}

#[test]
fn case_09_no_train_has_a_pulse() {
    let Some(made) = case("09").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames(), (0, 0));
    assert_eq!(made.frames_of("/0CH0"), [0; 8]);
    assert!(made.ended.stderr.contains("SPB_DET_AGIPD1M-1: no selected train has frames"), "{}", made.ended.stderr);
}

#[test]
fn case_23_gaps_overlaps_and_rows_past_the_end() {
    let Some(gap) = case("23-gap") else { return };
    reported(&gap.input, "index-contiguous", 4);
    let made = gap.with("skip", json!(["as-extra-data"])).reduced(KEEP, 0);
    assert_eq!((made.frames_of("/0CH0"), made.fate("incomplete")), (vec![3, 3, 2, 3, 3, 3, 3, 3], 2));
    assert!(made.ended.stderr.contains("1 gaps in the index"), "{}", made.ended.stderr);
    for (name, train, frames) in [
        ("23-overlap", "train 10002", [3, 3, 0, 3, 3, 3, 3, 3]),
        ("23-past-end", "train 10007", [3, 3, 3, 3, 3, 3, 3, 0]),
        ("23-overflow", "train 10007", [3, 3, 3, 3, 3, 3, 3, 0]),
    ] {
        let case = case(name).expect("a case");
        let words = ["the index leads to rows", "RAW-R0001-AGIPD00-S00000.h5", "0CH0:xtdf", train];
        case.refused(KEEP, 4, &words);
        reported(&case.input, if name == "23-overlap" { "index-contiguous" } else { "index-inside-data" }, 4);
        let made = case.with("skip", json!(["as-extra-data"])).reduced(&skip("13%"), 2);
        assert_eq!((made.frames_of("/0CH0"), made.frames_of("/1CH0")), (frames.to_vec(), frames.to_vec()), "{name}");
        assert_eq!(made.fate("incomplete"), 4);
    }
}

#[test]
fn case_24_a_first_of_zero_for_empty_trains() {
    let Some(made) = case("24").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames_of("/0CH0"), [3, 3, 0, 3, 3, 0, 3, 3]);
    made.opens_as("AGIPD1M", &[3; 6]);
}

/// Trains beyond the end of the index are damage: nobody knows their rows.
#[test]
fn case_25_an_index_of_another_length() {
    let Some(short) = case("25-short") else { return };
    short.refused(KEEP, 4, &["the index has 6 entries for 8 trains", "RAW-R0001-AGIPD00-S00000.h5", "train 10006"]);
    reported(&short.input, "index-length", 4);
    let made = short.with("skip", json!(["as-extra-data"])).reduced(&skip("25%"), 2);
    assert_eq!((made.frames_of("/1CH0"), made.fate("incomplete")), (vec![3, 3, 3, 3, 3, 3, 0, 0], 8));
    let long = case("25-long").expect("a case");
    reported(&long.input, "index-length", 4);
    let made = long.reduced(KEEP, 0);
    assert!(made.ended.stderr.contains("12 entries for 8 trains"), "{}", made.ended.stderr);
    made.opens_as("AGIPD1M", &[3; 8]);
}

#[test]
fn case_28_modules_that_disagree() {
    let Some(ids) = case("28-ids") else { return };
    reported(&ids.input, "modules-ids", 0);
    let made = ids.with("skip", json!(["as-extra-data"])).reduced("steps:\n  - write-frames", 0);
    assert_eq!((made.frames(), made.fate("incomplete")), ((31, 33), 2));
    assert_eq!((made.frames_of("/0CH0"), made.frames_of("/1CH0")[1]), (vec![4, 3, 4, 4, 4, 4, 4, 4], 3));
    let counts = case("28-counts").expect("a case");
    reported(&counts.input, "modules-count", 0);
    let made = counts.with("skip", json!(["as-extra-data"])).reduced("steps:\n  - write-frames", 0);
    assert_eq!((made.frames(), made.fate("incomplete")), ((24, 32), 8));
    made.opens_as("AGIPD1M", &[3; 8]);
}

#[test]
fn case_34_rows_that_belong_to_no_train() {
    let Some(case) = case("34") else { return };
    let told = validate(&[case.input.as_os_str()], Some(0));
    let found = told["findings"].as_array().expect("findings").iter().find(|f| f["id"] == "index-orphans");
    assert!(found.is_some_and(|f| f["what"].as_str().is_some_and(|w| w.contains('3'))), "{told:#}");
    let made = case.with("skip", json!(["as-extra-data"])).reduced(KEEP, 0);
    assert_eq!((made.frames_of("/0CH0"), made.fate("incomplete")), (vec![3, 3, 3, 3, 3, 3, 3, 1], 3));
}
