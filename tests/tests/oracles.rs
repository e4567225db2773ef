//! Numbers of the whole program against the field's own tools and against known truth.

use std::path::Path;
use trainyard_tests::{json_of_python, real_data, real_run, simulated, Reduction};

/// Per bin 1e-5 relative, intensity and sigma, but for bins into or out of which a pixel on the edge has moved.
#[test]
fn profiles_of_frames_are_those_of_pyfai() {
    let run = simulated("powder --trains 2 --pulses 3 --codec bitshuffle-lz4 --bad-pixels 0.01 --brightness 5");
    let cases = [
        ("q_nm^-1", "unit: q_nm^-1, bins: 500, range: [0.5, 30], solid-angle: true"),
        ("r_mm", "unit: r_mm, bins: 300, range: [5.03, 120.07], solid-angle: false"),
        ("2th_deg", "unit: 2th_deg, bins: 400, range: [1, 30], solid-angle: true, polarisation: 0.99"),
    ];
    for (unit, parameters) in cases {
        for splitting in ["no", "bbox"] {
            let reduction = Reduction::new(
                &run,
                &format!("steps:\n  - integrate-azimuthally: {{{parameters}, splitting: {splitting}, per: frame}}"),
            );
            reduction.run(&[]).expect(0);
            let arguments = [run.as_os_str(), reduction.output().as_os_str(), parameters.as_ref(), splitting.as_ref()]
                .map(ToOwned::to_owned);
            let Some(found) = json_of_python("azimuthal.py", arguments) else { return };
            println!("{unit}, {splitting}: {found}");
            let number = |key: &str| found[key].as_f64().unwrap_or(f64::NAN);
            assert_eq!(found["frames"], 6);
            assert!(number("bins") > 0.9 * number("asked"), "{found}");
            assert!(number("intensity") <= 1e-5 && number("sigma") <= 1e-5, "{found}");
            // float32 of pyFAI against our f64 on the edge of a bin: at most a few of a million pixels
            assert!(number("moved") <= 20.0, "{found}");
        }
    }
}

#[test]
fn rings_of_a_real_powder() {
    let (Some(run), Some(data)) = (real_run("agipd-powder"), real_data()) else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let output = folder.path().join("reduced");
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows/agipd-powder.yaml");
    let set = [
        format!("run={}", run.display()),
        format!("geometry={}", data.join("agipd-powder/test.geom").display()),
        format!("output={}", output.display()),
    ];
    let mut arguments = vec!["run".to_string(), workflow.display().to_string()];
    arguments.extend(set.into_iter().flat_map(|s| ["--set".to_string(), s]));
    trainyard_tests::trainyard(arguments).expect(0);
    let rings = [31.7, 66.5, 85.1, 96.1, 128.1];
    let mut arguments = vec![output.display().to_string()];
    arguments.extend(rings.iter().map(f64::to_string));
    let Some(found) = json_of_python("rings.py", arguments) else { return };
    println!("{found}");
    assert_eq!(found.as_array().map(Vec::len), Some(5));
    for (ring, expected) in found.as_array().expect("rings").iter().zip(rings) {
        let at = ring.as_f64().expect("a radius");
        assert!((at - expected).abs() <= 0.3, "a ring at {at} mm, not at {expected} mm");
    }
}

/// Every scenario of the reference, end to end: a run with its bunch patterns, pulse energies and timing.
#[test]
fn lit_frames_are_those_of_extra_redu() {
    let reference = Path::new(env!("CARGO_MANIFEST_DIR")).join("../algorithms/tests/data/lit-frames-reference.json");
    let text = std::fs::read(&reference).expect("the reference");
    let scenarios: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let run = simulated("powder --raw --trains 4 --pulses 32 --modules 0 --first-train 10000 --codec bitshuffle-lz4");
    for number in 0..scenarios["scenarios"].as_array().expect("scenarios").len() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let copy = folder.path().join("run");
        let number = number.to_string();
        let arguments = [run.as_os_str(), copy.as_os_str(), reference.as_os_str(), number.as_ref()];
        let Some(_) = json_of_python("lit_scenario.py", arguments) else { return };
        let reduction = Reduction::new(&copy, "steps:\n  - lit-frames\n  - keep: lit\n  - write-frames");
        reduction.run(&[]).expect(0);
        let arguments = [reduction.output().as_os_str(), reference.as_os_str(), number.as_ref()].map(ToOwned::to_owned);
        let found = json_of_python("lit_compare.py", arguments).expect("an interpreter");
        assert_eq!(found["differences"], serde_json::json!([]), "scenario {number}");
        assert_eq!(found["trains"], 4);
    }
}

/// g2 of speckles with known decay, at every lag, against the truth averaged as the levels average frames.
#[test]
fn correlations_of_simulated_speckles() {
    let run = simulated("xpcs --trains 2 --pulses 128 --modules 2,3 --decay 6 --modes 8");
    let truth: serde_json::Value =
        serde_json::from_slice(&std::fs::read(run.join("simulation.json")).expect("the truth")).expect("JSON");
    let contrast = truth["sample"]["contrast"].as_f64().expect("a contrast");
    let decay = truth["sample"]["decay-frames"].as_f64().expect("a decay");
    let reduction = Reduction::new(
        &run,
        "steps:\n  - correlate-times: {levels: 4, buffers: 8, rings: [[22, 28], [32, 38], [42, 48]], normalisation: roi}",
    );
    reduction.run(&[]).expect(0);
    let Some(found) = json_of_python("g2.py", [reduction.output()]) else { return };
    let lags: Vec<u64> = serde_json::from_value(found["lags"].clone()).expect("lags");
    let g2: Vec<Vec<f64>> = serde_json::from_value(found["g2"].clone()).expect("values");
    assert_eq!(lags, [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56]);
    let mut worst: f64 = 0.0;
    for (&lag, values) in lags.iter().zip(&g2).skip(1) {
        let level = match lag {
            0..=7 => 0,
            8..=15 => 1,
            16..=31 => 2,
            _ => 3,
        };
        let frames = 1i64 << level;
        let mut field = 0.0;
        for a in 0..frames {
            for b in 0..frames {
                field += (-2.0 * (lag as i64 + a - b) as f64 / decay).exp();
            }
        }
        let expected = 1.0 + contrast * field / (frames * frames) as f64;
        assert_eq!(values.len(), 3);
        for (ring, value) in values.iter().enumerate() {
            worst = worst.max((value - expected).abs());
            assert!((value - expected).abs() <= 0.002, "lag {lag}, ring {ring}: {value}, not {expected}");
        }
    }
    println!("largest deviation of g2: {worst:.5}");
}
