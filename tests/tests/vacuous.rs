//! Nothing vacuous passes: an order that cannot be honoured, a gate that nothing measures, results that nothing took part in.
//! And what a reduced run says of a frame in one place, it says in all.

use serde_json::Value;
use std::path::{Path, PathBuf};
use trainyard_tests::{json_of_python, simulated, start_with, Reduction, PATIENCE};

/// 3 trains of 8 frames, 2 modules.
fn run() -> PathBuf {
    simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20 --bad-pixels 0.001")
}

fn warnings(reduction: &Reduction) -> Vec<String> {
    let manifest = reduction.manifest();
    let texts = manifest["warnings"].as_array().cloned().unwrap_or_default();
    texts.iter().map(|text| text.as_str().expect("text").to_string()).collect()
}

/// Refused by `check` and by `run`, with each of the words and a hint, and nothing is made.
#[track_caller]
fn refused(lines: &str, words: &[&str]) {
    let reduction = Reduction::new(&run(), lines);
    for ended in [reduction.check(&[]), reduction.run(&[])] {
        let ended = ended.expect(3).complains(words);
        ended.complains(&["workflow.yaml:", "hint:"]);
    }
    assert!(!reduction.output().exists());
}

#[test]
fn what_the_passes_cannot_honour_is_refused() {
    let behind = "changes pixels behind the step that writes frames";
    refused("steps:\n  - write-frames\n  - threshold: {below: 2}", &[behind, "workflow.yaml:6:5", "threshold"]);
    refused("steps:\n  - write-frames\n  - round: {method: {bits: 4}}", &[behind, "round"]);
    refused(
        "steps:\n  - find-peaks: {threshold: 5}\n  - find-peaks: {threshold: 9}\n  - keep: peaks.count >= 1",
        &["the column `peaks.count` is made twice", "as: NAME"],
    );
}

#[test]
fn a_change_that_nobody_sees_is_told() {
    let lines = "steps:\n  - integrate-azimuthally: {unit: r_mm, bins: 10}\n  - threshold: {below: 2}";
    let reduction = Reduction::new(&run(), lines);
    let text = "step 2, threshold: no step behind it looks at the changed pixels or writes them";
    reduction.check(&[]).expect(0).complains(&["warning: ", text]);
    let ended = reduction.run(&[]).expect(0);
    assert_eq!(ended.stderr.matches(text).count(), 1, "{}", ended.stderr);
    assert_eq!(warnings(&reduction), [text]);
}

/// A frame is written as the steps in front of `write-frames` left it, and a step behind it changes nothing of that.
#[test]
fn steps_behind_the_writer_leave_what_is_written() {
    let plain = Reduction::new(&run(), "steps:\n  - write-frames: {codec: lz4}").reduce(&[]);
    let more = "steps:\n  - write-frames: {codec: lz4}\n  - integrate-azimuthally: {unit: r_mm, bins: 10}";
    let more = Reduction::new(&run(), more).reduce(&[]);
    let frames = |published: &trainyard_tests::Published| {
        let mut files = published.0.clone();
        files.retain(|name, _| name.contains("AGIPD0"));
        files
    };
    assert!(frames(&plain) == frames(&more) && frames(&plain).len() == 2);
}

#[test]
fn a_gate_that_nothing_measures_is_refused() {
    let changed = "steps:\n  - threshold: {below: 2}\n  - write-frames: {codec: zstd}";
    refused(
        &format!("quality: {{limits: {{azimuthal-deviation: 0.1}}}}\n{changed}"),
        &["nothing measures `azimuthal-deviation`", "integrate-azimuthally"],
    );
    refused(&format!("quality: {{sample: 0%, limits: {{max-error: 2}}}}\n{changed}"), &["a sample of no frames"]);
    refused(
        "quality: {limits: {max-error: 1}}\nsteps:\n  - integrate-azimuthally: {unit: r_mm, bins: 10}",
        &["none are written"],
    );
    for codec in ["", ": {codec: zstd}"] {
        refused(
            &format!("quality: {{limits: {{max-error: 1}}}}\nsteps:\n  - write-frames{codec}"),
            &["frames are written without loss"],
        );
    }
}

/// A share so small that it draws no frame measures one all the same, the same one however the run was made.
#[test]
fn at_least_one_kept_frame_is_measured() {
    let lines =
        "quality: {sample: 0.0001%, limits: {max-error: 2, azimuthal-deviation: 1}}\nsequence: {trains: 1}\nsteps:
  - integrate-azimuthally: {unit: r_mm, bins: 20}
  - find-peaks: {threshold: 3, max-peaks: 4}
  - keep: pulse != 0 && peaks.count >= 0
  - threshold: {below: 2}
  - write-frames: {codec: zstd}";
    let reduction = Reduction::new(&run(), lines);
    let ended = reduction.run(&["--threads", "1"]).expect(0);
    let quality = reduction.manifest()["quality"].clone();
    assert_eq!(quality["sampled-frames"], 1);
    let gates = quality["gates"].as_array().expect("gates");
    assert_eq!(gates.len(), 2);
    for gate in gates {
        assert_eq!(gate["frames"], 1);
        let worst = gate["worst"].as_f64().expect("a value");
        assert!(worst > 0.0 && worst <= gate["limit"].as_f64().expect("a limit"), "{gate}");
        assert_eq!(quality["worst"][gate["metric"].as_str().expect("a name")], gate["worst"]);
    }
    assert!(ended.stdout.contains("quality: max-error ") && ended.stdout.contains("limit 2, 1 frame sampled"));
    let first = reduction.published();
    reduction.clear();
    reduction.run(&["--threads", "3"]).expect(0);
    reduction.published().same_as(&first, "3 threads");
    // the frame that was measured is held against its limit
    let strict = lines.replace("max-error: 2", "max-error: 1e-6");
    Reduction::new(&run(), &strict).run(&[]).expect(6).complains(&["max-error of pulse", "the limit is"]);
}

/// Frames without a good pixel have no metric: a limit that holds for none of them holds for nothing.
#[test]
fn a_limit_that_no_sampled_frame_can_be_held_against_refuses() {
    let lines = "mask: {above: -1e9}\nquality: {sample: 100%, limits: {max-error: 2}}\nsteps:
  - threshold: {below: 2}
  - write-frames: {codec: zstd}";
    let reduction = Reduction::new(&run(), lines);
    reduction.run(&[]).expect(6).complains(&["max-error could not be measured in any of 24 sampled frames", "hint:"]);
    assert!(!reduction.output().join("reduction.json").exists());
}

#[test]
fn a_condition_that_drops_all_says_what_it_saw() {
    let lines = "steps:
  - find-peaks: {threshold: 1e9}
  - keep: peaks.count >= 15
  - write-frames: {codec: zstd}";
    let reduction = Reduction::new(&run(), lines);
    let ended = reduction.run(&[]).expect(0);
    let text =
        "step 2, keep peaks.count >= 15: none of 24 frames is kept: `peaks.count` has minimum 0, median 0, maximum 0";
    assert_eq!(warnings(&reduction), [text]);
    assert_eq!(ended.stderr.matches(&format!("warning: {text}")).count(), 1, "{}", ended.stderr);
    assert!(ended.stdout.contains("warnings: 1 warning above"), "{}", ended.stdout);
    // nothing to say where something is kept
    let some = Reduction::new(&run(), &lines.replace("peaks.count >= 15", "peaks.count >= 0"));
    assert!(!some.run(&[]).expect(0).stderr.contains("is kept"));
    assert!(warnings(&some).is_empty());
}

#[test]
fn no_hit_is_told_with_scores_and_thresholds() {
    let lines = "steps:
  - find-hits: {threshold: 1e9, modules: [2, 3], mode: fixed, fixed-threshold: 5}
  - keep: hit";
    let reduction = Reduction::new(&run(), lines);
    reduction.run(&[]).expect(0);
    let told = warnings(&reduction);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("step 1, find-hits: none of 24 frames is a hit"), "{told:?}");
    assert!(told[0].contains("scores minimum 0, median 0, maximum 0; thresholds minimum 5"), "{told:?}");
    assert!(told[1].contains("step 2, keep hit: none of 24 frames is kept: `hit` has minimum 0"), "{told:?}");
    // steps are numbered as in the file, though `find-hits` is two
    let by_fate = reduction.manifest()["frames"]["by-fate"].clone();
    assert_eq!(by_fate["step 2, keep hit: no"], 24, "{by_fate}");
}

#[test]
fn what_is_off_the_detector_is_refused_with_where_it_is() {
    let far = "steps:\n  - integrate-azimuthally: {unit: r_mm, bins: 10, range: [5000, 6000]}";
    refused(far, &["no pixel lies in the range", "5000 to 6000 r_mm", "minimum", "median", "maximum"]);
    refused("steps:\n  - correlate-times: {rings: [[5000, 6000]]}", &["no pixel lies between", "median"]);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mask = folder.path().join("all.npy");
    std::fs::write(&mask, npy(2 * 512 * 128)).expect("a mask");
    let lines = format!("mask: {{file: {}}}\nsteps:\n  - find-peaks: {{threshold: 5}}", mask.display());
    refused(&lines, &["all 131072 pixels are masked", "find-peaks"]);
}

/// `count` ones, of the shape of two AGIPD modules.
fn npy(count: usize) -> Vec<u8> {
    let header = format!("{:<117}\n", "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 512, 128), }");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(std::iter::repeat_n(1u8, count));
    bytes
}

#[test]
fn frames_without_a_good_pixel_are_told_with_what_they_hold() {
    let lines = "mask: {below: 1e6}\nsteps:\n  - integrate-azimuthally: {unit: r_mm, bins: 10, range: [0, 200]}";
    let reduction = Reduction::new(&run(), lines);
    reduction.run(&[]).expect(0);
    let told = warnings(&reduction);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("no good pixel in 24 frames: as stored, minimum "), "{told:?}");
    assert!(told[0].contains("those below 1000000"), "{told:?}");
    assert!(told[1].starts_with("step 1, integrate-azimuthally: no pixel took part in any of 24 frames"), "{told:?}");
}

#[test]
fn raw_pixels_taken_for_corrected_ones_are_told_once() {
    let raw = simulated("powder --raw --trains 2 --pulses 4 --modules 2,3 --codec bitshuffle-lz4");
    let looking = "steps:\n  - find-peaks: {threshold: 5}\n  - integrate-azimuthally: {unit: r_mm, bins: 10}";
    let reduction = Reduction::new(&raw, looking);
    for ended in [reduction.check(&[]), reduction.run(&[])] {
        let ended = ended.expect(0);
        assert_eq!(ended.stderr.matches("not corrected").count(), 1, "{}", ended.stderr);
        ended.complains(&[
            "warning: SPB_DET_AGIPD1M-1",
            "`find-peaks`, `integrate-azimuthally` see raw ADU",
            "data: proc",
        ]);
    }
    assert!(warnings(&reduction).iter().any(|text| text.contains("not corrected")));
    // who only writes frames does not look at them
    let copied = Reduction::new(&raw, "steps:\n  - write-frames");
    assert!(!copied.run(&[]).expect(0).stderr.contains("not corrected"));
}

#[test]
fn which_data_of_a_run_has_to_be_said() {
    let root = tempfile::tempdir().expect("a temporary folder");
    let proposal = root.path().join("MID/202601/p002345");
    let environment = [("EXTRA_DATA_DATA_ROOT", root.path().to_str().expect("text"))];
    let check = |run: &str| {
        let reduction = Reduction::of_text(&format!("run: {run}\noutput: reduced\nsteps: []\n"));
        start_with(&environment, ["check".to_string(), reduction.workflow().display().to_string()]).wait(PATIENCE)
    };
    for (there, told) in [("raw", "only raw is there"), ("proc", "raw and proc are there")] {
        trainyard_tests::copy_folder(&run(), &proposal.join(there).join("r0053"));
        check("{proposal: 2345, run: 53}").expect(3).complains(&[told, "hint:", "data: "]);
    }
    std::fs::remove_dir_all(proposal.join("raw")).expect("a folder less");
    check("{proposal: 2345, run: 53}").expect(3).complains(&["only proc is there", "data: proc"]);
    check("{proposal: 2345, run: 53, data: proc}").expect(0);
    check("{proposal: 2345, run: 54}").expect(3).complains(&["there is no run r0054"]);
}

#[test]
fn the_verdict_speaks_of_the_selection() {
    let run = simulated("powder --trains 4 --pulses 8 --modules 2,3");
    let lines = "trains: {index: \"0:1\"}\nsteps:\n  - keep: pulse < 8\n  - write-frames";
    let reduction = Reduction::new(&run, lines);
    let ended = reduction.run(&[]).expect(0);
    let whole = Reduction::new(&run, "steps:\n  - write-frames");
    whole.run(&[]).expect(0);
    let bytes = |reduction: &Reduction, name: &str| reduction.manifest()["bytes"][name].as_u64().expect("bytes");
    let (one, four) = (bytes(&reduction, "selection-input"), bytes(&whole, "selection-input"));
    // pixels, mask and gain of two modules, each rounded down
    assert!(one > 8 * 2 * 512 * 128 * 4 && (4 * one).abs_diff(four) < 32, "{one} {four}");
    let output = bytes(&reduction, "selection-output");
    assert!(output > 0 && output < bytes(&reduction, "output"));
    assert!(ended.stdout.contains("detector: 25.0 % of the frames kept, "), "{}", ended.stdout);
}

const AGREEMENT: &str = "on-bad-input: {skip-up-to: 60%}\nsequence: {trains: 2}\nsteps:
  - integrate-azimuthally: {unit: r_mm, bins: 20}
  - integrate-azimuthally: {as: whole, unit: r_mm, bins: 20, per: run}
  - find-peaks: {threshold: 8, max-peaks: 8}
  - keep: pulse != 0
  - correlate-times: {buffers: 2, levels: 1}
  - write-frames";

/// Rows, counts, sums and fates of a reduced run, and that they agree; `lost` are the frames that must be unreadable.
fn agrees(reduction: &Reduction, lost: &[(u64, u64)], before_keep: &[&str], behind_keep: &[&str]) {
    let Some(found) = json_of_python("agreement.py", [reduction.output()]) else { return };
    let ids = |value: &Value| (value[0].as_u64().expect("a train"), value[1].as_u64().expect("a pulse"));
    let fates: Vec<((u64, u64), u64)> =
        found["fates"].as_array().expect("fates").iter().map(|f| (ids(f), f[2].as_u64().expect("a fate"))).collect();
    let unreadable: Vec<(u64, u64)> = fates.iter().filter(|(_, f)| *f == 2).map(|(id, _)| *id).collect();
    assert_eq!(unreadable, lost);
    let of = |seen: &dyn Fn(u64) -> bool| fates.iter().filter(|(_, f)| seen(*f)).map(|(id, _)| *id).collect::<Vec<_>>();
    let (seen, kept) = (of(&|fate| fate != 2 && fate != 1), of(&|fate| fate == 0));
    for (steps, expected) in [(before_keep, &seen), (behind_keep, &kept)] {
        for step in steps {
            assert_eq!(found["counts"][step], expected.len(), "nFrames of {step}");
            if let Some(rows) = found["rows"].get(*step) {
                let rows: Vec<(u64, u64)> = rows.as_array().expect("rows").iter().map(ids).collect();
                assert_eq!(&rows, expected, "rows of {step}");
            }
        }
    }
    assert_eq!(found["counts"]["FATE"], kept.len());
    if let (Some(sum), Some(whole)) = (found["norm"]["AZINT"].as_f64(), found["norm"]["run WHOLE"].as_f64()) {
        assert!((sum - whole).abs() <= 1e-5 * whole, "rows hold {sum}, the run {whole}");
    }
    let manifest = reduction.manifest();
    assert_eq!(manifest["frames"]["kept"], kept.len());
    for step in manifest["steps"].as_array().expect("steps") {
        if let Some(name) = step["results"].as_str().and_then(|name| name.rsplit('/').next()) {
            assert_eq!(step["frames-in"], found["counts"][name], "{step}");
        }
    }
}

fn spoiled(run: &Path, folder: &Path, rows: &str, places: &[&str]) -> Option<(PathBuf, Vec<(u64, u64)>)> {
    let copy = folder.join("damaged");
    let mut arguments = vec![run.as_os_str(), copy.as_os_str(), rows.as_ref()];
    arguments.extend(places.iter().map(|place| std::ffi::OsStr::new(*place)));
    let told = json_of_python("rechunk.py", arguments)?;
    let mut lost: Vec<(u64, u64)> = Vec::new();
    for frame in told.as_array().expect("frames") {
        lost.push((frame["train"].as_u64().expect("a train"), frame["pulse"].as_u64().expect("a pulse")));
    }
    lost.sort_unstable();
    lost.dedup();
    Some((copy, lost))
}

/// Pixels, mask and gain in chunks of three rows that do not fit eight frames a train: gain, which no step looks at, is found
/// to be damaged only when chunks are put together.
#[test]
fn a_damaged_frame_is_in_no_sum_row_or_count() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = simulated("powder --trains 4 --pulses 8 --modules 2,3 --brightness 20");
    for (number, places) in
        [&["2:gain:4"][..], &["3:data:13", "2:gain:20"], &["2:mask:9", "3:gain:0"]].into_iter().enumerate()
    {
        let folder = folder.path().join(number.to_string());
        std::fs::create_dir(&folder).expect("a folder");
        let Some((copy, lost)) = spoiled(&run, &folder, "3", places) else { return };
        for write in ["write-frames", "write-frames: {codec: zstd}"] {
            let lines = AGREEMENT.replace("write-frames", write);
            let reduction = Reduction::new(&copy, &lines);
            reduction.run(&["--threads", "2"]).expect(2);
            agrees(&reduction, &lost, &["AZINT", "WHOLE", "PEAKS"], &["G2"]);
            let first = reduction.published();
            reduction.clear();
            reduction.run(&["--threads", "1"]).expect(2);
            reduction.published().same_as(&first, "1 thread");
            // and by default the first damage ends the run, with its place
            let stopped = Reduction::new(&copy, &lines.replace("{skip-up-to: 60%}", "stop"));
            stopped.run(&[]).expect(4).complains(&["AGIPD0", "image."]);
        }
    }
}

/// Nothing looks at pixels, chunks are put together anew because dark frames go.
#[test]
fn damage_in_regrouped_chunks_is_skipped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = simulated("powder --trains 4 --pulses 8 --modules 2,3 --brightness 20");
    let Some((copy, lost)) = spoiled(&run, folder.path(), "3", &["2:gain:4", "3:data:20"]) else { return };
    for keep in ["", "  - keep: pulse != 12\n"] {
        let lines = format!("on-bad-input: {{skip-up-to: 60%}}\nsteps:\n{keep}  - write-frames");
        let reduction = Reduction::new(&copy, &lines);
        reduction.run(&[]).expect(2);
        let dropped = |id: &&(u64, u64)| keep.is_empty() || id.1 != 12;
        let lost: Vec<(u64, u64)> = lost.iter().filter(dropped).copied().collect();
        agrees(&reduction, &lost, &[], &[]);
        let against = [
            "validate".as_ref(),
            reduction.output().as_os_str().to_owned().as_os_str(),
            "--against".as_ref(),
            copy.as_os_str(),
        ]
        .map(ToOwned::to_owned);
        let proof = trainyard_tests::trainyard(against);
        assert!(!proof.stderr.contains("against-pixels"), "{}", proof.stderr);
    }
}

/// Small keys are gathered when the sequence ends: the frames of the train are known to be lost before anything sees them.
#[test]
fn damage_in_small_keys_beside_the_frames_is_skipped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = simulated("powder --trains 4 --pulses 8 --modules 2,3 --brightness 20");
    let Some((copy, told)) = spoiled(&run, folder.path(), "3", &["2:status:10"]) else { return };
    let (train, pulses) = (told[0].0, [0, 4, 8, 12, 16, 20, 24, 28]);
    let lost: Vec<(u64, u64)> = pulses.into_iter().map(|pulse| (train, pulse)).collect();
    let reduction = Reduction::new(&copy, AGREEMENT);
    reduction.run(&[]).expect(2).complains(&["image.status", &format!("train {train}")]);
    agrees(&reduction, &lost, &["AZINT", "WHOLE", "PEAKS"], &["G2"]);
}

/// The bunch pattern of two trains cannot be read: their frames are unreadable, counted and listed.
#[test]
fn damage_in_what_metadata_steps_read_is_skipped() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = simulated("powder --raw --trains 6 --pulses 8 --modules 2,3 --lit-stride 2");
    let copy = folder.path().join("damaged");
    let arguments = [run.as_os_str(), copy.as_os_str(), "1".as_ref(), "4".as_ref()];
    let Some(told) = json_of_python("damage_slow.py", arguments) else { return };
    let lines = "copy: []\non-bad-input: {skip-up-to: 40%}\nsequence: {trains: 3}\nsteps:
  - lit-frames
  - keep: lit
  - integrate-azimuthally: {unit: r_mm, bins: 20}
  - write-frames";
    let reduction = Reduction::new(&copy, lines);
    let mut ended = reduction.run(&[]).expect(2);
    let trains: Vec<u64> = told.as_array().expect("trains").iter().map(|t| t.as_u64().expect("an id")).collect();
    assert_eq!(reduction.manifest()["frames"]["by-fate"]["unreadable"], 16);
    for train in &trains {
        ended = ended.complains(&[&format!("train {train}"), "bunchPatternTable"]);
    }
    let Some(found) = json_of_python("agreement.py", [reduction.output()]) else { return };
    assert_eq!(found["counts"]["LITFRM"], 32);
    let first = reduction.published();
    reduction.clear();
    reduction.run(&["--set", "sequence={trains: 3}", "--threads", "1"]).expect(2);
    reduction.published().same_as(&first, "1 thread");
    Reduction::new(&copy, &lines.replace("40%", "30%")).run(&[]).expect(4).complains(&["16 of 48 frames"]);
    Reduction::new(&copy, &lines.replace("{skip-up-to: 40%}", "stop")).run(&[]).expect(4);
}

/// Pixels that the detector's own mask marks in every frame do not cost g2: it is that of a mask file with the same pixels.
#[test]
fn dead_pixels_leave_g2_as_a_mask_file_does() {
    let run = simulated("xpcs --trains 3 --pulses 16 --modules 2,3 --bad-pixels 0.001");
    let steps = "sequence: {trains: 1}\nsteps:\n  - correlate-times: {buffers: 4, levels: 2}";
    let own = Reduction::new(&run, steps);
    own.run(&[]).expect(0);
    assert!(warnings(&own).is_empty());
    let mask = own.folder().join("mask.npy");
    let Some(bad) = json_of_python("mask_of.py", [run.as_os_str(), mask.as_os_str()]) else { return };
    assert!(bad.as_u64().is_some_and(|bad| bad > 50), "{bad} bad pixels");
    let file = Reduction::new(&run, &format!("mask: {{file: {}, detector: false}}\n{steps}", mask.display()));
    file.run(&[]).expect(0);
    let g2 =
        |reduction: &Reduction| json_of_python("g2.py", [reduction.output()]).expect("an interpreter")["g2"].clone();
    let (found, expected) = (g2(&own), g2(&file));
    let numbers = |value: &Value| -> Vec<f64> {
        value.as_array().expect("rows").iter().map(|row| row[0].as_f64().unwrap_or(f64::NAN)).collect()
    };
    let (found, expected) = (numbers(&found), numbers(&expected));
    assert!(
        found[0] > 1.0 && found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-12 * b.abs()),
        "{found:?} {expected:?}"
    );
}

/// A pixel that is bad in some frames takes those frames from its ring; where that takes all, the ring has no pair, and it is told.
#[test]
fn a_ring_without_a_pair_of_frames_is_told() {
    let run = simulated("xpcs --trains 3 --pulses 16 --modules 2,3 --bad-pixels 0.001");
    let lines = "mask: {above: 3}\nsteps:\n  - correlate-times: {buffers: 4, levels: 2, rings: [[20, 30]]}";
    let reduction = Reduction::new(&run, lines);
    reduction.run(&[]).expect(0);
    let told = warnings(&reduction);
    assert_eq!(told.len(), 1, "{told:?}");
    let words = "step 1, correlate-times: ring 0 (20 to 30 mm) has no pair of frames: in each of 48 frames";
    assert!(told[0].starts_with(words), "{told:?}");
}
