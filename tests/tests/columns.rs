//! Columns: all of all frames are published, slow values among them, so that anyone can ask later why a frame went.

use std::ffi::OsStr;
use trainyard_tests::{json_of_python, simulated, trainyard, Reduction};

/// The same energies by two ways: `lit-frames` sums those of the pulses that a cell saw, `attach` takes that of the pulse by
/// its place in the bunch pattern.
#[test]
fn pulse_energies_are_those_of_the_lit_frames() {
    let run = simulated("spi --trains 3 --pulses 12 --seed 5 --modules 3 --lit-stride 2");
    let workflow = "\
steps:
  - lit-frames
  - attach:
      gmd: {source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD, by: pulse, unit: uJ}
      third: {source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD, element: 3, unit: uJ}
  - keep: gmd > \"1 uJ\"
  - find-peaks: {threshold: 1000}
  - write-frames";
    let reduction = Reduction::new(&run, workflow);
    reduction.run(&[]).expect(0);
    let Some(found) = json_of_python("columns.py", [reduction.output().as_os_str()]) else { return };
    let column = |name: &str| -> Vec<Option<f64>> {
        let values = found["columns"][name].as_array().unwrap_or_else(|| panic!("no column {name}: {found}"));
        values.iter().map(|v| v.as_f64()).collect()
    };
    let (lit, energy, gmd, third) = (column("lit"), column("energy"), column("gmd"), column("third"));
    assert_eq!(found["units"]["gmd"], "uJ");
    let both = lit.iter().zip(&energy).zip(&gmd).filter(|((lit, _), _)| **lit == Some(1.0));
    let pairs: Vec<(f64, f64)> = both.map(|((_, energy), gmd)| (energy.unwrap(), gmd.unwrap())).collect();
    assert!(pairs.len() >= 12 && pairs.iter().all(|(a, b)| a == b), "{pairs:?}");
    assert!(lit.iter().zip(&gmd).all(|(lit, gmd)| gmd.is_some() == (*lit == Some(1.0))), "a dark frame has no pulse");
    assert!(third.iter().all(Option::is_some) && third.chunks(12).all(|train| train.iter().all(|v| *v == train[0])));
    // what no step saw has no value
    let fates = found["fates"].as_array().unwrap();
    let peaks = column("peaks.count");
    assert!(fates.iter().zip(&peaks).all(|(fate, count)| (fate == 0) == count.is_some()));
    let output = reduction.output();
    trainyard([OsStr::new("validate"), output.as_ref(), "--against".as_ref(), run.as_ref()]).expect(0);
}

#[test]
fn a_column_has_a_name_of_its_own() {
    let run = simulated("spi --trains 1 --pulses 4 --modules 3");
    let refused = |steps: &str, words: &str| {
        let reduction = Reduction::new(&run, &format!("steps:\n{steps}"));
        let done = reduction.run(&[]).expect(3);
        assert!(done.stderr.contains(words), "{}", done.stderr);
    };
    let xgm = "source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD";
    refused(&format!("  - attach: {{cell: {{{xgm}, element: 0}}}}"), "the column `cell` is made twice, by `every run`");
    refused(&format!("  - attach: {{a: {{{xgm}}}}}"), "holds 1000 numbers a train");
    refused(&format!("  - attach: {{a: {{{xgm}, element: 1000}}}}"), "has elements 0 to 999");
    refused("  - attach: {a: {source: NOBODY, key: x}}", "NOBODY");
    refused(&format!("  - attach: {{'a-b': {{{xgm}, element: 0}}}}"), "is no name of a column");
}

#[test]
fn profiles_are_divided_by_a_column() {
    let run = simulated("spi --trains 3 --pulses 12 --seed 5 --modules 3 --lit-stride 2");
    let workflow = "\
steps:
  - attach:
      gmd: {source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD, by: pulse, unit: uJ}
  - integrate-azimuthally: {unit: r_mm, bins: 20}
  - integrate-azimuthally: {as: normed, unit: r_mm, bins: 20, normalise-by: gmd}
  - integrate-azimuthally: {as: direct, unit: r_mm, bins: 20, normalise-by: 'SPB_XTD9_XGM/XGM/DOOCS:output data.intensityTD'}
  - integrate-azimuthally: {as: mean, unit: r_mm, bins: 20, per: run, normalise-by: gmd}";
    let reduction = Reduction::new(&run, workflow);
    reduction.run(&[]).expect(0).complains(&["18 of 36 frames have no positive number to be divided by"]);
    let refused = Reduction::new(&run, &workflow.replace("by: gmd", "by: gdm"));
    refused.check(&[]).expect(3).complains(&["no column named `gdm`", "gmd"]);
    let Some(found) = json_of_python("normalised.py", [reduction.output().as_os_str()]) else { return };
    for key in ["intensity", "sigma", "norm", "without", "direct", "mean", "weight"] {
        assert_eq!(found[key], true, "{key}: {found}");
    }
    assert_eq!((&found["frames"], &found["with"]), (&36.into(), &18.into()));
}

/// A module without good pixels is dropped for the whole run; all else of the run is as if it had never been there.
#[test]
fn a_dropped_module_is_told_and_proved() {
    let run = trainyard_tests::Powder::corrected();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mask = folder.path().join("mask.npy");
    let Some(_) = json_of_python("mask_module.py", [run.as_os_str(), mask.as_os_str(), "5".as_ref()]) else { return };
    let lines = |first: &str| {
        format!(
            "mask: {{file: {}}}\nsequence: {{trains: 3}}\nsteps:\n{first}  - integrate-azimuthally: {{unit: r_mm, bins: 50, per: run}}\n  - write-frames: {{codec: lz4}}\n  - write-frames: {{as: odd, where: cell == 1}}",
            mask.display()
        )
    };
    let dropping = lines("  - drop-modules\n");
    let reduction = Reduction::new(&run, &dropping);
    let whole = reduction.reduce(&[]);
    let output = reduction.output();
    let told = trainyard([OsStr::new("validate"), output.as_ref(), "--against".as_ref(), run.as_ref()]).expect(0);
    assert!(told.stdout.contains("dropped by a step: 1 module"), "{}", told.stdout);
    let Some(found) = json_of_python("dropped.py", [output.as_os_str()]) else { return };
    assert_eq!(found["told"], serde_json::json!(["5: step 1, drop-modules: no good pixel in 64 frames"]), "{found}");
    let frames = found["frames"].as_object().expect("frames by module");
    assert!(frames.iter().all(|(module, frames)| (frames == 0) == (module == "5")), "{found}");
    assert!(reduction.manifest()["warnings"].to_string().contains("module 5 is dropped"));
    // the masked module gave nothing to the profile anyway
    let plain = Reduction::new(&run, &lines(""));
    plain.reduce(&[]);
    let Some(kept) = json_of_python("dropped.py", [plain.output().as_os_str()]) else { return };
    assert_eq!((&kept["intensity"], &kept["told"]), (&found["intensity"], &serde_json::json!([])));
    Reduction::cut_short(&run, &dropping).reduce(&[]).same_as(&whole, "killed and resumed");
    reduction.clear();
    let Some(child) = reduction.start_on_ranks(2, &[]) else { return };
    child.wait(trainyard_tests::PATIENCE).expect(0);
    reduction.published().same_as(&whole, "two ranks");
}

/// The weight of a frame is that of its chunks, and nothing is decoded for it.
#[test]
fn frames_are_weighed_as_they_are_stored() {
    let run = trainyard_tests::Powder::corrected();
    let reduction = Reduction::new(
        &run,
        "steps:\n  - weigh-frames: {modules: [0, 10]}\n  - keep: stored.bytes > 0\n  - write-frames",
    );
    let behind = Reduction::new(&run, "steps:\n  - threshold: {below: 2}\n  - weigh-frames\n  - write-frames");
    behind.check(&[]).expect(3).complains(&["move `weigh-frames` in front of it"]);
    Reduction::new(&run, "steps:\n  - weigh-frames\n  - threshold: {below: 2}\n  - write-frames").check(&[]).expect(0);
    reduction.run(&[]).expect(0);
    let manifest = reduction.manifest();
    assert_eq!(manifest["chunks"]["encoded"], 0, "{manifest}");
    let output = reduction.output();
    let Some(found) = json_of_python("weights.py", [run.as_os_str(), output.as_os_str()]) else { return };
    assert_eq!(found["equal"], true, "{found}");
    assert!(found["frames"].as_u64() > Some(50), "{found}");
    // a module that misses a train weighs nothing there
    assert_eq!(found["missing"], 8, "{found}");
}
