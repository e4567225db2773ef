//! Rows 17 to 22, 29: odd trains.

use super::case::{case, reported, KEEP};
use serde_json::json;

const MODULE_0: &str = "RAW-R0001-AGIPD00-S00000.h5";

/// `on-bad-input` in front of the steps.
fn skip(share: &str) -> String {
    format!("on-bad-input: {{skip-up-to: {share}}}\n{KEEP}")
}

/// Rows without an id are bad input; when it may be skipped, those behind them stay where they belong.
#[test]
fn case_17_an_id_of_zero_inside() {
    let Some(case) = case("17") else { return };
    case.refused(KEEP, 4, &["id is 0", MODULE_0, "0CH0"]);
    reported(&case.input, "train-ids-nonzero", 4);
    // EXtra-data shifts the rows behind it
    let made = case.with("skip", json!(["as-extra-data"])).reduced(&skip("1%"), 2);
    assert!(made.ended.stderr.contains("of a train whose id is 0: 4 rows"), "{}", made.ended.stderr);
    assert_eq!(made.frames_of("/0CH0"), [3, 3, 3, 0, 3, 3, 3, 3]);
    assert_eq!(made.frames_of("/1CH0"), [3; 8]);
}

#[test]
fn case_18_an_id_that_does_not_increase() {
    let Some(case) = case("18") else { return };
    reported(&case.input, "train-ids-order", 4);
    // the rows state the train that recorded them, the index another
    let made = case.with("told", json!(false)).with("skip", json!(["as-extra-data", "row-trains"])).reduced(KEEP, 0);
    assert!(
        made.ended.stderr.contains("train 9990: INDEX/trainId: train ids do not increase"),
        "{}",
        made.ended.stderr
    );
    assert!(made.ended.stderr.contains(MODULE_0));
    assert_eq!(made.frames_of("/0CH0"), [3, 3, 3, 3, 0, 3, 3, 3, 3]);
    assert_eq!(made.reduction.manifest()["oddities"].as_array().map(Vec::len), Some(2));
}

#[test]
fn case_19_an_absurd_id() {
    let Some(case) = case("19") else { return };
    reported(&case.input, "train-ids-plausible", 4);
    let made = case.carries_errors().with("told", json!(false)).reduced(KEEP, 0);
    assert!(made.ended.stderr.contains("9223372036854775813"), "{}", made.ended.stderr);
    assert_eq!(made.frames_of("/0CH0"), [3, 3, 3, 3, 3, 3, 3, 0, 3]);
}

#[test]
fn case_20_a_train_twice_in_a_file() {
    let Some(case) = case("20") else { return };
    case.refused(KEEP, 4, &["the train stands twice in the file", MODULE_0, "train 10002"]);
    reported(&case.input, "train-ids-repeated", 4);
    let lost = json!(["SPB_DET_AGIPD1M-1/DET/0CH0:xtdf"]);
    let made = case.against("20-without").with("lost", lost).reduced(&skip("100%"), 2);
    assert!(made.ended.stderr.contains(MODULE_0), "{}", made.ended.stderr);
    made.opens_as("AGIPD1M", &[3; 8]);
}

#[test]
fn case_21_a_train_in_two_sequences() {
    let Some(case) = case("21") else { return };
    case.refused(KEEP, 4, &["a file of the same aggregator", "RAW-R0001-AGIPD00-S00001.h5", "train 10000"]);
    reported(&case.input, "train-once", 4);
    case.against("small").reduced(&skip("1%"), 2).opens_as("AGIPD1M", &[3; 8]);
}

/// Kept by default, with flag and origin.
#[test]
fn case_22_suspect_trains() {
    let Some(made) = case("22").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames(), (24, 32));
    let origin = trainyard_tests::json_of_python("origins.py", [made.reduction.output()]).expect("an interpreter");
    let expected = json!([0, "INSTRUMENT/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf/detector"]);
    assert_eq!(origin["RAW-R0001-AGIPD00-S00000.h5"]["10002"], expected, "{origin}");
    assert_eq!(origin["RAW-R0001-AGIPD00-S00000.h5"]["10003"], json!([1, null]));
}

#[test]
fn case_29_files_out_of_step() {
    let Some(made) = case("29").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames(), (33, 44));
    assert_eq!(made.frames_of("/0CH0"), [3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0]);
    assert_eq!(made.frames_of("/1CH0"), [0, 0, 0, 3, 3, 3, 3, 3, 3, 3, 3]);
}
