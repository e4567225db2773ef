//! Rows 14 to 16, 26: files that are not there, cannot be read, or lack something.

use super::case::{case, reported, KEEP};

const MODULE_1: &str = "RAW-R0001-AGIPD01-S00000.h5";

#[test]
fn case_14_a_module_that_is_not_there() {
    let Some(case) = case("14") else { return };
    reported(&case.input, "modules-present", 0);
    let made = case.reduced(KEEP, 0);
    assert!(made.ended.stderr.contains("15 of 16 modules are not there: 1, 2"), "{}", made.ended.stderr);
    made.opens_as("AGIPD1M", &[3; 8]);
}

/// Every frame lacks the module whose file is left out.
const LEFT_OUT: &str = "on-bad-input: {skip-up-to: 100%}";

/// Refused, or left out and said so: never left out silently. All frames lose a module, which no small share allows.
fn a_bad_file(name: &str, what: &str) {
    let Some(case) = case(name) else { return };
    case.refused(KEEP, 4, &[what, MODULE_1]);
    reported(&case.input, "open", 4);
    case.refused(&format!("on-bad-input: {{skip-up-to: 1%}}\n{KEEP}"), 4, &["32 of 32 frames", MODULE_1]);
    let made = case.against("14").reduced(&format!("{LEFT_OUT}\n{KEEP}"), 2);
    assert!(made.ended.stderr.contains(MODULE_1) && made.ended.stderr.contains(what), "{}", made.ended.stderr);
    made.opens_as("AGIPD1M", &[3; 8]);
}

#[test]
fn case_15_a_file_that_ends_early() {
    a_bad_file("15-truncated", "truncated file");
    a_bad_file("15-empty", "the file is empty");
}

#[test]
fn case_16_a_file_of_something_else() {
    a_bad_file("16-text", "it is not an HDF5 file");
    a_bad_file("16-hdf5", "missing METADATA");
}

#[test]
fn case_26_missing_objects_are_named() {
    for (name, what) in [("trainId", "INDEX/trainId"), ("flag", "INDEX/flag"), ("METADATA", "METADATA")] {
        let Some(case) = case(&format!("26-{name}")) else { return };
        case.refused(KEEP, 4, &[&format!("missing {what}"), "RAW-R0001-AGIPD00-S00000.h5"]);
        let made = case.against("20-without").reduced(&format!("{LEFT_OUT}\n{KEEP}"), 2);
        assert_eq!(made.frames_of("/1CH0"), [3; 8]);
    }
}
