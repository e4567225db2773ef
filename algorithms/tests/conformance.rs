//! Every step of ours keeps what the engine relies on.

use serde_json::json;
use trainyard_algorithms::algorithms;
use trainyard_engine::algorithm::testing::Stage;
use trainyard_engine::algorithm::{ColumnDecl, StepKind};
use trainyard_geometry::{Geometry, ModuleLayout, Overrides, PixelMap};

/// Two modules one above the other, the beam between them.
fn map(stage: &Stage) -> PixelMap {
    let (slow, fast) = (stage.detector.slow, stage.detector.fast);
    let panel = |name: &str, module: usize, y: f64| {
        format!(
            "{name}/dim0 = {module}\n{name}/min_fs = 0\n{name}/max_fs = {}\n{name}/min_ss = 0\n{name}/max_ss = {}\n\
             {name}/corner_x = -64\n{name}/corner_y = {y}\n{name}/fs = x\n{name}/ss = y\n",
            fast - 1,
            slow - 1
        )
    };
    let text = format!(
        "clen = 0.1\nphoton_energy = 9300\nres = 5000\ndim1 = ss\ndim2 = fs\n{}{}",
        panel("a", 0, 8.0),
        panel("b", 1, -8.0 - slow as f64)
    );
    let layout = ModuleLayout::new(vec![0, 1], 0, slow, fast).unwrap();
    let geometry = Geometry::parse(text.as_bytes(), "two.geom".as_ref()).unwrap();
    geometry.pixel_map(&layout, &Overrides::default()).unwrap()
}

/// (algorithm, parameters): each that is registered stands here at least once.
fn configurations() -> Vec<(&'static str, serde_json::Value)> {
    let mut all = vec![
        ("find-peaks", json!({"threshold": 40.0, "min-pixels": 1, "max-peaks": 100})),
        ("find-peaks", json!({"method": "peakfinder8", "threshold": 5.0, "snr": 3.0, "min-pixels": 1})),
        ("find-hits", json!({"method": "peaks", "peaks": "found", "min-peaks": 1, "min-intensity": 2})),
        ("find-hits", json!({"modules": [1], "threshold": 1.5})),
        ("find-hits", json!({"modules": [0], "count": "all"})),
        ("correlate-times", json!({"buffers": 4, "levels": 2, "rings": [[0, 10], [10, 30]]})),
        ("correlate-times", json!({"buffers": 4, "levels": 1, "normalisation": "pixel", "rings": [[0, 5]]})),
        ("average", json!({})),
        ("average", json!({"group-by": "cell", "variance": false})),
        ("average", json!({"group-by": {"column": "energy", "bins": [0, 1, 2]}, "extremes": false})),
        ("threshold", json!({"below": 1.0})),
        ("round", json!({"method": {"bits": 3}})),
        ("round", json!({"method": {"noise": {"factor": 0.5}}})),
        ("photonise", json!({"photon": 2.0, "type": "u8"})),
        ("bin-pixels", json!({"by": 2})),
        ("bin-pixels", json!({"by": [4, 8]})),
    ];
    for splitting in ["no", "bbox"] {
        for per in ["frame", "train", "run"] {
            all.push(("integrate-azimuthally", json!({"bins": 50, "splitting": splitting, "per": per})));
        }
    }
    all
}

/// Those that see no pixels and change none: the plan's and the program's tests are about them.
const WITHOUT_PIXELS: [&str; 4] = ["attach", "lit-frames", "keep", "write-frames"];

#[test]
fn every_step_conforms() {
    let stage = Stage::agipd(2);
    let map = map(&stage);
    let columns =
        [("energy", "uJ"), ("found.count", ""), ("found.intensity", "")].map(|(n, u)| ColumnDecl::number(n, u));
    let registry = algorithms();
    let configurations = configurations();
    let missing = registry.iter().map(|r| r.name).filter(|name| {
        !WITHOUT_PIXELS.contains(name) && !configurations.iter().any(|(configured, _)| configured == name)
    });
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0], "no configuration to hold against");
    for (name, parameters) in configurations {
        let context = stage.context(name, &columns, Some(map.clone()));
        let steps = (registry.get(name).unwrap().configure)(parameters.clone(), &context);
        for step in steps.unwrap_or_else(|problems| panic!("{name} {parameters}: {problems:?}")) {
            let outcome = match &step.kind {
                StepKind::Frame(_) | StepKind::Train(_) => stage.conforms(&step),
                StepKind::Accumulate(_) => stage.accumulates_alike(&step),
                StepKind::Transform(_) => stage.changes_alike(&step),
                _ => Ok(()),
            };
            assert_eq!(outcome, Ok(()), "{name} {parameters}");
        }
    }
}
