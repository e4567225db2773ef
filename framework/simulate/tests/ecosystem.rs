//! Simulated runs as the field's own tools see them. Needs TRAINYARD_PYTHON, an interpreter with EXtra-data, EXtra-geom and EXtra-redu.

use serde_json::Value;
use std::path::Path;
use std::process::Command;
use trainyard_codec::Codec;
use trainyard_simulate::{simulate, Detector, Kind, Lit, SimulationSpec, Truth};

/// What `ecosystem.py` says; `None` without an interpreter.
fn look(spec: &SimulationSpec) -> Option<(Truth, Value)> {
    let Some(python) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return None;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let truth = simulate(spec, folder.path()).expect("a simulated run");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ecosystem.py");
    let output = Command::new(python).arg(script).arg(folder.path()).output().expect("a Python interpreter");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout).expect("a line of JSON");
    assert_eq!(seen["validator"], 0, "{seen}");
    assert_eq!(seen["trains"], serde_json::json!(truth.trains));
    Some((truth, seen))
}

#[test]
fn every_detector_opens_recorded_and_corrected() {
    for detector in Detector::ALL {
        for corrected in [true, false] {
            let modules = if detector == Detector::Jungfrau { vec![1, 2] } else { vec![0, 3, 15] };
            let spec = SimulationSpec {
                modules: Some(modules.clone()),
                trains: 2,
                pulses: if detector == Detector::Jungfrau { 16 } else { 4 },
                trains_per_sequence: 1,
                corrected,
                codec: Codec::BitshuffleLz4,
                ..SimulationSpec::new(Kind::Powder, detector)
            };
            let Some((truth, seen)) = look(&spec) else { return };
            let (slow, fast) = detector.shape();
            let mut shape = vec![modules.len(), 2, usize::from(spec.pulses)];
            if detector == Detector::Agipd && !corrected {
                shape.push(2);
            }
            shape.extend([slow, fast]);
            assert_eq!(seen["shape"], serde_json::json!(shape), "{detector:?} corrected {corrected}");
            assert_eq!(seen["dtype"], if corrected { "float32" } else { "uint16" });
            assert_eq!(seen["pixels"], serde_json::json!([detector.module_numbers().count(), slow, fast]));
            assert_eq!(seen["energy unit"], "\u{03bc}J");
            let frames = (modules.len() * 2 * usize::from(spec.pulses) * slow * fast) as f64;
            let expected: f64 = truth.frames.iter().map(|frame| frame.photons).sum();
            let total = seen["total"].as_f64().expect("a number");
            let response = detector.response();
            if corrected {
                let sigma = (expected + frames * (response.noise / response.gain).powi(2)).sqrt();
                assert!((total - expected).abs() < 5.0 * sigma, "{detector:?}: {total} {expected} +- {sigma}");
            } else {
                // pedestals differ from pixel to pixel; all frames have the same
                let pixels = (modules.len() * slow * fast) as f64;
                let adu = frames * response.offset + response.gain * expected;
                let sigma = (response.gain.powi(2) * expected
                    + frames / pixels * frames * response.offset_spread.powi(2))
                .sqrt();
                assert!((total - adu).abs() < 5.0 * sigma, "{detector:?}: {total} {adu} +- {sigma}");
            }
        }
    }
}

#[test]
fn lit_frames_are_found_where_they_are() {
    for (kind, corrected) in [(Kind::Powder, false), (Kind::Xpcs, true)] {
        let spec = SimulationSpec {
            modules: Some(vec![3]),
            trains: 3,
            pulses: 32,
            corrected,
            lit: Some(Lit { stride: 5, ..Lit::default() }),
            empty_trains: vec![1],
            ..SimulationSpec::new(kind, Detector::Agipd)
        };
        let Some((truth, seen)) = look(&spec) else { return };
        let lit = &truth.timing.lit_cells;
        assert_eq!(lit, &[1, 6, 11, 16, 21, 26, 31]);
        assert_eq!(seen["lit"], serde_json::json!([lit, [], lit]));
        assert_eq!(seen["pulse ids"], serde_json::json!((0..32).map(|cell| 4 * cell).collect::<Vec<u64>>()));
        let energy: Vec<f64> = truth.frames.iter().map(|frame| frame.energy_uj).collect();
        assert_eq!(seen["energy"], serde_json::json!([&energy[..32], &[0.0; 32][..], &energy[32..]]));
    }
}

#[test]
fn a_dark_run_keeps_all_its_frames() {
    let spec = SimulationSpec {
        modules: Some(vec![3]),
        trains: 2,
        pulses: 16,
        corrected: false,
        ..SimulationSpec::new(Kind::Dark, Detector::Agipd)
    };
    let Some((truth, seen)) = look(&spec) else { return };
    assert!(truth.frames.iter().all(|frame| !frame.lit && frame.photons == 0.0));
    assert_eq!(seen["lit"], serde_json::json!([[], []]));
    assert_eq!(seen["data frames"], serde_json::json!([16, 16]));
}

#[test]
fn missing_trains_are_gaps() {
    let spec = SimulationSpec {
        modules: Some(vec![3, 4, 5]),
        trains: 4,
        pulses: 4,
        missing: vec![(4, 1), (5, 3)],
        empty_trains: vec![2],
        ..SimulationSpec::new(Kind::Sfx, Detector::Lpd)
    };
    let Some((_, seen)) = look(&spec) else { return };
    // trains 0, 1 and 3 have frames; two modules miss one of them each
    assert_eq!(seen["shape"], serde_json::json!([3, 3, 4, 256, 256]));
    assert_eq!(seen["missing"], 8);
}
