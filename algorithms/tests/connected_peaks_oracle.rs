//! Connected peaks against scipy and against a published spot table, through the interpreter named by `TRAINYARD_PYTHON`;
//! the real frames lie in the folder named by `TRAINYARD_REAL_DATA`.

use serde_json::Value;
use std::error::Error;
use std::path::Path;
use std::process::Command;
use trainyard_algorithms::connected_peaks::{find, Options, Peak, Working};

fn run(python: &std::ffi::OsStr, script: &str, arguments: &[&Path]) -> Result<(), Box<dyn Error>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(script);
    let output = Command::new(python).arg(script).args(arguments).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn words<const N: usize, T>(path: &Path, from: fn([u8; N]) -> T) -> Result<Vec<T>, Box<dyn Error>> {
    let bytes = std::fs::read(path)?;
    Ok(bytes.as_chunks::<N>().0.iter().map(|b| from(*b)).collect())
}

/// Number of peaks that `found` and `expected` (fast, slow, sum, maximum) have in common: all, or it panics.
fn compare(found: &[Peak], expected: &[[f64; 4]], tolerance: f64, what: &str) -> usize {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (peak, [fast, slow, sum, maximum]) in found.iter().zip(expected) {
        assert!((f64::from(peak.maximum) - maximum).abs() <= 1e-12 * maximum.abs(), "{what}: {peak:?}, not {maximum}");
        assert!((peak.intensity - sum).abs() <= 1e-12 * sum.abs(), "{what}: {peak:?}, not {sum}");
        let apart = (peak.fast - fast).abs().max((peak.slow - slow).abs());
        assert!(apart < tolerance, "{what}: {peak:?} is {apart} px away from {slow}, {fast}");
    }
    found.len()
}

#[test]
fn agrees_with_scipy() -> Result<(), Box<dyn Error>> {
    let Some(python) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    run(&python, "connected_peaks_scipy.py", &[folder.path()])?;
    let frames = words(&folder.path().join("frames"), f32::from_le_bytes)?;
    let cases: Value = serde_json::from_slice(&std::fs::read(folder.path().join("peaks.json"))?)?;
    let (mut at, mut peaks, mut working) = (0, 0, Working::default());
    for case in cases.as_array().ok_or("no cases")? {
        let size = |key: &str| case[key].as_u64().expect("a size");
        let (slow, fast) = (size("slow") as usize, size("fast") as usize);
        let options = Options { threshold: 1.0, min_pixels: size("least") as u32, max_pixels: size("most") as u32 };
        let expected: Vec<[f64; 4]> = serde_json::from_value(case["peaks"].clone())?;
        let pixels: Vec<u32> = serde_json::from_value(case["pixels"].clone())?;
        let found = find(&frames[at..at + slow * fast], fast, &options, &mut working);
        at += slow * fast;
        peaks += compare(found, &expected, 1e-9, &format!("{slow} x {fast}"));
        assert_eq!(found.iter().map(|p| p.pixels).collect::<Vec<_>>(), pixels, "{slow} x {fast}");
    }
    assert_eq!(at, frames.len());
    assert!(peaks > 5000, "{peaks} peaks");
    println!("{peaks} peaks");
    Ok(())
}

#[test]
fn finds_the_published_spots() -> Result<(), Box<dyn Error>> {
    let (Some(python), Some(data)) = (std::env::var_os("TRAINYARD_PYTHON"), std::env::var_os("TRAINYARD_REAL_DATA"))
    else {
        println!("skipped: TRAINYARD_PYTHON or TRAINYARD_REAL_DATA is not set");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    run(&python, "connected_peaks_ruby.py", &[Path::new(&data), folder.path()])?;
    let options = Options { threshold: 25.0, min_pixels: 2, max_pixels: 1000 };
    let (mut frames, mut peaks, mut working) = (0, 0, Working::default());
    for panel in ["ff1", "ff2"] {
        let mut pixels = words(&folder.path().join(format!("{panel}.pixels")), u32::from_le_bytes)?.into_iter();
        let mut spots = words(&folder.path().join(format!("{panel}.spots")), f64::from_le_bytes)?.into_iter();
        let mut next = || pixels.next().expect("the file is complete") as usize;
        let (count, slow, fast) = (next(), next(), next());
        let mut image = vec![0f32; slow * fast];
        for frame in 0..count {
            let mut lit = Vec::new();
            for _ in 0..next() {
                let (row, column, value) = (next(), next(), next());
                lit.push(row * fast + column);
                image[row * fast + column] = value as f32;
            }
            let mut spot = || spots.next().expect("the table is complete");
            // what the table calls area is not the number of pixels above the threshold: 3 where 7 make up the sum
            let expected: Vec<[f64; 4]> = (0..spot() as usize)
                .map(|_| {
                    let [slow, fast, maximum, sum] = std::array::from_fn(|_| spot());
                    [fast, slow, sum, maximum]
                })
                .collect();
            let found = find(&image, fast, &options, &mut working);
            peaks += compare(found, &expected, 1e-6, &format!("{panel}, frame {frame}"));
            frames += 1;
            lit.into_iter().for_each(|at| image[at] = 0.0);
        }
        assert!(spots.next().is_none());
    }
    assert_eq!(frames, 240);
    println!("{peaks} spots in {frames} frames");
    Ok(())
}
