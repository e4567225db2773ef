//! Several cases at once.

use super::case::{case, reported, Case, COPY, KEEP};
use serde_json::json;

fn skip(share: &str) -> String {
    format!("on-bad-input: {{skip-up-to: {share}}}\n{KEEP}")
}

#[test]
fn flags_of_1_1_with_suspect_trains_and_old_names() {
    let Some(made) = case("a").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames(), (24, 32));
    made.opens_as("AGIPD1M", &[3; 8]);
    // opened by EXtra-data, which leaves its list of files: with old names among the sources
    super::case::validate(&[made.reduction.output().as_os_str()], Some(0));
}

#[test]
fn reduced_before_with_a_module_missing_and_trains_without_pulses() {
    let Some(case) = case("b") else { return };
    let made = case.reduced(&format!("sequence: {{trains: 3}}\n{KEEP}"), 0);
    assert_eq!(made.frames_of("/2CH0"), [3, 0, 3, 2, 0, 3, 1, 0]);
    let records = made.found["auxiliary"].as_array().expect("records").clone();
    for name in ["AGIPD02@SPB_IRU_AGIPD1M1/REDU/LITFRM:daqFilter", "PULSE_REDUCTION/SPB_DET_AGIPD1M-1/DET/0CH0:xtdf"] {
        assert!(records.contains(&json!(name)), "no {name} in {records:?}");
    }
    let trains: Vec<u64> = (10_002..10_006).collect();
    let again = Case::of(made.reduction.output()).with("trains", json!(trains));
    let again = again.reduced("trains: \"10002:10006\"\nsteps:\n  - keep: cell > 0\n  - write-frames", 0);
    assert_eq!(again.frames_of("/0CH0"), [2, 1, 0, 2]);
}

#[test]
fn the_oldest_dssc_in_two_sequences() {
    let Some(made) = case("c").map(|case| case.reduced(&format!("sequence: {{trains: 3}}\n{KEEP}"), 0)) else { return };
    assert_eq!(made.frames(), (24, 40));
    made.opens_as("DSSC1M", &[3; 8]);
}

#[test]
fn parallel_gain_with_empty_trains_and_a_module_that_misses_one() {
    let Some(case) = case("d") else { return };
    let made = case.with("gain-stages", json!(true)).reduced(KEEP, 0);
    assert_eq!(made.frames_of("/0CH0"), [6, 0, 9, 6, 0, 9]);
    assert_eq!(made.frames_of("/1CH0"), [6, 0, 9, 0, 0, 9]);
    made.opens_as("LPD1M", &[6, 9, 6, 9]);
}

#[test]
fn jungfrau_cells_with_a_gap_and_a_key_with_a_dot() {
    let Some(made) = case("e").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames_of("JNGFR01"), [1, 1, 1, 1, 0, 0]);
    assert_eq!(made.frames_of("JNGFR02"), [0, 1, 1, 0, 1, 1]);
}

#[test]
fn sequences_cut_differently_by_each_module() {
    let Some(whole) = case("f-intact") else { return };
    let made = whole.reduced(&format!("sequence: {{trains: 5}}\n{KEEP}"), 0);
    made.opens_as("AGIPD1M", &[3; 8]);
    // and with a file of one of them cut short
    let short = case("f").expect("a case");
    short.refused(KEEP, 4, &["truncated file", "RAW-R0001-AGIPD02-S00001.h5"]);
    short.refused(&skip("49%"), 4, &["16 of 32 frames"]);
    let made = short.reduced(&skip("50%"), 2);
    // slow data go on for two trains
    assert_eq!(made.frames_of("/2CH0"), [3, 3, 3, 3, 0, 0, 0, 0, 0, 0]);
    assert_eq!(made.frames_of("/1CH0"), [3, 3, 3, 3, 3, 3, 3, 3, 0, 0]);
}

#[test]
fn beside_an_overview_and_a_stale_list_twice() {
    let Some(case) = case("33") else { return };
    let first = case.reduced("steps:\n  - keep: cell > 0\n  - write-frames", 0);
    let second = Case::of(first.reduction.output()).reduced(KEEP, 0);
    assert_eq!(second.frames(), (16, 24));
    let third = Case::of(second.reduction.output()).reduced("steps:\n  - keep: train != 10000\n  - write-frames", 0);
    assert_eq!(third.frames_of("/1CH0"), [0, 2, 2, 2, 2, 2, 2, 2]);
    let names: Vec<String> = third.reduction.published().0.into_keys().collect();
    for aggregator in ["REDU00", "REDU20", "REDU31"] {
        assert!(names.iter().any(|n| n.contains(aggregator)), "no {aggregator} in {names:?}");
    }
}

#[test]
fn two_sequences_that_share_a_train() {
    let Some(case) = case("h") else { return };
    case.refused(KEEP, 4, &["a file of the same aggregator", "RAW-R0001-AGIPD00-S00001.h5", "train 10003"]);
    reported(&case.input, "train-once", 4);
    let trains: Vec<u64> = (10_000..10_004).collect();
    let made = case.against("h-first").with("trains", json!(trains)).reduced(&skip("1%"), 2);
    made.opens_as("AGIPD1M", &[3; 4]);
}

#[test]
fn a_module_whose_file_lists_no_train() {
    let Some(made) = case("i").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames_of("/3CH0"), [0; 8]);
    assert_eq!(made.frames_of("/0CH0"), [3; 8]);
}

/// Virtual datasets are read through HDF5 and written as real ones.
#[test]
fn virtual_files_of_extra_data() {
    let Some(case) = case("j") else { return };
    // EXtra-data takes the attributes from the files behind
    let made = case.with("skip", json!(["attributes"])).reduced(KEEP, 0);
    made.opens_as("AGIPD1M", &[3; 8]);
}

/// The results of the second must not take the files of the first.
#[test]
fn two_detectors_one_after_the_other() {
    let Some(case) = case("m") else { return };
    let agipd = case.reduced(&format!("detector: SPB_DET_AGIPD1M-1\n{KEEP}"), 0);
    assert_eq!(agipd.frames_of("/0CH0"), [3; 8]);
    let both = Case::of(agipd.reduction.output());
    let both = both.reduced("detector: SPB_IRDA_JF4M\nsteps:\n  - keep: train == 10001\n  - write-frames", 0);
    assert_eq!((both.frames_of("/1CH0"), both.frames()), (vec![3; 8], (16, 32)));
    for source in ["SPB_DET_AGIPD1M-1/REDU/FATE:output", "SPB_IRDA_JF4M/REDU2/FATE:output"] {
        assert!(
            both.found["sources"].as_array().expect("sources").contains(&json!(source)),
            "{}",
            both.found["sources"]
        );
    }
}

#[test]
fn slow_data_whose_trains_go_back_or_are_padded() {
    let Some(back) = case("n") else { return };
    // what is carried over whole stays as it is
    let made = back.carries_errors().reduced(KEEP, 0);
    assert!(made.ended.stderr.contains("RAW-R0001-DA01-S00000.h5"), "{}", made.ended.stderr);
    let padded = case("n-padded").expect("a case");
    padded.reduced(KEEP, 0);
    let trains: Vec<u64> = (10_001..10_004).collect();
    case("n").expect("a case").with("trains", json!(trains)).reduced(&format!("trains: \"10001:10004\"\n{COPY}"), 0);
}

/// Records of an earlier reduction, an index of the oldest form, and a copy of all that.
#[test]
fn a_copy_of_a_reduced_run() {
    let Some(case) = case("b") else { return };
    let made = case.reduced(COPY, 0);
    assert_eq!(made.frames_of("/2CH0"), [3, 0, 4, 2, 0, 5, 1, 0]);
}
