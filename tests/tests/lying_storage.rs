//! Storage that turns a bit of what it is given: every published byte is read back, so nothing of it is published.

use trainyard_tests::{Lying, Powder, Reduction, PATIENCE};

const STEPS: &str = "sequence: {trains: 2}
steps:
  - integrate-azimuthally: {unit: r_mm, bins: 100, per: frame}
  - integrate-azimuthally: {as: mean, unit: r_mm, bins: 200, per: run}
  - write-frames: {codec: bitshuffle-lz4}";

fn never_published(lines: &str, paths: &[&str]) {
    let Some(lying) = Lying::built() else { return };
    let whole = Reduction::new(&Powder::raw(), lines).reduce(&[]);
    for path in paths {
        let reduction = Reduction::new(&Powder::raw(), lines);
        let environment = lying.about(path);
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let ended = reduction.start_with(&environment, &[]).wait(PATIENCE);
        assert!(lying.turned() > 0, "nothing was written to {path}");
        match ended.code {
            Some(0) => reduction.published().same_as(&whole, path),
            code => {
                assert_eq!(code, Some(5), "{path}: {}", ended.stderr);
                assert!(!reduction.output().join("reduction.json").exists(), "{path}");
            }
        }
        reduction.reduce(&[]).same_as(&whole, &format!("{path}, when the storage is well again"));
    }
}

#[test]
fn of_detector_files_results_manifest_and_notes() {
    let paths = ["AGIPD00-S", "REDU00", "REDU01", "DA01-S", "reduction.json", ".part", "journal.json", "lease.json"];
    never_published(STEPS, &paths);
    never_published(STEPS, &["/ledger/", "basis.json", "plan.json"]);
}

#[test]
fn of_slow_data_copied_by_rows() {
    never_published(&format!("trains: {{index: \"0:7\"}}\n{STEPS}"), &["DA01-S"]);
}
