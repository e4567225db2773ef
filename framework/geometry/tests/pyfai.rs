//! PONI files of every detector that pyFAI knows, in every orientation: pixels lie where pyFAI says, or the file is refused
//! and the detector is no flat grid.
//!
//! Needs `TRAINYARD_PYTHON`, an interpreter with pyFAI.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use trainyard_geometry::{Geometry, Kind, ModuleLayout, Overrides, PoniGeometry};

/// pyFAI computes in f64 here.
const TOLERANCE: f64 = 1e-9;

fn parse(text: &str) -> Result<PoniGeometry, String> {
    match Geometry::parse(text.as_bytes(), "a.poni".as_ref()).map_err(|error| error.to_string())?.kind {
        Kind::Poni(poni) => Ok(poni),
        Kind::Crystfel(_) => panic!("a PONI file"),
    }
}

fn asked() -> Option<Value> {
    let python = std::env::var("TRAINYARD_PYTHON").ok()?;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("detectors.json");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pyfai.py");
    let output = Command::new(python).arg(script).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap())
}

#[test]
fn every_detector_lies_where_pyfai_says_or_is_refused() {
    let Some(found) = asked() else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return;
    };
    let (mut read, mut refused) = (0, Vec::new());
    for case in found["cases"].as_array().unwrap() {
        let name = format!("{} {}", case["name"].as_str().unwrap(), case["orientation"]);
        let flat = case["flat"].as_bool().unwrap();
        let shape = [0, 1].map(|axis| case["shape"][axis].as_u64().unwrap() as usize);
        let Some(text) = case["poni"].as_str() else {
            assert!(!flat, "{name}");
            continue;
        };
        let geometry = match Geometry::parse(text.as_bytes(), "a.poni".as_ref()) {
            Ok(geometry) => geometry,
            Err(error) => {
                assert!(!flat, "{name} is a flat grid and is refused: {error}");
                refused.push(name);
                continue;
            }
        };
        let layout = ModuleLayout::new(vec![0], 0, shape[0], shape[1]).unwrap();
        let map = geometry.pixel_map(&layout, &Overrides::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
        for pixel in case["pixels"].as_array().unwrap() {
            let number = |at: usize| pixel[at].as_f64().unwrap();
            let (slow, fast) = (number(0) as usize, number(1) as usize);
            let ours = map.pixel(0, slow, fast).unwrap().centre;
            let theirs = [number(2), number(3), number(4)];
            let scale = theirs.iter().fold(0.0f64, |scale, v| scale.max(v.abs()));
            for (ours, theirs) in [ours.x, ours.y, ours.z].into_iter().zip(theirs) {
                assert!((ours - theirs).abs() <= TOLERANCE * scale, "{name} [{slow}, {fast}]: {ours} {theirs}");
            }
        }
        // another shape is another detector
        let other = ModuleLayout::new(vec![0], 0, shape[0] + 1, shape[1]).unwrap();
        assert!(geometry.pixel_map(&other, &Overrides::default()).is_err(), "{name}");
        read += 1;
    }
    println!("read {read}, refused {refused:?}");
    assert!(read > 200, "{read}");
    let in_orientation_3 = refused.iter().filter(|name| name.ends_with(" 3")).count();
    assert_eq!(in_orientation_3, 8, "{refused:?}");

    for pair in found["names"].as_array().unwrap() {
        let [name, class] = [0, 1].map(|at| {
            let name = pair[at].as_str().unwrap();
            parse(&format!(
                "poni_version: 2.1\nDetector: {name}\nDetector_config: {{\"orientation\": 3}}\nDistance: 0.1\nPoni1: 0\nPoni2: 0\n"
            ))
        });
        match (name, class) {
            (Ok(name), Ok(class)) => assert_eq!(name, class, "{pair}"),
            (Err(name), Err(_)) => assert!(name.contains("is not supported"), "{pair}: {name}"),
            (name, class) => panic!("{pair}: {name:?} {class:?}"),
        }
    }
}
