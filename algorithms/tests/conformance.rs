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
        (
            "correlate-times",
            json!({"buffers": 4, "levels": 1, "lag-by": "frame", "rings": [[0.0, 1.0]], "ring-unit": "q_nm^-1"}),
        ),
        ("correlate-times", json!({"method": "two-time", "rings": [[0, 5], [5, 6]]})),
        ("correlate-times", json!({"method": "two-time", "shot-noise": true, "lag-by": "frame", "rings": [[3, 4]]})),
        ("correlate-times", json!({"method": "contrast", "rings": [[0, 5], [5, 6]]})),
        ("correlate-angles", json!({"bins": 4, "angles": 12, "unit": "r_mm", "range": [2, 12]})),
        (
            "correlate-angles",
            json!({"bins": 3, "angles": 10, "unit": "r_mm", "range": [2, 12], "subtract": "frame", "by-ring": true, "pairs": "same"}),
        ),
        (
            "integrate-roi",
            json!({
                "regions": [{"name": "a", "module": 0, "slow": [3, 40], "fast": [5, 77]}, {"name": "b", "ring": [3, 6]}],
                "background": "b", "variance": true, "median": true, "centre": true, "histogram": {"bins": 8, "range": [0, 4]},
            }),
        ),
        (
            "integrate-roi",
            json!({
                "regions": [{"name": "a", "module": 1, "slow": [3, 13]}, {"name": "b", "module": 1, "slow": [20, 30]}],
                "projection": {"axis": "slow", "curvature": [0.1, 0.001], "energy": [10, 2]}, "normalise-by": "energy", "per": "train",
                "absorption": ["a", "b"], "background": "b",
            }),
        ),
        (
            "integrate-roi",
            json!({
                "regions": [{"name": "a", "polygon": [[-2, 1], [4, 1], [4, 9]]}],
                "normalise-by": "a", "per": "run", "group-by": {"column": "energy", "bins": [0, 1, 2]},
            }),
        ),
        ("average", json!({})),
        ("average", json!({"group-by": "cell", "variance": false})),
        ("average", json!({"group-by": {"column": "energy", "bins": [0, 1, 2]}, "extremes": false})),
        ("drop-modules", json!({"least-good": 0.5})),
        ("integrate-azimuthally", json!({"bins": 20, "normalise-by": "energy"})),
        ("integrate-azimuthally", json!({"bins": 20, "normalise-by": "energy", "per": "train"})),
        ("threshold", json!({"below": 1.0})),
        ("round", json!({"method": {"bits": 3}})),
        ("round", json!({"method": {"noise": {"factor": 0.5}}})),
        ("photonise", json!({"photon": 2.0, "type": "u8"})),
        ("bin-pixels", json!({"by": 2})),
        ("bin-pixels", json!({"by": [4, 8]})),
    ];
    for parameters in [
        json!({"bins": 20, "azimuth": {"bins": 8}, "error-model": "azimuthal", "per": "frame"}),
        json!({"bins": 20, "azimuth": {"sectors": [[-30, 30], [150, 210]], "split": true}, "splitting": "full", "per": "run"}),
        json!({"bins": 20, "azimuth": {"sectors": [[0, 180]]}, "error-model": "photons", "per": "train"}),
        json!({"bins": 20, "clip": {}, "error-model": "hybrid", "per": "train", "normalise-by": "energy"}),
        json!({"bins": 20, "quantiles": [0.25, 0.75]}),
        json!({"bins": 20, "normalise-by": "energy", "per": "run"}),
    ] {
        all.push(("integrate-azimuthally", parameters));
    }
    for splitting in ["no", "bbox", "full"] {
        for per in ["frame", "train", "run"] {
            all.push(("integrate-azimuthally", json!({"bins": 50, "splitting": splitting, "per": per})));
        }
    }
    all
}

/// Those that see no pixels and change none: the plan's and the program's tests are about them.
const WITHOUT_PIXELS: [&str; 5] = ["attach", "lit-frames", "keep", "weigh-frames", "write-frames"];

#[test]
fn every_step_conforms() {
    let stage = Stage::agipd(2).with_columns(&[1.5]);
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
