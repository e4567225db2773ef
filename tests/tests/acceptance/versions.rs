//! Rows 4 to 6: what files of each format version look like.

use super::case::{case, KEEP};
use serde_json::json;

#[test]
fn case_04_every_format_version() {
    for version in ["0.5", "1.0", "1.2", "1.3"] {
        let Some(case) = case(&format!("04-{version}")) else { return };
        let made = case.reduced(KEEP, 0);
        assert_eq!(made.frames(), (24, 32), "{version}");
        made.opens_as("AGIPD1M", &[3; 8]);
    }
}

/// In 1.1 the flag is an index, and 0 is good. The mock maker writes 1, which makes every train suspect.
#[test]
fn case_05_flags_of_1_1_are_turned_round() {
    for name in ["05", "05-as-made"] {
        let Some(case) = case(name) else { return };
        let made = case.reduced(KEEP, 0);
        assert_eq!(made.frames(), (24, 32), "suspect trains are kept");
    }
}

#[test]
fn case_06_the_index_of_first_last_and_status() {
    let Some(made) = case("06-small").map(|case| case.reduced(KEEP, 0)) else { return };
    assert_eq!(made.frames(), (24, 32));
    made.opens_as("AGIPD1M", &[3; 8]);
    let lines = "trains: {index: \"1:3\"}\nsteps:\n  - keep: pulse in 4..9\n  - write-frames";
    let example = case("06").expect("a case").with("told", json!(false)).with("trains", json!([10001, 10002]));
    let made = example.reduced(lines, 0);
    assert_eq!(made.frames(), (4, 128), "pulses 5 and 7: the mock's are 0, 1, 3, 5 and so on");
}
