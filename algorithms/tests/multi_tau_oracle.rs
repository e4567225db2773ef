//! Multi-tau g2 against scikit-beam (`roi`) and numpy (`pixel`), through the interpreter named by `TRAINYARD_PYTHON`.

use serde_json::Value;
use std::error::Error;
use std::process::Command;
use trainyard_algorithms::multi_tau::{MultiTau, Normalisation};

/// Frames with a slow and a fast part and an uneven ring, from a fixed recipe.
fn frames(times: usize, pixels: usize) -> Vec<f32> {
    let mut state = 88_172_645_463_325_252u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let phases: Vec<f32> = (0..pixels).map(|_| std::f32::consts::TAU * random()).collect();
    let mut frames = Vec::with_capacity(times * pixels);
    for time in 0..times {
        for (pixel, phase) in phases.iter().enumerate() {
            let level = 1.0 + pixel as f32 / pixels as f32;
            frames.push(level * (2.0 + (time as f32 * 0.05 + phase).sin() + random()));
        }
    }
    frames
}

#[test]
fn agrees_with_scikit_beam_and_numpy() -> Result<(), Box<dyn Error>> {
    let Some(python) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return Ok(());
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/multi_tau_oracle.py");
    let folder = tempfile::tempdir()?;
    for (times, buffers, levels, rings) in
        [(352usize, 8usize, 7usize, vec![300usize, 41, 1000]), (100, 4, 5, vec![64]), (61, 16, 3, vec![10, 7])]
    {
        let data = frames(times, rings.iter().sum());
        let path = folder.path().join("frames.f32");
        std::fs::write(&path, data.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        let numbers =
            [times, buffers, levels].into_iter().chain(rings.iter().copied()).map(|number| number.to_string());
        let output = Command::new(&python).arg(script).arg(&path).args(numbers).output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let oracle: Value = serde_json::from_slice(&output.stdout)?;
        for (normalisation, name, tolerance) in
            [(Normalisation::Roi, "roi", 1e-12), (Normalisation::Pixel, "pixel", 1e-12)]
        {
            let tau = MultiTau::new(&rings, buffers, levels, normalisation)?;
            let found = tau.finish(&tau.train_contiguous(&data)?)?;
            let rows = oracle[name].as_array().ok_or("no rows")?;
            assert!(rows.len() > buffers, "{} lags", rows.len());
            let mut largest = 0f64;
            for (lag, row) in rows.iter().enumerate() {
                if name == "roi" {
                    assert_eq!(oracle["lags"][lag].as_u64(), Some(found.lags[lag]));
                }
                for ring in 0..rings.len() {
                    let expected = row[ring].as_f64().ok_or("not a number")?;
                    let deviation = (found.g2[lag * rings.len() + ring] - expected).abs();
                    assert!(deviation <= tolerance * expected.abs(), "{name}, lag {lag}, ring {ring}: {deviation:e}");
                    largest = largest.max(deviation);
                }
            }
            assert!(found.g2[rows.len() * rings.len()..].iter().all(|value| value.is_nan()));
            println!("{name}, B {buffers}, L {levels}, {} lags: largest deviation {largest:.1e}", rows.len());
        }
    }
    Ok(())
}
