//! Which pixels count: mask files of every form, masks and flags that a geometry names, and files of other detectors. And steps that make
//! frames of another type and shape of them, against numpy and `validate --against`.

use serde_json::{json, Value};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use trainyard_tests::{json_of_python, python, simulated, trainyard, Powder, Reduction};

const STEPS: &str = "steps:\n  - integrate-azimuthally: {bins: 40, per: run, unit: r_mm, solid-angle: false}\n";

fn powder() -> std::path::PathBuf {
    simulated("powder --trains 1 --pulses 2 --brightness 5")
}

/// A workflow over the powder with these lines.
fn reduction(run: &Path, geometry: &str, lines: &str) -> Reduction {
    Reduction::of_text(&format!("run: {}\ngeometry: {geometry}\noutput: reduced\n{lines}{STEPS}", run.display()))
}

/// Largest differences of two profiles and their norms; nothing, said so, without an interpreter.
fn differences(one: &Reduction, other: &Reduction) -> Option<Vec<f64>> {
    let runs = ["same".into(), one.output().into_os_string(), other.output().into_os_string()];
    let found = json_of_python("masks.py", runs)?;
    found.as_array().map(|numbers| numbers.iter().map(|number| number.as_f64().unwrap_or(f64::NAN)).collect())
}

#[test]
fn a_mask_is_the_same_in_every_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let make = ["make".into(), folder.path().as_os_str().to_owned()];
    let Some(names) = json_of_python("masks.py", make) else { return };
    let run = powder();
    let geometry = run.join("simulated.geom").display().to_string();
    let of = |name: &str| format!("mask: {{file: {}}}\n", folder.path().join(name).display());
    let expected = reduction(&run, &geometry, &of("mask.npy"));
    expected.run(&[]).expect(0);
    let whole = reduction(&run, &geometry, "");
    whole.run(&[]).expect(0);
    assert!(differences(&expected, &whole).expect("an interpreter")[1] > 100.0, "the mask masks nothing");
    let names: Vec<&str> = names.as_array().expect("names").iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(names.len(), 15, "{names:?}");
    for name in names {
        let found = reduction(&run, &geometry, &of(name));
        found.run(&[]).expect(0);
        assert_eq!(differences(&expected, &found), Some(vec![0.0, 0.0]), "{name}");
    }

    for (name, words) in [
        ("other.npy", &["the shape [16, 128, 512]", "[16, 512, 128], or [8192, 128]"][..]),
        ("other.h5", &["the shape [16, 128, 512]"][..]),
        (
            "none.h5",
            &["`/mask`: there is no `mask` in `/`", "`/data/mask`: there is no `mask` in `/data`", "`/pixel_mask`:"][..],
        ),
        ("absent.npy", &["absent.npy"][..]),
    ] {
        reduction(&run, &geometry, &of(name)).check(&[]).expect(3).complains(words);
    }

    // bits that a geometry names, in a file beside it
    let text = std::fs::read_to_string(&geometry).expect("a geometry");
    let named = "mask1_file = bits.h5\nmask1_data = /bits\nmask1_goodbits = 0x1\nmask1_badbits = 0x8\n";
    let own = folder.path().join("masked.geom");
    std::fs::write(&own, format!("{named}{text}")).expect("a geometry");
    let found = reduction(&run, &own.display().to_string(), "");
    found.run(&[]).expect(0);
    assert_eq!(differences(&expected, &found), Some(vec![0.0, 0.0]));
    std::fs::write(&own, format!("{named}{text}").replace("/bits", "/bit")).expect("a geometry");
    let words = ["bits.h5: there is no `bit` in `/`", "start at the folder of the geometry file"];
    reduction(&run, &own.display().to_string(), "").check(&[]).expect(3).complains(&words);
}

#[test]
fn flags_of_a_geometry_are_limits_of_the_pixels() {
    let run = powder();
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read_to_string(run.join("simulated.geom")).expect("a geometry");
    let flagged = folder.path().join("flagged.geom");
    std::fs::write(&flagged, format!("flag_morethan = 2\nflag_lessthan = 0\n{text}")).expect("a geometry");
    let flags = reduction(&run, &flagged.display().to_string(), "");
    let limits = reduction(&run, &run.join("simulated.geom").display().to_string(), "mask: {below: 0, above: 2}\n");
    let neither = reduction(&run, &run.join("simulated.geom").display().to_string(), "");
    for reduction in [&flags, &limits, &neither] {
        reduction.run(&[]).expect(0);
    }
    let Some(same) = differences(&flags, &limits) else { return };
    assert_eq!(same, [0.0, 0.0]);
    assert!(differences(&flags, &neither).expect("an interpreter")[1] > 0.0, "the flags decide nothing");
}

#[test]
fn files_of_other_detectors_and_absurd_values_are_refused() {
    let run = powder();
    let geometry = run.join("simulated.geom");
    let text = std::fs::read_to_string(&geometry).expect("a geometry");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("a geometry");
        path.display().to_string()
    };
    // one panel of the last module is gone
    let fewer: String =
        text.lines().filter(|line| !line.starts_with("p15a7/")).map(|line| format!("{line}\n")).collect();
    let fewer = write("fewer.geom", &fewer);
    let refused = reduction(&run, &fewer, "").check(&[]).expect(3);
    refused.complains(&["8192 of the detector's 1048576 pixels have no panel", "uncovered: bad"]);
    reduction(&run, &format!("{{file: {fewer}, uncovered: bad}}"), "").check(&[]).expect(0);
    // a module more than there are
    let seventeen = text.replace("p15a7/dim1 = 15", "p15a7/dim1 = 16");
    let more = write("more.geom", &seventeen);
    reduction(&run, &more, "").check(&[]).expect(3).complains(&["panels for module 16", "extra-panels: ignore"]);
    let both = format!("{{file: {more}, extra-panels: ignore, uncovered: bad}}");
    reduction(&run, &both, "").check(&[]).expect(0);
    // chosen modules need no word
    let some = reduction(&run, &geometry.display().to_string(), "modules: [3, 4]\n");
    some.check(&[]).expect(0);
    for (adjusted, words) in [
        ("distance: \"200 m\"", "a distance of 200 m"),
        ("energy: \"9300 keV\"", "a photon energy of 9300000 eV"),
        ("uncovered: good", "uncovered"),
    ] {
        let adjusted = format!("{{file: {}, {adjusted}}}", geometry.display());
        reduction(&run, &adjusted, "").check(&[]).expect(3).complains(&[words]);
    }
}

#[test]
fn values_in_the_data_are_read_where_they_hold_for_all_trains() {
    let run = simulated("powder --trains 3 --pulses 2");
    let text = std::fs::read_to_string(run.join("simulated.geom")).expect("a geometry");
    let folder = tempfile::tempdir().expect("a folder");
    let clock = "SPB_IRU_AGIPD1M1/MDL/FPGA_COMP";
    let with = |clen: &str| {
        let path = folder.path().join("data.geom");
        let energy = format!("photon_energy = /RUN/{clock}/integrationTime/value keV\n");
        std::fs::write(&path, format!("{text}clen = {clen}\n{energy}")).expect("a geometry");
        reduction(&run, &path.display().to_string(), "").check(&[])
    };
    for (unit, distance) in [(" m", "1.1 m"), (" mm", "0.0011 m"), ("", "0.0011 m")] {
        let told = with(&format!("/CONTROL/{clock}/bunchStructure/repetitionRate/value{unit}")).expect(0);
        let numbers = format!("  {distance} from the sample, 20 keV, r 4.101 to ");
        assert!(told.stdout.contains(&numbers), "{}", told.stdout);
    }
    let varies = with(&format!("/CONTROL/{clock}/bunchStructure/repetitionRate/timestamp"));
    varies.expect(3).complains(&["which is not the same for all trains", "distance: \"0.2 m\""]);
    let elsewhere = with("/LCLS/detectorPosition");
    elsewhere.expect(3).complains(&["does not state the distance", "/LCLS/detectorPosition", "distance: \"0.2 m\""]);
}

/// What numpy makes of the kept frames, held against what is written; nothing, said so, without an interpreter.
#[track_caller]
fn equals_numpy(run: &Path, reduction: &Reduction, parameters: &Value) -> Option<Value> {
    let output = reduction.output();
    let arguments: [OsString; 3] = [run.into(), output.into(), parameters.to_string().into()];
    let found = json_of_python("changed_frames.py", arguments)?;
    println!("{found}");
    for differing in ["different", "mask-different", "second-different"] {
        assert_eq!(found[differing], 0, "{found}");
    }
    assert!(found["frames"].as_u64() > Some(0) && found["sources"].as_u64() > Some(0), "{found}");
    Some(found)
}

/// `validate --against`, which makes some frames again.
#[track_caller]
fn against(run: &Path, reduction: &Reduction, code: i32) -> Value {
    let output = reduction.output();
    let words = ["validate".as_ref(), output.as_os_str(), "--json".as_ref(), "--against".as_ref(), run.as_os_str()];
    let ended = trainyard(words.map(OsStr::to_owned)).expect(code);
    serde_json::from_str(&ended.stdout).unwrap_or_else(|e| panic!("no JSON: {e}\n{}", ended.stdout))
}

#[track_caller]
fn made_again(run: &Path, reduction: &Reduction) -> Value {
    let told = against(run, reduction, 0);
    let notes = told["findings"].as_array().expect("findings").iter();
    let unable: Vec<&Value> = notes
        .filter(|note| note["what"].as_str().is_some_and(|what| what.contains("no frame is made again")))
        .collect();
    assert!(unable.is_empty(), "{unable:?}");
    assert!(told["against"]["rows-made-again"].as_u64() > Some(0), "{told}");
    told
}

/// A mask file in the folder of the workflow.
fn mask_beside(reduction: &Reduction, modules: usize) -> Option<String> {
    let path = reduction.folder().join("bad.npy");
    python("changed_frames.py", ["mask".into(), path.display().to_string(), modules.to_string()])?.expect(0);
    Some(path.display().to_string())
}

#[test]
fn bins_are_sums_of_good_pixels_with_their_geometry() {
    let run = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
    let lines = "mask: {file: bad.npy, above: 60}
sequence: {trains: 2}
steps:
  - keep: cell in 1..7
  - integrate-azimuthally: {unit: r_mm, bins: 30, per: run, solid-angle: false, as: fine}
  - bin-pixels: {by: [2, 4]}
  - integrate-azimuthally: {unit: r_mm, bins: 30, per: run, solid-angle: false, as: coarse}
  - average: {}
  - write-frames: {codec: {bitshuffle-zstd: {level: 3}}}";
    let reduction = Reduction::new(&run, lines);
    let Some(bad) = mask_beside(&reduction, 2) else { return };
    reduction.run(&[]).expect(0);
    let parameters = json!({"bin": [2, 4], "bad": bad, "bad-above": 60});
    let found = equals_numpy(&run, &reduction, &parameters).expect("an interpreter");
    assert_eq!((&found["type"], &found["shape"]), (&json!("float32"), &json!([256, 32])), "{found}");
    assert!(found["marked"].as_u64() > Some(0) && found["good"].as_u64() > Some(0), "{found}");
    assert_eq!(reduction.manifest()["pixels"]["shape"], json!([256, 32]));
    let output = reduction.output();
    trainyard([OsStr::new("validate"), output.as_os_str(), "--deep".as_ref()]).expect(0);
    made_again(&run, &reduction);
    let same = Reduction::new(&run, lines);
    std::fs::copy(&bad, same.folder().join("bad.npy")).expect("a copy");
    assert!(same.reduce(&["--threads", "1"]) == reduction.published(), "other bytes on one thread");

    // one number of what is written is another one
    let file = output.join("CORR-R0001-AGIPD02-S00000.h5");
    python("changed_frames.py", ["touch", &file.display().to_string(), "30", "17"]).expect("an interpreter").expect(0);
    let told = against(&run, &reduction, 4);
    let findings = told["findings"].as_array().expect("findings").iter();
    let pixels: Vec<&Value> = findings.filter(|f| f["id"] == "against-pixels" && f["severity"] == "error").collect();
    assert!(
        pixels.iter().any(|f| f["what"].as_str().is_some_and(|what| what.contains("1 of 8192 values"))),
        "{told:#}"
    );
}

#[test]
fn photons_are_counted_and_what_does_not_fit_is_told() {
    let run = simulated("powder --trains 3 --pulses 8 --modules 2,3 --brightness 20");
    let steps = |more: &str| {
        format!(
            "steps:\n  - keep: cell in 2..5\n  - photonise: {{photon: 0.05{more}}}\n  - write-frames: {{codec: lz4}}"
        )
    };
    let wide = Reduction::new(&run, &steps(""));
    wide.run(&[]).expect(0);
    let found = equals_numpy(&run, &wide, &json!({"photon": 0.05, "most": 65535}));
    let Some(found) = found else { return };
    assert_eq!((&found["type"], &found["mask-type"]), (&json!("uint16"), &json!("uint32")), "{found}");
    made_again(&run, &wide);

    let refused = Reduction::new(&run, &steps(", type: u8"));
    refused.run(&[]).expect(4).complains(&[
        "step 2, photonise, pulse",
        "photons do not fit into u8",
        "overflow: saturate",
    ]);
    let narrow = Reduction::new(&run, &steps(", type: u8, overflow: saturate"));
    narrow.run(&[]).expect(0);
    let found = equals_numpy(&run, &narrow, &json!({"photon": 0.05, "most": 255})).expect("an interpreter");
    assert_eq!(found["type"], "uint8", "{found}");
    let manifest = narrow.manifest();
    assert!(manifest["steps"][1]["counted"]["saturated-pixels"].as_u64() > Some(0), "{}", manifest["steps"]);
    assert_eq!(manifest["pixels"]["unit"], "photons");
    made_again(&run, &narrow);
}

/// Several memory cells a row, thirds of a train, and two planes.
#[test]
fn rows_of_every_detector_change() {
    let jungfrau =
        simulated("powder --detector jungfrau --raw --trains 3 --pulses 16 --modules 1 --codec bitshuffle-lz4");
    let lpd = simulated("powder --detector lpd --raw --trains 3 --pulses 6 --modules 0,3 --codec deflate");
    let agipd = Powder::raw();
    let (threshold, bin) = ("threshold: {below: 100, value: 7}", "bin-pixels: {by: 2}");
    for (run, keep, step, parameters) in [
        (&jungfrau, "cell in 3..9", threshold, json!({"below": 100, "value": 7})),
        (&jungfrau, "cell in 3..9 && train != 10001", bin, json!({"bin": [2, 2]})),
        (&lpd, "cell in 1..4", bin, json!({"bin": [2, 2]})),
        (&agipd, "cell in 1..3", threshold, json!({"below": 100, "value": 7})),
        (&agipd, "cell in 1..3", bin, json!({"bin": [2, 2]})),
    ] {
        let lines = format!("steps:\n  - keep: {keep}\n  - {step}\n  - write-frames");
        let reduction = Reduction::new(run, &lines);
        reduction.run(&[]).expect(0);
        let output = reduction.output();
        trainyard([OsStr::new("validate"), output.as_os_str()]).expect(0);
        made_again(run, &reduction);
        if equals_numpy(run, &reduction, &parameters).is_none() {
            return;
        }
    }
}

#[test]
fn what_cannot_be_is_told_before_anything_is_read() {
    let run = Powder::corrected();
    let refused =
        |steps: &str| Reduction::new(&run, &format!("steps:\n{steps}\n  - write-frames")).check(&[]).expect(3);
    refused("  - bin-pixels: {by: 3}").complains(&[
        "512 x 128 pixels do not divide by 3 x 3",
        "take divisors of both",
        "workflow.yaml:5:",
    ]);
    refused("  - bin-pixels: {by: [2, 128]}\n  - bin-pixels: {by: [1, 2]}")
        .complains(&["256 x 1 pixels do not divide by 1 x 2"]);
    let gate = |steps: &str| {
        let lines = format!("quality: {{limits: {{azimuthal-deviation: 1}}}}\nsteps:\n{steps}  - write-frames");
        Reduction::new(&run, &lines)
    };
    let (integrate, bin) =
        ("  - integrate-azimuthally: {unit: r_mm, bins: 9, per: run}\n", "  - bin-pixels: {by: 2}\n");
    gate(&format!("{integrate}{bin}"))
        .check(&[])
        .expect(3)
        .complains(&["no step integrates frames of the shape", "integrate behind the steps that change the shape"]);
    gate(&format!("{bin}{integrate}")).check(&[]).expect(0);
    refused("  - photonise: {photon: 0}").complains(&["photon"]);
}
