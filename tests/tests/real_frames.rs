//! Real detector frames, rewritten with another codec by workflows as they come with the program or are kept with the tests
//! for lack of a simulated camera: equal pixel for pixel.

use std::path::Path;
use trainyard_tests::{json_of_python, real_run, start, PATIENCE};

/// Reduces the real run `name` by `workflow` and compares every dataset of `key`.
fn rewritten(name: &str, workflow: &str, filter: u64) {
    let Some(run) = real_run(name) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = folder.path().join("reduced");
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join(workflow);
    let (run_is, output_is) = (format!("run={}", run.display()), format!("output={}", output.display()));
    let arguments = ["run", &workflow.display().to_string(), "--set", &run_is, "--set", &output_is].map(String::from);
    start(arguments).wait(PATIENCE).expect(0);
    let Some(found) = json_of_python("same_pixels.py", [&run, &output]) else { return };
    let compared = found["compared"].as_array().expect("a list");
    assert!(!compared.is_empty());
    let mut recoded = 0;
    for dataset in compared {
        assert_eq!(dataset["equal"], true, "{dataset}");
        // gain stages keep the filters they came with
        if !dataset["name"].as_str().expect("a name").ends_with("/gain") {
            recoded += 1;
            assert!(dataset["filters"].as_array().expect("a list").contains(&filter.into()), "{dataset}");
        }
    }
    assert!(recoded > 0);
    assert_eq!(found["missing"], serde_json::json!([]));
}

#[test]
fn jungfrau_as_bitshuffle_zstd() {
    rewritten("jungfrau-raw", "../workflows/jungfrau-recode.yaml", 32008);
}

#[test]
fn pilatus_as_deflate() {
    rewritten("thaumatin-grid", "workflows/pilatus-recode.yaml", 1);
}

#[test]
fn dexela_as_zstd() {
    rewritten("ruby-peaks", "workflows/dexela-recode.yaml", 32015);
}
