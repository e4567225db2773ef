//! Damaged input and modules that disagree: reported by file and train, counted, never silently dropped.

use std::path::{Path, PathBuf};
use trainyard_tests::{json_of_python, simulated, trainyard, Reduction, PATIENCE};

const STEPS: &str = "sequence: {trains: 2}
steps:
  - integrate-azimuthally: {unit: r_mm, bins: 50, per: frame}
  - write-frames: {codec: lz4}";

/// 5 trains of 6 frames, 2 modules; the chunks of two frames of module 8 are damaged.
fn damaged(folder: &Path) -> Option<(PathBuf, serde_json::Value)> {
    let run = simulated("powder --trains 5 --pulses 6 --modules 0,8 --codec bitshuffle-lz4 --seed 3");
    let copy = folder.join("damaged");
    let told = json_of_python("damage.py", [run.as_os_str(), copy.as_os_str(), "8:7".as_ref(), "8:21".as_ref()])?;
    Some((copy, told))
}

#[test]
fn damage_stops_by_default() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some((run, told)) = damaged(folder.path()) else { return };
    let train = told[0]["train"].to_string();
    for threads in ["1", "4"] {
        let reduction = Reduction::new(&run, STEPS);
        let ended = reduction.run(&["--threads", threads]).expect(4);
        let ended = ended.complains(&[
            told[0]["file"].as_str().expect("a name"),
            told[0]["source"].as_str().expect("a name"),
            &train,
        ]);
        assert!(ended.stderr.contains("image.data"), "the key is named: {}", ended.stderr);
        assert!(!reduction.output().join("reduction.json").exists());
    }
}

#[test]
fn damage_is_skipped_up_to_a_limit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some((run, told)) = damaged(folder.path()) else { return };
    // 2 of 30 frames are 6.7 %
    let allowed = format!("on-bad-input: {{skip-up-to: 7%}}\n{STEPS}");
    let mut first = None;
    for threads in ["1", "4"] {
        let reduction = Reduction::new(&run, &allowed);
        let ended = reduction.run(&["--threads", threads]).expect(2);
        let manifest = reduction.manifest();
        assert_eq!(manifest["frames"]["by-fate"]["unreadable"], 2);
        assert_eq!(manifest["frames"]["kept"], 28);
        let problems = manifest["problems"].as_array().expect("problems");
        assert_eq!(problems.len(), 2);
        for (known, listed) in told.as_array().expect("damage").iter().zip(problems) {
            let listed = listed.as_str().expect("text");
            for part in [
                known["file"].as_str().expect("a name"),
                known["source"].as_str().expect("a name"),
                &known["train"].to_string(),
            ] {
                assert!(listed.contains(part), "no {part} in {listed}");
                assert!(ended.stderr.contains(part), "no {part} in {}", ended.stderr);
            }
            assert!(!listed.contains(folder.path().to_str().expect("text")), "a path of this machine in {listed}");
        }
        fates(&reduction.output(), &told, "unreadable", 30);
        let published = reduction.published();
        first.get_or_insert_with(|| published.clone()).same_as(&published, "with damage");
    }
}

#[test]
fn more_damage_than_allowed_is_4() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some((run, _)) = damaged(folder.path()) else { return };
    let reduction = Reduction::new(&run, &format!("on-bad-input: {{skip-up-to: 6%}}\n{STEPS}"));
    reduction.run(&[]).expect(4).complains(&["2 of 30 frames", "6 %", "skip-up-to"]);
    assert!(!reduction.output().join("reduction.json").exists());
}

/// Headers and trailers are written when a sequence ends: a train that lost one loses its frames, before any step saw them.
#[test]
fn rows_of_whole_trains_are_skipped_up_to_a_limit() {
    let run = simulated("powder --trains 5 --pulses 6 --modules 0,8 --codec bitshuffle-lz4 --seed 3");
    for rows in [&["8:header/pulseCount:2"][..], &["0:trailer/status:4", "8:header/index:1"]] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = folder.path().join("damaged");
        let words = [run.as_os_str(), copy.as_os_str()].into_iter().chain(rows.iter().map(AsRef::as_ref));
        let Some(told) = json_of_python("damage_rows.py", words.collect::<Vec<_>>()) else { return };
        let told = told.as_array().expect("damage");
        let trains: Vec<_> = told.iter().map(|one| one["train"].clone()).collect();
        let ended = Reduction::new(&copy, STEPS).run(&[]).expect(4);
        assert!(trains.iter().any(|train| ended.stderr.contains(&format!("train {train}"))), "{}", ended.stderr);
        let allowed = format!("on-bad-input: {{skip-up-to: 40%}}\n{STEPS}");
        let mut first = None;
        for threads in ["1", "4"] {
            let reduction = Reduction::new(&copy, &allowed);
            let ended = reduction.run(&["--threads", threads]).expect(2);
            let manifest = reduction.manifest();
            let lost = 6 * trains.len();
            assert_eq!(manifest["frames"]["by-fate"]["unreadable"], lost, "{rows:?}");
            assert_eq!(manifest["frames"]["kept"], 30 - lost);
            assert_eq!(manifest["steps"][0]["frames-in"], 30 - lost);
            for one in told {
                let (file, train) = (one["file"].as_str().expect("a name"), one["train"].to_string());
                let listed = manifest["problems"].as_array().expect("problems").iter().filter_map(|p| p.as_str());
                assert!(
                    listed.clone().any(|p| p.contains(file) && p.contains(&train)),
                    "{:?}",
                    listed.collect::<Vec<_>>()
                );
                assert!(ended.stderr.contains(file), "{}", ended.stderr);
            }
            if let Some(table) = json_of_python("fates.py", [reduction.output()]) {
                for row in table.as_array().expect("a table") {
                    assert_eq!(
                        row["fate"],
                        if trains.contains(&row["train"]) { "unreadable" } else { "kept" },
                        "{row}"
                    );
                }
            }
            let words =
                ["validate".into(), reduction.output().into_os_string(), "--against".into(), copy.clone().into()];
            trainyard(words).expect(0);
            let published = reduction.published();
            first.get_or_insert_with(|| published.clone()).same_as(&published, "with damage");
        }
        let reduction = Reduction::new(&copy, &format!("on-bad-input: {{skip-up-to: 19%}}\n{STEPS}"));
        reduction.run(&[]).expect(4).complains(&["of 30 frames", "skip-up-to"]);
        let reduction = Reduction::new(&copy, &allowed);
        if let Some(ranks) = reduction.start_on_ranks(2, &[]) {
            ranks.wait(PATIENCE).expect(2);
            first.as_ref().expect("a run").same_as(&reduction.published(), "on two ranks");
        }
    }
}

/// Fates by train and pulse: those in `told` are `fate`, all others of `frames` are kept.
fn fates(output: &Path, told: &serde_json::Value, fate: &str, frames: usize) {
    let Some(table) = json_of_python("fates.py", [output]) else { return };
    let table = table.as_array().expect("a table");
    assert_eq!(table.len(), frames);
    for row in table {
        let hit =
            told.as_array().expect("frames").iter().any(|t| t["train"] == row["train"] && t["pulse"] == row["pulse"]);
        assert_eq!(row["fate"], if hit { fate } else { "kept" }, "{row}");
    }
}

#[test]
fn a_module_may_lack_a_whole_train() {
    let run = simulated("powder --trains 4 --pulses 5 --modules 0,8 --seed 4 --missing 8:1");
    let reduction = Reduction::new(&run, STEPS);
    reduction.run(&[]).expect(0);
    let manifest = reduction.manifest();
    assert_eq!((&manifest["frames"]["input"], &manifest["frames"]["kept"]), (&20.into(), &20.into()));
    fates(&reduction.output(), &serde_json::json!([]), "", 20);
    // the other module's frames of that train are there
    let Some(counts) = json_of_python("counts.py", [reduction.output()]) else { return };
    assert_eq!(counts["SPB_DET_AGIPD1M-1/CORR/0CH0:output"], serde_json::json!([5, 5, 5, 5]));
    assert_eq!(counts["SPB_DET_AGIPD1M-1/CORR/8CH0:output"], serde_json::json!([5, 0, 5, 5]));
}

#[test]
fn a_frame_that_one_module_lacks_goes_from_all() {
    let run = simulated("powder --trains 4 --pulses 5 --modules 0,8 --seed 4");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("uneven");
    let Some(told) = json_of_python("drop_frame.py", [run.as_os_str(), copy.as_os_str(), "8:11".as_ref()]) else {
        return;
    };
    let steps = format!("on-bad-input: {{skip-up-to: 10%}}\n{STEPS}");
    let reduction = Reduction::new(&copy, &steps);
    let ended = reduction.run(&[]);
    assert!(matches!(ended.code, Some(0 | 2)), "{}", ended.stderr);
    let manifest = reduction.manifest();
    assert_eq!(manifest["frames"]["by-fate"]["incomplete"], 1);
    assert_eq!(manifest["frames"]["kept"], 19);
    fates(&reduction.output(), &told, "incomplete", 20);
    let Some(counts) = json_of_python("counts.py", [reduction.output()]) else { return };
    for module in [0, 8] {
        assert_eq!(counts[format!("SPB_DET_AGIPD1M-1/CORR/{module}CH0:output")], serde_json::json!([5, 5, 4, 5]));
    }
}

/// A key that files of one module have in different forms is damage, not a panic and not other numbers.
#[test]
fn a_key_of_another_form_in_a_later_file_is_4() {
    let run = simulated("powder --trains 4 --pulses 2 --modules 0,8 --seed 5 --trains-per-sequence 2");
    for (key, form) in [
        ("image/gain", "scalar"),
        ("image/mask", "scalar"),
        ("header/pulseCount", "scalar"),
        ("header/pulseCount", "u2"),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = folder.path().join("changed");
        let arguments = [run.as_os_str(), copy.as_os_str(), "8:1".as_ref(), key.as_ref(), form.as_ref()];
        let Some(_) = json_of_python("change_key.py", arguments) else { return };
        let reduction = Reduction::new(&copy, "sequence: {trains: 4}\nsteps:\n  - write-frames: {codec: lz4}");
        let ended = reduction.run(&[]);
        assert_eq!(ended.code, Some(4), "{key} as {form}: {ended:?}");
    }
}

/// Found with a damaged file: rows of shape [0] were written as no rows at all, and our own check of the index refused them.
#[test]
fn rows_without_values_are_left_out() {
    let run = simulated("powder --trains 2 --pulses 2 --modules 0,8 --seed 6");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let copy = folder.path().join("changed");
    let arguments = [run.as_os_str(), copy.as_os_str(), "8:0".as_ref(), "trailer/status".as_ref(), "empty".as_ref()];
    let Some(_) = json_of_python("change_key.py", arguments) else { return };
    let reduction = Reduction::new(&copy, "steps:\n  - write-frames: {codec: lz4}");
    let ended = reduction.run(&[]);
    assert!(matches!(ended.code, Some(0 | 2)), "{ended:?}");
}
