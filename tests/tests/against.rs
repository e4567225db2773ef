//! `validate OUTPUT --against INPUT`: an honest reduction is proved, a doctored one is caught with train and pulse.

use serde_json::{json, Value};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use trainyard_tests::{
    json_of_python, program, python, real_run, simulated, sized, trainyard, Child, Powder, Reduction, PATIENCE,
};

const KEEP_SOME: &str = "sequence: {trains: 3}
steps:
  - keep: cell in 1..6 && train != 10003
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";

/// What `validate --against` finds, with the exit code it must have.
#[track_caller]
fn against(output: &Path, inputs: &[&Path], code: i32) -> Value {
    let options = ["--json", "--against"].map(OsStr::new);
    let words = [OsStr::new("validate"), output.as_os_str()].into_iter().chain(options);
    let ended = trainyard(words.chain(inputs.iter().map(|input| input.as_os_str()))).expect(code);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("no JSON: {e}\n{}", ended.stdout))
}

/// Findings of the comparison, without notes.
fn contradictions(told: &Value) -> Vec<&Value> {
    let findings = told["findings"].as_array().expect("findings").iter();
    let ours = findings.filter(|f| f["id"].as_str().is_some_and(|id| id.starts_with("against-")));
    ours.filter(|f| f["severity"] != "note").collect()
}

/// Reduces, proves, and gives the counts.
#[track_caller]
fn proved(run: &Path, lines: &str) -> (Reduction, Value) {
    let reduction = Reduction::new(run, lines);
    reduction.run(&[]).expect(0);
    let told = against(&reduction.output(), &[run], 0);
    assert_eq!(contradictions(&told), Vec::<&Value>::new(), "{lines}");
    let manifest = reduction.manifest();
    assert_eq!(told["against"]["frames"], manifest["frames"]["input"], "{lines}");
    assert_eq!(told["against"]["kept"], manifest["frames"]["kept"], "{lines}");
    let counts = told["against"].clone();
    (reduction, counts)
}

#[test]
fn honest_reductions_are_proved() {
    for run in [Powder::raw(), Powder::corrected()] {
        let (_, counts) = proved(&run, KEEP_SOME);
        assert!(counts["rows-equal-decoded"].as_u64() > Some(0) && counts["sources"].as_u64() > Some(1), "{counts}");
        let (_, copied) = proved(&run, "steps:\n  - write-frames");
        assert!(copied["rows-equal-as-stored"].as_u64() > Some(0) && copied["rows-equal-decoded"] == 0, "{copied}");
        let (_, unwritten) = proved(&run, "steps:\n  - keep: cell in 1..6");
        assert_eq!(unwritten["rows-equal-decoded"], 0);
        proved(&run, &format!("trains: {{index: \"2:7\"}}\nmodules: [0, 10]\ncopy: []\n{KEEP_SOME}"));
        proved(&run, &format!("trains: {{index: \"2:7\"}}\n{KEEP_SOME}"));
    }
}

/// Many files and trains.
#[test]
fn long_runs_are_proved() {
    let trains = sized(40, 600);
    let run = simulated(&format!(
        "powder --trains {trains} --pulses 2 --modules 0 --trains-per-sequence 10 --codec bitshuffle-lz4 --seed 8"
    ));
    let (_, counts) =
        proved(&run, "sequence: {trains: 7}\nsteps:\n  - keep: cell == 1\n  - write-frames: {codec: lz4}");
    assert_eq!(counts["kept"], trains, "{counts}");
    let (_, copied) = proved(&run, "steps:\n  - write-frames");
    assert_eq!(copied["kept"], 2 * trains, "{copied}");
}

#[test]
fn detectors_with_other_ids_too() {
    let jungfrau = simulated("powder --detector jungfrau --raw --trains 6 --pulses 16 --codec bitshuffle-lz4");
    proved(
        &jungfrau,
        "sequence: {trains: 2}\nsteps:\n  - keep: cell in 3..9 && train != 10002\n  - write-frames: {codec: lz4}",
    );
    for kind in ["lpd", "dssc"] {
        let run =
            simulated(&format!("powder --detector {kind} --raw --trains 3 --pulses 6 --modules 0,3 --codec deflate"));
        proved(&run, "steps:\n  - keep: cell in 1..4\n  - write-frames: {codec: zstd}");
    }
}

#[test]
fn real_frames_and_cameras_too() {
    let panels = "detector: HED_EXP_DEXELA/CAM/PANEL_*:daqOutput\n";
    let cases =
        [("jungfrau-raw", "", "bitshuffle-zstd"), ("thaumatin-grid", "", "deflate"), ("ruby-peaks", panels, "zstd")];
    for (name, detector, codec) in cases {
        let Some(run) = real_run(name) else { return };
        let (_, counts) = proved(&run, &format!("{detector}steps:\n  - write-frames: {{codec: {codec}}}"));
        assert!(counts["rows-equal-decoded"].as_u64() > Some(0), "{name}: {counts}");
    }
}

#[test]
fn a_reduction_of_a_reduction_is_proved_against_the_first() {
    let run = Powder::corrected();
    let (first, _) = proved(&run, KEEP_SOME);
    let text =
        format!("run: {}\noutput: reduced\nsteps:\n  - keep: cell in 2..4\n  - write-frames", first.output().display());
    let second = Reduction::of_text(&text);
    second.run(&[]).expect(0);
    let told = against(&second.output(), &[&first.output()], 0);
    assert_eq!(contradictions(&told), Vec::<&Value>::new());
    trainyard([OsStr::new("validate"), second.output().as_os_str(), OsStr::new("--against"), run.as_os_str()])
        .expect(3)
        .complains(&["2 times", "made of last"]);
}

/// The run folder and two inside of it: some frames go to several, some to none.
const CHOSEN: &str = "sequence: {trains: 3}
steps:
  - keep: cell < 7
  - write-frames: {where: cell < 3, codec: {bitshuffle-zstd: {level: 3}}}
  - write-frames: {as: late, where: cell >= 2 && cell < 6}
  - write-frames: {as: half, where: train >= 10004, codec: lz4}";

#[test]
fn each_step_that_writes_takes_its_frames() {
    let run = Powder::corrected();
    let (reduction, counts) = proved(&run, CHOSEN);
    let whole = reduction.published();
    assert!(whole.0.keys().any(|name| name.starts_with("late/")), "{:?}", whole.0.keys());
    let output = reduction.output();
    let (mut inside, mut frames) = (0, 0);
    for (number, folder) in ["", "late", "half"].into_iter().enumerate() {
        trainyard([OsStr::new("validate"), output.join(folder).as_os_str()]).expect(0);
        let Some(fates) = json_of_python("fates.py", [output.join(folder).as_os_str()]) else { return };
        let fates = fates.as_array().expect("fates");
        for fate in fates.iter().filter(|fate| fate["fate"] != "incomplete") {
            let (train, cell) = (fate["train"].as_u64(), fate["cell"].as_u64().expect("a cell"));
            let takes = [cell < 3, (2..6).contains(&cell), train >= Some(10004)];
            let name = match takes.iter().position(|takes| *takes) {
                _ if cell == 7 => "step 1, keep cell < 7: no".to_string(),
                _ if takes[number] => "kept".to_string(),
                Some(0) => "step 2, write-frames: kept in the run folder".to_string(),
                Some(other) => format!("step {}, write-frames: kept in {}", other + 2, ["", "late", "half"][other]),
                None => "step 4, write-frames: taken by none".to_string(),
            };
            assert_eq!(fate["fate"], name, "{folder}: {fate}");
            inside += u64::from(number == 0 && cell < 7 && !takes[0] && (takes[1] || takes[2]));
        }
        let kept = fates.iter().filter(|fate| fate["fate"] == "kept").count();
        let manifest = reduction.manifest();
        let stated = match number {
            0 => &manifest["frames"]["kept"],
            number => &manifest["folders"][number - 1]["frames"],
        };
        assert_eq!(stated.as_u64(), Some(kept as u64), "{folder}");
        frames += kept;
    }
    assert_eq!(counts["kept-inside"].as_u64(), Some(inside));
    assert!(frames > 0 && inside > 0);
    reduction.clear();
    reduction.reduce(&["--threads", "3"]).same_as(&whole, "three threads");
    Reduction::cut_short(&run, CHOSEN).reduce(&[]).same_as(&whole, "killed and resumed");
    reduction.clear();
    let Some(child) = reduction.start_on_ranks(2, &[]) else { return };
    child.wait(PATIENCE).expect(0);
    reduction.published().same_as(&whole, "two ranks");
}

#[test]
fn what_stands_wrong_in_a_folder_inside_is_caught() {
    let run = Powder::corrected();
    for (what, id, words) in [
        ("pixel", "against-pixels", "1 of 65536 values differ"),
        ("id", "against-frames", "not in the output"),
        ("fate-changed", "against-fates", "by the others"),
    ] {
        let (reduction, _) = proved(&run, CHOSEN);
        let late = reduction.output().join("late");
        let Some(touched) = json_of_python("doctor.py", [late.as_os_str(), what.as_ref()]) else { return };
        assert_caught(&against(&reduction.output(), &[&run], 4), &touched, id, words, what);
    }
    let (reduction, _) = proved(&run, CHOSEN);
    std::fs::remove_dir_all(reduction.output().join("half")).expect("the folder goes");
    let told = against(&reduction.output(), &[&run], 4);
    let gone = |f: &&Value| f["what"].as_str().is_some_and(|what| what.contains("the run folder was published"));
    assert!(contradictions(&told).iter().any(gone), "{told:#}");
}

#[test]
fn changed_pixels_are_said_not_to_be_compared() {
    let run = Powder::corrected();
    let (reduction, counts) = proved(&run, "steps:\n  - threshold: {below: 2}\n  - write-frames");
    assert!(counts["rows-not-compared"].as_u64() > Some(0), "{counts}");
    let told = against(&reduction.output(), &[&run], 0);
    let notes = told["findings"].as_array().expect("findings");
    assert!(notes
        .iter()
        .any(|f| f["id"] == "against-pixels" && f["what"].as_str().is_some_and(|w| w.contains("`threshold`"))));
}

#[test]
fn another_input_is_no_proof() {
    let (reduction, _) = proved(&Powder::corrected(), KEEP_SOME);
    let other =
        simulated("powder --trains 8 --pulses 8 --lit-stride 2 --modules 0,5,10,15 --codec bitshuffle-lz4 --seed 99");
    let told = against(&reduction.output(), &[&other], 4);
    assert!(contradictions(&told).iter().any(|f| f["id"] == "against-pixels"));
    assert!(contradictions(&told).iter().any(|f| f["id"] == "against-input"));
}

#[test]
fn a_lost_file_is_missed() {
    let run = Powder::corrected();
    let (reduction, _) = proved(&run, KEEP_SOME);
    let lost = std::fs::read_dir(reduction.output())
        .expect("the output")
        .flatten()
        .find(|e| e.file_name().to_string_lossy().contains("AGIPD05-S00001"))
        .expect("a file of module 5");
    std::fs::remove_file(lost.path()).expect("the file goes");
    let told = against(&reduction.output(), &[&run], 4);
    let found = contradictions(&told);
    assert!(found.iter().any(|f| f["id"] == "against-files"), "{found:?}");
    assert!(found
        .iter()
        .any(|f| f["id"] == "against-frames" && f["what"].as_str().is_some_and(|w| w.contains("not in the output"))));
}

/// Doctors an honest output and looks for the finding `id` at the train, source and pulse that were touched.
#[track_caller]
fn caught(what: &str, id: &str, words: &str) -> bool {
    caught_in(&Powder::corrected(), KEEP_SOME, what, id, words)
}

#[track_caller]
fn caught_in(run: &Path, lines: &str, what: &str, id: &str, words: &str) -> bool {
    let (reduction, _) = proved(run, lines);
    let Some(touched) = json_of_python("doctor.py", [reduction.output().as_os_str(), what.as_ref()]) else {
        return false;
    };
    let told = against(&reduction.output(), &[run], 4);
    assert_caught(&told, &touched, id, words, what);
    true
}

#[track_caller]
fn assert_caught(told: &Value, touched: &Value, id: &str, words: &str, what: &str) {
    let found = contradictions(told);
    let begins = |place: &Value, with: &Value| match with.as_str() {
        Some(with) => place.as_str().is_some_and(|place| place.starts_with(with)),
        None => true,
    };
    let ends = |place: &Value, with: &Value| match with.as_str() {
        Some(with) => place.as_str().is_some_and(|place| place.ends_with(with)),
        None => true,
    };
    let hit = found.iter().find(|f| {
        let text = f["what"].as_str().unwrap_or_default();
        let pulse = touched["pulse"].as_u64().is_none_or(|pulse| text.contains(&format!("pulse {pulse}")));
        f["id"] == id
            && f["severity"] == "error"
            && pulse
            && text.contains(words)
            && f["place"]["train"] == touched["train"]
            && begins(&f["place"]["source"], &touched["source"])
            && ends(&f["place"]["file"], &touched["file"])
            && begins(&f["dataset"], &touched["dataset"])
    });
    assert!(hit.is_some(), "{what} at {touched}: not among {found:#?}");
    // nothing but what was touched, and the size of its file, is blamed
    for finding in found.iter().filter(|f| f["severity"] == "error" && !f["place"]["train"].is_null()) {
        assert_eq!(finding["place"]["train"], touched["train"], "{what}: {finding}");
    }
}

#[test]
fn a_flipped_bit() {
    caught("pixel", "against-pixels", "1 of 65536 values differ, the first at 1234");
}

#[test]
fn two_frames_swapped() {
    caught("swapped", "against-pixels", "values differ");
}

#[test]
fn two_frames_in_another_order() {
    let run = Powder::corrected();
    let (reduction, _) = proved(&run, KEEP_SOME);
    let Some(touched) = json_of_python("doctor.py", [reduction.output().as_os_str(), "reordered".as_ref()]) else {
        return;
    };
    let told = against(&reduction.output(), &[&run], 4);
    assert_caught(&told, &touched, "against-frames", "another order", "reordered");
    assert!(contradictions(&told).iter().all(|f| f["id"] != "against-pixels"), "the pixels are right");
}

#[test]
fn a_changed_id() {
    caught("id", "against-frames", "not in the output");
}

#[test]
fn a_changed_value_beside_the_pixels() {
    caught("gain", "against-values", "values differ");
}

#[test]
fn a_missing_fate() {
    caught("fate-removed", "against-fates", "has no fate");
}

#[test]
fn a_fate_of_another_frame() {
    caught("fate-id", "against-fates", "has no fate");
}

#[test]
fn a_changed_fate() {
    let run = Powder::corrected();
    let (reduction, _) = proved(&run, KEEP_SOME);
    let Some(touched) = json_of_python("doctor.py", [reduction.output().as_os_str(), "fate-changed".as_ref()]) else {
        return;
    };
    let told = against(&reduction.output(), &[&run], 4);
    let found = contradictions(&told);
    let extra = format!("pulse {} is in the output, but has no fate `kept`", touched["pulse"]);
    let here = |f: &&&Value| {
        f["place"]["train"] == touched["train"] && f["what"].as_str().is_some_and(|w| w.starts_with(&extra))
    };
    assert_eq!(found.iter().filter(here).count(), 4, "every module has it: {found:#?}");
    assert!(found.iter().any(|f| f["what"].as_str().is_some_and(|w| w.contains("the manifest counts"))));
}

#[test]
fn a_changed_control_value() {
    caught("control", "against-sources", "the values differ");
}

#[test]
fn a_changed_run_value() {
    caught("run-value", "against-sources", "the values differ");
}

/// Frames that cannot be read, or that one module lacks, have their fate like any other.
#[test]
fn damage_that_was_allowed_is_no_contradiction() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let compressed = simulated("powder --trains 5 --pulses 6 --modules 0,8 --codec bitshuffle-lz4 --seed 3");
    let plain = simulated("powder --trains 4 --pulses 5 --modules 0,8 --seed 4");
    for (script, run, rows) in [("damage.py", compressed, "8:7"), ("drop_frame.py", plain, "8:11")] {
        let copy = folder.path().join(script);
        let words = [run.as_os_str(), copy.as_os_str(), rows.as_ref()];
        let Some(_) = json_of_python(script, words) else { return };
        let lines = "on-bad-input: {skip-up-to: 10%}\nsequence: {trains: 2}\nsteps:\n  - write-frames: {codec: lz4}";
        let reduction = Reduction::new(&copy, lines);
        assert!(matches!(reduction.run(&[]).code, Some(0 | 2)));
        let told = against(&reduction.output(), &[&copy], 0);
        assert!(contradictions(&told).iter().all(|f| f["severity"] == "warning"), "{told:#}");
        assert!(told["against"]["kept"].as_u64() < told["against"]["frames"].as_u64(), "{told:#}");
    }
}

/// Runs the program with the filter plug-ins of the interpreter.
fn with_plugins(folder: &str, words: &[&OsStr]) -> trainyard_tests::Finished {
    let mut command = Command::new(program());
    Child::start(command.env("HDF5_PLUGIN_PATH", folder).args(words)).wait(PATIENCE)
}

#[test]
fn a_pixel_beyond_its_bound() {
    let Some(told) = python("plugins.py", [] as [&str; 0]) else { return };
    let plugins = told.expect(0).stdout.trim().to_string();
    let run = simulated("powder --trains 3 --pulses 4 --modules 0,8 --codec bitshuffle-lz4 --bad-pixels 0.01");
    for (bound, rule) in [("absolute: 4", ""), ("relative: 1e-3", ", non-finite: {replace-with: -1}"), ("psnr: 60", "")]
    {
        let reduction = Reduction::new(
            &run,
            &format!("steps:\n  - keep: cell != 2\n  - write-frames: {{codec: {{sz3: {{{bound}{rule}}}}}}}"),
        );
        let (workflow, output) = (reduction.workflow(), reduction.output());
        with_plugins(&plugins, &["run".as_ref(), workflow.as_os_str()]).expect(0);
        let words = ["validate".as_ref(), output.as_os_str(), "--json".as_ref(), "--against".as_ref(), run.as_os_str()];
        let honest: Value = serde_json::from_str(&with_plugins(&plugins, &words).expect(0).stdout).expect("JSON");
        assert_eq!(contradictions(&honest), Vec::<&Value>::new(), "{bound}");
        assert_eq!(honest["against"]["kept"], json!(9), "{bound}");
        let touched = json_of_python("doctor.py", [output.as_os_str(), "beyond".as_ref()]).expect("an interpreter");
        let told: Value = serde_json::from_str(&with_plugins(&plugins, &words).expect(4).stdout).expect("JSON");
        let words = if bound.starts_with("psnr") { "dB" } else { "value 4321 is off by" };
        assert_caught(&told, &touched, "against-pixels", words, bound);
    }
}

#[test]
fn one_reduced_run_at_a_time() {
    let run = Powder::corrected();
    let words = [OsStr::new("validate"), run.as_os_str(), run.as_os_str(), OsStr::new("--against"), run.as_os_str()];
    trainyard(words).expect(3).complains(&["one reduced run at a time"]);
    // a run that was never reduced has no fates
    let words = [OsStr::new("validate"), run.as_os_str(), OsStr::new("--against"), run.as_os_str()];
    trainyard(words).expect(4).complains(&["no fate table"]);
}

/// What an aggregator tells of trains, of itself and of its keys.
#[test]
fn what_stands_around_the_values() {
    for list in ["timestamp", "flag", "origin"] {
        caught(list, "against-index", &format!("{list} "));
    }
    caught("proposal", "against-metadata", "proposalNumber");
    caught("date", "against-metadata", "19990101T000000Z");
    caught("unit", "against-attributes", "`unitSymbol` is gone");
    caught("detector-unit", "against-attributes", "`unitSymbol`");
    caught("control-time", "against-sources", "the values differ");
}

#[test]
fn what_nobody_asked_for() {
    caught("added", "against-values", "the input lacks");
    caught("added-key", "against-sources", "the input lacks");
    caught("added-result", "against-results", "no step");
    caught("added-file", "against-files", "does not list it");
}

#[test]
fn results_of_other_frames() {
    let run = Powder::corrected();
    let lines = format!(
        "{}\n  - integrate-azimuthally: {{unit: r_mm, bins: 20, per: frame}}\n{}",
        "sequence: {trains: 3}\nsteps:\n  - keep: cell < 6",
        "  - keep: cell in 1..6 && train != 10003\n  - write-frames: {codec: lz4}"
    );
    for (what, words) in [
        ("result-id", "no such frame"),
        ("result-swapped", "not in its place"),
        ("result-train", "states train 7"),
        ("n-frames", "nFrames is"),
    ] {
        caught_in(&run, &lines, what, "against-results", words);
    }
}

/// A copy of the corrected run with something more in it: `blemish.py`.
fn odd(folder: &Path, what: &str) -> Option<PathBuf> {
    let copy = folder.join(what);
    let words = [Powder::corrected().into_os_string(), copy.clone().into_os_string(), what.into()];
    python("blemish.py", words)?.expect(0);
    Some(copy)
}

#[test]
fn old_names() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(run) = odd(folder.path(), "legacy") else { return };
    let lines = "steps:\n  - keep: cell in 1..6\n  - write-frames: {codec: lz4}";
    caught_in(&run, lines, "old-name", "against-sources", "is gone");
    caught_in(&run, lines, "old-name-moved", "against-sources", "leads to");
}

#[test]
fn records_of_earlier_reductions_and_errata() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(run) = odd(folder.path(), "auxiliary") else { return };
    for lines in [KEEP_SOME, &format!("trains: {{index: \"0:7\"}}\n{KEEP_SOME}")] {
        caught_in(&run, lines, "reduction", "against-sources", "the values differ");
        caught_in(&run, lines, "errata", "against-sources", "the values differ");
        caught_in(&run, lines, "errata-removed", "against-sources", "not carried over");
    }
}

/// Wrong inputs are refused before anything is compared.
#[test]
fn the_wrong_input_is_refused() {
    let (reduction, _) = proved(&Powder::corrected(), KEEP_SOME);
    let refused = |output: &Path, input: &Path, words: &[&str]| {
        let words_given = [OsStr::new("validate"), output.as_os_str(), OsStr::new("--against"), input.as_os_str()];
        trainyard(words_given).expect(3).complains(words);
    };
    let another = simulated("powder --trains 3 --pulses 4 --modules 0,8 --first-train 20000 --run 7");
    refused(&reduction.output(), &another, &["made of another run", "reduction.json"]);
    // the same run, other trains
    let other_trains = simulated("powder --trains 8 --pulses 8 --lit-stride 2 --modules 0,5,10,15 --codec bitshuffle-lz4 --bad-pixels 0.01 --first-train 10101");
    refused(&reduction.output(), &other_trains, &["made of another run"]);
    // a chain is proved link by link, also where no file of the first input came through
    for lines in ["", "copy: []\n"] {
        let (first, _) = proved(&Powder::corrected(), &format!("trains: {{index: \"1:8\"}}\n{lines}{KEEP_SOME}"));
        let steps = format!("{lines}steps:\n  - keep: cell in 2..4\n  - write-frames");
        let second = Reduction::of_text(&format!("run: {}\noutput: reduced\n{steps}", first.output().display()));
        second.run(&[]).expect(0);
        assert_eq!(contradictions(&against(&second.output(), &[&first.output()], 0)), Vec::<&Value>::new());
        refused(&second.output(), &Powder::corrected(), &["reduced 2 times since this input", "link by link"]);
    }
}
