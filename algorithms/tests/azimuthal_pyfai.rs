//! Azimuthal integration against pyFAI itself, with EXtra-geom placing the AGIPD panels.
//!
//! Needs `TRAINYARD_PYTHON`, an interpreter with pyFAI and EXtra-geom; `TRAINYARD_REAL_DATA` adds a measured geometry.
//!
//! Bins must agree to 1e-5 in intensity and sigma. Without splitting, a pixel within rounding of a bin's edge may fall on
//! the other side (pyFAI keeps corners in f32): such pixels are counted and must be a handful, every other bin must agree to 1e-6.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;
use trainyard_algorithms::azimuthal::{AzimuthalIntegrator, ErrorModel, Options, Profile, Splitting, Sums};
use trainyard_geometry::{Geometry, Length, ModuleLayout, Overrides, PixelMap, RadialUnit};

/// Where a case is computed: pixels and picture.
struct Bench {
    name: &'static str,
    file: PathBuf,
    map: PixelMap,
    distance: f64,
    shape: [usize; 2],
    image: Vec<f32>,
    bad: Vec<bool>,
    range: fn(RadialUnit) -> [f64; 2],
}

struct Case<'a> {
    bench: &'a Bench,
    options: Options,
    masked: bool,
}

/// Counts that fall with the radius, a few hot pixels, values below 1, and scattered NaN and infinity. (pyFAI's f32 corners are
/// off by up to 2e-5 pixels here, so that a hotter pixel shared by two bins would show this more than anything of ours.)
fn image(map: &PixelMap) -> Vec<f32> {
    let mut state = 7u64;
    map.iter()
        .map(|pixel| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let random = (state >> 40) as f64 / (1u64 << 24) as f64;
            let r = pixel.map_or(0.0, |pixel| pixel.r_mm());
            match (random * 1e5) as u32 {
                0..2000 => f32::NAN,
                2000..2010 => f32::INFINITY,
                2010 => 100.0,
                _ => (random * 20.0 * (-r / 100.0).exp()) as f32,
            }
        })
        .collect()
}

fn bad_pixels(pixels: usize) -> Vec<bool> {
    (0..pixels).map(|at| at % 97 == 3 || (at / 128) % 300 < 5).collect()
}

fn agipd(name: &'static str, file: PathBuf, distance: f64) -> Bench {
    let layout = ModuleLayout::new((0..16).collect(), 0, 512, 128).unwrap();
    let overrides = Overrides { distance: Some(Length::from_metres(distance)), ..Overrides::default() };
    let map = Geometry::open(&file).unwrap().pixel_map(&layout, &overrides).unwrap();
    Bench {
        name,
        file,
        image: image(&map),
        bad: bad_pixels(layout.pixels()),
        map,
        distance,
        shape: [8192, 128],
        range: |unit| match unit {
            RadialUnit::QPerNanometre => [1.0, 30.0],
            RadialUnit::QPerAngstrom => [0.1, 3.0],
            RadialUnit::TwoThetaDegrees => [2.0, 35.0],
            RadialUnit::TwoThetaRadians => [0.03, 0.6],
            RadialUnit::RadiusMillimetres => [10.031, 149.873],
        },
    }
}

fn tilted(folder: &Path, orientation: u8) -> Bench {
    let file = folder.join(format!("tilted{orientation}.poni"));
    let text = format!(
        "poni_version: 2.1\nDetector: Detector\nDetector_config: {{\"pixel1\": 7.5e-05, \"pixel2\": 8.5e-05, \"max_shape\": [512, 1024], \
         \"orientation\": {orientation}}}\nDistance: 0.15\nPoni1: 0.021\nPoni2: 0.033\nRot1: 0.21\nRot2: -0.13\nRot3: 0.4\nWavelength: 1.1e-10\n"
    );
    std::fs::write(&file, text).unwrap();
    let layout = ModuleLayout::new(vec![0], 0, 512, 1024).unwrap();
    let map = Geometry::open(&file).unwrap().pixel_map(&layout, &Overrides::default()).unwrap();
    Bench {
        name: "tilted",
        file,
        image: image(&map),
        bad: bad_pixels(layout.pixels()),
        map,
        distance: 0.15,
        shape: [512, 1024],
        range: |unit| match unit {
            RadialUnit::QPerNanometre => [0.5, 20.0],
            RadialUnit::QPerAngstrom => [0.0, 2.0],
            RadialUnit::TwoThetaDegrees => [1.0, 25.0],
            RadialUnit::TwoThetaRadians => [0.03, 0.5],
            RadialUnit::RadiusMillimetres => [5.0, 70.0],
        },
    }
}

fn bytes<T: Copy, const N: usize>(values: &[T], to: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| to(value)).collect()
}

fn run(python: &str, folder: &Path, extra: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/azimuthal_pyfai.py");
    let output = Command::new(python).arg(script).arg(folder).args(extra).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn ours(case: &Case, options: &Options) -> (Vec<f64>, Sums) {
    let bad = case.masked.then_some(case.bench.bad.as_slice());
    let integrator = AzimuthalIntegrator::new(&case.bench.map, options, bad).unwrap();
    let mut sums = Sums::default();
    integrator.integrate(&case.bench.image, &mut integrator.working(), &mut sums).unwrap();
    (integrator.radial().to_vec(), sums)
}

fn deviation(a: f64, b: f64) -> f64 {
    (a - b).abs() / a.abs().max(b.abs()).max(1e-30)
}

/// The pixels without a partner in the same bin, and the bins they went from or to.
fn moved(case: &Case, count: &[f64], compared: &[bool]) -> (usize, Vec<bool>) {
    let plain = Options { solid_angle: false, polarisation: None, ..case.options.clone() };
    let (_, sums) = ours(case, &plain);
    let changes: Vec<f64> = sums.norm.iter().zip(count).map(|(a, b)| (a - b).abs()).collect();
    let pixels: f64 = changes.iter().zip(compared).filter(|(_, &compared)| compared).map(|(change, _)| change).sum();
    ((pixels / 2.0).ceil() as usize, changes.iter().map(|&change| change > 0.5).collect())
}

fn compare(case: &Case, theirs: &[f64]) {
    let bins = case.options.bins;
    let row = |n: usize| &theirs[n * bins..(n + 1) * bins];
    let (radial, sums) = ours(case, &case.options);
    let profile = Profile::from(&sums);
    let label = format!("{} {:?} {}", case.bench.name, case.options.splitting, case.options.unit);
    for (a, b) in radial.iter().zip(row(0)) {
        assert!(deviation(*a, *b) < 3e-6, "{label}: bin centre {a} {b}");
    }
    // pyFAI counts what lies up to a bin below the range in the first bin, and what overhangs the range in the outermost ones.
    let mut compared = vec![true; bins];
    if case.options.range.is_some_and(|[low, _]| low > 0.0) {
        compared[0] = false;
    }
    if case.options.range.is_some() && case.options.splitting == Splitting::Bbox {
        compared[bins - 1] = false;
    }
    let (moved, touched, limit) = match case.options.splitting {
        Splitting::No => {
            let (moved, touched) = moved(case, row(5), &compared);
            (moved, touched, 1e-6)
        }
        Splitting::Bbox => (0, vec![false; bins], 1e-5),
    };
    let (mut worst, mut filled, mut swapped) = ([0.0f64; 2], 0, 0);
    for bin in (0..bins).filter(|&bin| compared[bin] && !touched[bin]) {
        if row(5)[bin] == 0.0 {
            assert_eq!((profile.intensity[bin], profile.norm[bin]), (0.0, 0.0), "{label}: bin {bin} is empty");
            continue;
        }
        // The shares of single pixels show the rounding of pyFAI's f32 corners; from fifty pixels on it averages out.
        if case.options.splitting == Splitting::Bbox && row(5)[bin] < 50.0 {
            continue;
        }
        filled += 1;
        let found = [deviation(profile.intensity[bin], row(1)[bin]), deviation(profile.sigma[bin], row(2)[bin])];
        // One pixel in, one out: the count is the same.
        if case.options.splitting == Splitting::No && found[0] > limit && found[0] < 1e-3 {
            swapped += 1;
            continue;
        }
        worst = [worst[0].max(found[0]), worst[1].max(found[1])];
    }
    println!(
        "{label}: {filled} of {bins} bins, {moved} pixels moved, {swapped} bins swapped one, intensity {:.1e}, sigma {:.1e}",
        worst[0], worst[1]
    );
    assert!(filled * 10 > bins * 8, "{label}: only {filled} bins compared");
    assert!(moved <= 40 && swapped <= 4, "{label}: {moved} pixels moved, {swapped} bins swapped");
    assert!(worst[0] < limit && worst[1] < limit, "{label}: {worst:?}");
}

#[test]
fn agrees_with_pyfai() {
    let Ok(python) = std::env::var("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(&python, folder, &["--write-geometry"]);
    let mut benches = vec![
        agipd("simulated", folder.join("agipd.geom"), 0.2),
        tilted(folder, 3),
        tilted(folder, 1),
        tilted(folder, 2),
        tilted(folder, 4),
    ];
    match std::env::var("TRAINYARD_REAL_DATA") {
        Ok(data) => benches.push(agipd("measured", Path::new(&data).join("agipd-powder/test.geom"), 0.2)),
        Err(_) => println!("skipped: TRAINYARD_REAL_DATA is not set"),
    }
    // Two forms of the same geometry must place every pixel alike.
    let stacked = agipd("stacked", folder.join("stacked.geom"), 0.2);
    assert!(stacked.map.iter().eq(benches[0].map.iter()));

    let mut cases = Vec::new();
    for bench in &benches {
        for splitting in [Splitting::No, Splitting::Bbox] {
            for (at, unit) in RadialUnit::ALL.into_iter().enumerate() {
                cases.push(Case {
                    bench,
                    masked: at % 2 == 0,
                    options: Options {
                        unit,
                        bins: [500, 800, 300, 200, 1000][at],
                        range: (at != 1).then(|| (bench.range)(unit)),
                        splitting,
                        solid_angle: at != 4,
                        polarisation: [None, Some(0.99), Some(-0.5), Some(0.9), None][at],
                        error_model: ErrorModel::Poisson,
                    },
                });
            }
        }
    }
    let mut list = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let bench = case.bench;
        let image = folder.join(format!("{at}.f32"));
        std::fs::write(&image, bytes(&bench.image, f32::to_le_bytes)).unwrap();
        let mask = case.masked.then(|| folder.join(format!("{at}.u8")));
        if let Some(mask) = &mask {
            std::fs::write(mask, bytes(&bench.bad, |bad| [u8::from(bad)])).unwrap();
        }
        list.push(json!({
            "geometry": bench.file, "distance": bench.distance, "wavelength": bench.map.wavelength(), "image": image, "mask": mask,
            "shape": bench.shape, "unit": case.options.unit, "bins": case.options.bins, "range": case.options.range,
            "splitting": case.options.splitting, "solid_angle": case.options.solid_angle, "polarisation": case.options.polarisation,
        }));
    }
    std::fs::write(folder.join("cases.json"), serde_json::to_vec(&list).unwrap()).unwrap();
    run(&python, folder, &[]);
    for (at, case) in cases.iter().enumerate() {
        let raw = std::fs::read(folder.join(format!("{at}.f64"))).unwrap();
        let theirs: Vec<f64> = raw.chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect();
        assert_eq!(theirs.len(), 6 * case.options.bins);
        compare(case, &theirs);
    }
}
