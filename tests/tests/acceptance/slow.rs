//! Rows 27, 30, 31, 33: slow data, runs without modules, and what lies beside the data.

use super::case::{case, reported, Case, COPY, KEEP};
use serde_json::json;
use trainyard_tests::{trainyard, Reduction};

#[test]
fn case_27_times_that_go_back_are_copied_and_reported() {
    let Some(case) = case("27") else { return };
    reported(&case.input, "control-timestamps", 4);
    let made = case.carries_errors().reduced(KEEP, 0);
    reported(&made.reduction.output(), "control-timestamps", 4);
}

/// Sources without data, RUN-only sources, texts, files and whole runs without trains.
#[test]
fn case_30_runs_of_slow_data_are_copied() {
    for name in ["30-empty-source", "30-run-only", "30-no-trains", "30-beside"] {
        let Some(case) = case(name) else { return };
        let made = case.reduced(COPY, 0);
        assert_eq!(made.frames(), (0, 0), "{name}");
    }
    let some = case("30-empty-source").expect("a case").with("trains", json!((10_100..10_120).collect::<Vec<u64>>()));
    let made = some.reduced(&format!("trains: \"10100:10120\"\n{COPY}"), 0);
    let told = Reduction::new(&some.input, COPY).check(&[]).expect(0);
    assert!(
        told.stdout.contains("500 trains of ") && told.stdout.contains(" sources, to be copied"),
        "{}",
        told.stdout
    );
    // and what was copied can be copied again
    Case::of(made.reduction.output()).reduced(COPY, 0);
    // frames are not asked for without a detector
    some.refused(KEEP, 3, &["the run holds 2 detectors", "hint:"]);
}

/// Without steps a detector is copied like everything else, and keys that are about frames are mistakes.
#[test]
fn a_workflow_without_steps_copies_detectors_too() {
    let Some(case) = case("small") else { return };
    let trains = json!((10_002..10_005).collect::<Vec<u64>>());
    let made = case.with("trains", trains).reduced(&format!("trains: \"10002:10005\"\n{COPY}"), 0);
    made.opens_as("AGIPD1M", &[4; 3]);
    let input = super::case::case("small").expect("a case").input;
    let wrong = Reduction::new(&input, &format!("modules: [1]\nquality: {{sample: 5%}}\n{COPY}")).check(&[]).expect(3);
    wrong.complains(&["`modules` means nothing without steps", "`quality` means nothing without steps"]);
}

#[test]
fn case_31_device_names_of_any_form() {
    let Some(case) = case("31") else { return };
    let camera = "SPB_IRU_SIDEMIC_CAM:daqOutput";
    let trains = json!([10_000, 10_001, 10_002]);
    let made = case.with("trains", trains).with("camera", json!(camera));
    let made = made.reduced("trains: {index: \"0:3\"}\nsteps:\n  - keep: train != 10001\n  - write-frames", 0);
    assert_eq!(made.frames(), (2, 3));
    let whole = super::case::case("31").expect("a case").with("trains", json!([10_400, 10_401]));
    whole.reduced(&format!("trains: \"10400:10402\"\n{COPY}"), 0);
}

/// An overview is no data, under either name; a stale list of files is not believed.
#[test]
fn case_33_overview_and_stale_lists() {
    let Some(case) = case("33") else { return };
    reported(&super::case::case("33-wrong-list").expect("a case").input, "map-cache", 4);
    let made = case.reduced(KEEP, 0);
    made.opens_as("AGIPD1M", &[3; 8]);
    let names: Vec<String> = made.reduction.published().0.into_keys().collect();
    assert!(!names.iter().any(|name| name.contains("overview") || name.ends_with("map.json")), "{names:?}");
    let named = super::case::case("k").expect("a case").against("small").reduced(KEEP, 0);
    named.opens_as("AGIPD1M", &[3; 8]);
    let listed = trainyard(["inspect".as_ref(), named.reduction.output().as_os_str()]).expect(0);
    assert!(!listed.stdout.contains("OVERVIEW"), "{}", listed.stdout);
}
