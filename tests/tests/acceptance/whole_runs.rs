//! Rows 1 to 3, 10 to 13: runs of a whole detector.

use super::case::{case, validate, Case, Outcome};
use serde_json::json;
use std::process::Command;
use std::sync::OnceLock;

/// Row 1 reduced, for the three rows about it.
fn raw_agipd() -> Option<&'static Outcome> {
    static MADE: OnceLock<Option<Outcome>> = OnceLock::new();
    let lines = "trains: {index: \"3:6\"}\nsteps:\n  - keep: cell < 4\n  - write-frames";
    MADE.get_or_init(|| Some(case("01")?.with("trains", json!([10003, 10004, 10005])).reduced(lines, 0))).as_ref()
}

#[test]
fn case_01_a_raw_run_of_agipd() {
    let Some(made) = raw_agipd() else { return };
    assert_eq!(made.frames(), (12, 192));
    made.opens_as("AGIPD1M", &[4, 4, 4]);
    assert_eq!(made.found["shape"], json!([16, 12, 2, 512, 128]));
    assert!(!made.ended.stderr.contains("warning"), "{}", made.ended.stderr);
}

#[test]
fn case_02_the_output_is_valid() {
    let Some(made) = raw_agipd() else { return };
    let output = made.reduction.output();
    let told = validate(&[output.as_os_str(), "--deep".as_ref()], Some(0));
    assert_eq!((&told["errors"], &told["warnings"]), (&json!(0), &json!(0)), "{told:#}");
    let ended = tool("extra-data-validate").arg(&output).output().expect("the tool starts");
    assert_eq!(ended.status.code(), Some(0), "{}", String::from_utf8_lossy(&ended.stdout));
}

#[test]
fn case_03_lsxfel_lists_the_output() {
    let Some(made) = raw_agipd() else { return };
    let ended = tool("lsxfel").arg(made.reduction.output()).output().expect("the tool starts");
    let text = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{text}");
    for part in ["# of trains:    3", "16 XTDF detector modules", "4 frames per train, up to 12 frames total"] {
        assert!(text.contains(part), "no `{part}` in\n{text}");
    }
}

/// A tool installed beside the interpreter.
fn tool(name: &str) -> Command {
    let interpreter = std::env::var_os("TRAINYARD_PYTHON").expect("there is an interpreter");
    Command::new(std::path::Path::new(&interpreter).with_file_name(name))
}

#[test]
fn case_10_a_reduction_of_a_reduction_composes() {
    let trains = json!([10000, 10001]);
    for name in ["10-raw", "10-corrected"] {
        let Some(case) = case(name) else { return };
        let lines = |below: u32, index: &str| {
            format!("trains: {{index: \"{index}\"}}\nsteps:\n  - keep: cell < {below}\n  - write-frames")
        };
        let first = case.with("trains", trains.clone()).reduced(&lines(6, "0:2"), 0);
        assert!(first.found["auxiliary"].as_array().is_some_and(|a| a.len() == 33), "{}", first.found["auxiliary"]);
        // the same frames in one step and in two
        let second = Case::of(first.reduction.output()).reduced(&lines(3, "0:2"), 0);
        let once = super::case::case(name).expect("a case").with("trains", trains.clone()).reduced(&lines(3, "0:2"), 0);
        for module in ["/0CH0", "/15CH0"] {
            assert_eq!(second.frames_of(module), once.frames_of(module));
        }
        assert_eq!(second.found["auxiliary"], first.found["auxiliary"]);
        let names: Vec<String> = second.reduction.published().0.into_keys().collect();
        for aggregator in ["REDU00", "REDU01", "REDU20", "REDU21"] {
            assert!(names.iter().any(|n| n.contains(aggregator)), "no {aggregator} in {names:?}");
        }
    }
}

#[test]
fn case_11_old_names_stay_links() {
    let Some(case) = case("11") else { return };
    let lines = "trains: {index: \"10:12\"}\nsteps:\n  - keep: cell < 3\n  - write-frames";
    let made = case.with("trains", json!([10010, 10011])).reduced(lines, 0);
    made.opens_as("AGIPD1M", &[3, 3]);
    // once each: 3 frames of 2 trains in 16 modules, in two forms of the same name
    let size: usize = made.reduction.published().0.values().map(Vec::len).sum();
    assert!(size < 16 * 6 * 512 * 128 * 4 * 3 / 2, "{size} bytes");
}

#[test]
fn case_12_filters_of_corrected_data_stay() {
    let Some(case) = case("12") else { return };
    let lines = "trains: {index: \"10:12\"}\nsteps:\n  - keep: cell < 3\n  - write-frames";
    let input = case.input.clone();
    let made = case.with("trains", json!([10010, 10011])).reduced(lines, 0);
    made.opens_as("AGIPD1M", &[3, 3]);
    let inspect = |run: &std::path::Path| -> serde_json::Value {
        let ended = trainyard_tests::trainyard(["inspect".as_ref(), run.as_os_str(), "--json".as_ref()]).expect(0);
        serde_json::from_str(&ended.stdout).expect("JSON")
    };
    let filters = |told: &serde_json::Value| -> Vec<(String, serde_json::Value)> {
        let source = told["sources"]
            .as_array()
            .expect("sources")
            .iter()
            .find(|s| s["name"].as_str().is_some_and(|n| n.contains("/9CH0")));
        let groups = source.expect("a module")["groups"].as_array().expect("groups").clone();
        let image = groups.iter().find(|g| g["name"] == "image").expect("an image").clone();
        let keys = image["keys"].as_array().expect("keys").clone();
        let large = keys.iter().filter(|k| ["data", "mask", "gain"].contains(&k["key"].as_str().unwrap_or_default()));
        large.map(|k| (k["key"].to_string(), k["filters"].clone())).collect()
    };
    let (before, after) = (filters(&inspect(&input)), filters(&inspect(&made.reduction.output())));
    assert_eq!((before.len(), &before), (3, &after));
    assert!(after.iter().any(|(_, f)| *f == json!(["deflate"])), "{after:?}");
}

#[test]
fn case_13_sequences_of_dssc() {
    let Some(case) = case("13") else { return };
    let trains: Vec<u64> = (10_060..10_068).collect();
    let input = case.input.clone();
    let lines = "trains: \"10060:10068\"\nsequence: {trains: 3}\nsteps:\n  - keep: cell < 2\n  - write-frames";
    let made = case.with("trains", json!(trains)).reduced(lines, 0);
    made.opens_as("DSSC1M", &[2; 8]);
    assert_eq!(made.frames(), (16, 512));
    // all trains of both sequences, of which no pixel need be read
    let all = trainyard_tests::Reduction::new(&input, "steps:\n  - keep: cell < 2");
    all.run(&[]).expect(0);
    assert_eq!((&all.manifest()["frames"]["input"], &all.manifest()["frames"]["kept"]), (&json!(8192), &json!(256)));
}
