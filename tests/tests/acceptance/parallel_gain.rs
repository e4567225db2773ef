//! Row 36: LPD in parallel gain. The thirds of a train stay aligned, whatever decides which pulses are kept.

use super::case::{case, Case, KEEP};
use serde_json::{json, Value};
use std::path::Path;
use trainyard_tests::{json_of_python, trainyard, Reduction, PATIENCE};

fn thirds(name: &str) -> Option<Case> {
    Some(case(name)?.with("gain-stages", json!(true)))
}

/// Whether `inspect` sees three gain stages.
fn seen(run: &Path) -> bool {
    let ended = trainyard(["inspect".as_ref(), run.as_os_str(), "--json".as_ref()]).expect(0);
    let told: Value = serde_json::from_str(&ended.stdout).expect("JSON");
    told["detectors"][0]["parallel_gain"].as_bool().expect("an answer")
}

/// The ids of the mock maker go on counting through all thirds, which cannot be told from an ordinary train: the workflow
/// says it. The output remembers it.
#[test]
fn case_36_thirds_stay_aligned() {
    let Some(mock) = thirds("36") else { return };
    assert!(!seen(&mock.input));
    let lines = "trains: {index: \"2:4\"}\nsteps:\n  - keep: cell < 4\n  - write-frames";
    let trains = json!([10_002, 10_003]);
    let mock = mock.with("trains", trains);
    let made = mock.reduced(&format!("parallel-gain: true\n{lines}"), 0);
    assert_eq!(made.frames(), (24, 600));
    made.opens_as("LPD1M", &[12, 12]);
    assert_eq!(made.reduction.manifest()["parallel-gain"], json!(true));
    assert!(seen(&made.reduction.output()));
    let again = Case::of(made.reduction.output()).with("gain-stages", json!(true));
    again.reduced("steps:\n  - keep: pulse == 0 || pulse == 3\n  - write-frames", 0).opens_as("LPD1M", &[6, 6]);
}

/// Ids that mean nothing in the second and third thirds tell by themselves.
#[test]
fn parallel_gain_is_recognised() {
    for name in ["36-junk", "36-corrected"] {
        let Some(case) = thirds(name) else { return };
        assert!(seen(&case.input));
        let made = case.reduced(&format!("sequence: {{trains: 4}}\n{KEEP}"), 0);
        assert_eq!(made.frames(), (54, 72));
        made.opens_as("LPD1M", &[9; 6]);
        let again = Case::of(made.reduction.output()).with("gain-stages", json!(true));
        again.reduced("steps:\n  - keep: cell in 1..3\n  - write-frames", 0).opens_as("LPD1M", &[6; 6]);
    }
}

/// The pixels of a pulse differ in each gain stage: where they decide, the stages still go together.
#[test]
fn pixels_that_decide_keep_the_thirds_aligned() {
    let Some(case) = thirds("36-junk") else { return };
    // the pattern of some frames has its highest value twice
    let lines = "steps:\n  - find-peaks: {method: connected, threshold: 227.5, min-pixels: 1}\n  - keep: peaks.count > 600\n  - write-frames";
    let made = case.reduced(lines, 0);
    let (kept, all) = made.frames();
    assert!(kept % 3 == 0 && 0 < kept && kept < all, "{kept} of {all}");
    assert!(made.reduction.manifest()["passes"].as_u64() > Some(1), "what is kept is known after all stages were seen");
}

/// The stages of a pulse lie far apart: one that cannot be read takes the others along, whether steps see them or not.
#[test]
fn a_damaged_stage_takes_its_pulse_along() {
    let Some(case) = thirds("36-junk") else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("damaged");
    // the second stage of the third pulse of the second train, the last of the first pulse of the fifth
    let words = [case.input.as_os_str(), copy.as_os_str(), "1:image/data:18".as_ref(), "0:image/data:56".as_ref()];
    json_of_python("damage_rows.py", words).expect("there is an interpreter");
    for (step, codec) in [("", ": {codec: bitshuffle-lz4}"), ("  - average: {}\n", "")] {
        let lines = format!("sequence: {{trains: 4}}\nsteps:\n{step}  - write-frames{codec}");
        Reduction::new(&copy, &lines).run(&[]).expect(4);
        let lines = format!("on-bad-input: {{skip-up-to: 10%}}\n{lines}");
        let mut first = None;
        for threads in ["1", "4"] {
            let reduction = Reduction::new(&copy, &lines);
            reduction.run(&["--threads", threads]).expect(2);
            let manifest = reduction.manifest();
            assert_eq!(manifest["frames"]["by-fate"]["unreadable"], 6, "{step}");
            assert_eq!(manifest["frames"]["kept"], 66);
            assert_eq!(manifest["steps"][0]["frames-in"], 66);
            assert_eq!(manifest["problems"].as_array().map(Vec::len), Some(2));
            let words =
                ["validate".into(), reduction.output().into_os_string(), "--against".into(), copy.clone().into()];
            trainyard(words).expect(0);
            let published = reduction.published();
            first.get_or_insert_with(|| published.clone()).same_as(&published, "with damage");
        }
        let reduction = Reduction::new(&copy, &lines);
        if let Some(ranks) = reduction.start_on_ranks(2, &[]) {
            ranks.wait(PATIENCE).expect(2);
            first.as_ref().expect("a run").same_as(&reduction.published(), "on two ranks");
        }
    }
}

#[test]
fn only_lpd_has_parallel_gain() {
    let Some(case) = case("small") else { return };
    let told = Reduction::new(&case.input, &format!("parallel-gain: true\n{KEEP}")).check(&[]).expect(3);
    told.complains(&["`SPB_DET_AGIPD1M-1` has no parallel gain", "parallel-gain"]);
}

/// A train of a run that is not in parallel gain, and `false` where the ids look like it.
#[test]
fn the_workflow_has_the_last_word() {
    let Some(case) = case("36-junk") else { return };
    case.refused(&format!("parallel-gain: false\n{KEEP}"), 4, &["stands twice in the train", "train 10000"]);
}
