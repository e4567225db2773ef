//! Multi-tau g2 against scikit-beam (`roi`) and numpy (`pixel`), two-time correlation against numpy, through the interpreter
//! named by `TRAINYARD_PYTHON`.

use serde_json::Value;
use std::error::Error;
use std::process::Command;
use trainyard_algorithms::multi_tau::{MultiTau, Normalisation};
use trainyard_algorithms::two_time::{add_train, TwoTimeSums};
use trainyard_codec::Processor;

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

/// Trains of counts, sparse enough for events or not, or of fractions; with frames that are not there.
#[test]
fn two_time_is_numpys() -> Result<(), Box<dyn Error>> {
    let Some(python) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return Ok(());
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/two_time_oracle.py");
    let folder = tempfile::tempdir()?;
    let sizes = [700usize, 41];
    let pixels: usize = sizes.iter().sum();
    let slots = [0usize, 1, 2, 3, 5, 6, 9, 10, 11, 12, 20];
    for (name, level) in [("sparse counts", 0.004f32), ("counts", 0.8), ("fractions", f32::NAN)] {
        let trains: Vec<Vec<f32>> = (0..5)
            .map(|train| {
                let values = frames(slots.len() + train, pixels);
                // the last frames of a longer series, so that trains differ
                let values = values[train * pixels..].iter().enumerate();
                values
                    .map(|(at, value)| match level.is_nan() {
                        true => value * 0.37,
                        false => {
                            let random = ((at + 7919 * train).wrapping_mul(2_654_435_761) % 100_003) as f32 / 100_003.0;
                            if random < level * value / 4.0 {
                                1.0 + (value * 10.0).fract().round()
                            } else {
                                0.0
                            }
                        }
                    })
                    .collect()
            })
            .collect();
        let path = folder.path().join("trains.f32");
        std::fs::write(&path, trains.iter().flatten().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())?;
        let numbers = [sizes.len()].into_iter().chain(sizes).chain(slots).map(|number| number.to_string());
        let output = Command::new(&python).arg(script).arg(&path).args(numbers).output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let oracle: Value = serde_json::from_slice(&output.stdout)?;
        let mut all = Vec::new();
        for processor in Processor::available() {
            let mut sums = TwoTimeSums::new(sizes.len());
            for train in &trains {
                let mut one = TwoTimeSums::new(sizes.len());
                let rows: Vec<&[f32]> = train.chunks(pixels).collect();
                add_train(&rows, &slots, &sizes, false, processor, &mut one);
                sums.merge(&one);
            }
            all.push(sums);
        }
        assert!(all.windows(2).all(|pair| pair[0] == pair[1]), "{name}: another result on another processor");
        let sums = &all[0];
        assert_eq!(sums.times(), 21);
        let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        let near = |a: f64, b: f64| (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-11 * b.abs().max(1e-3);
        for (ring, of_ring) in sums.rings().iter().enumerate() {
            let (numerator, denominator, _) = of_ring.square(21);
            let g2 = of_ring.g2(21);
            for (key, found) in
                [("numerator", &numerator), ("denominator", &denominator), ("g2", &g2.g2), ("sigma", &g2.sigma)]
            {
                let expected = oracle[ring][key].as_array().ok_or("no numbers")?;
                assert_eq!(expected.len(), found.len());
                for (at, (a, b)) in found.iter().zip(expected).enumerate() {
                    // an error is the root of a difference
                    let fits = near(*a, number(b)) || (key == "sigma" && (a - number(b)).abs() < 1e-7);
                    assert!(fits, "{name}, ring {ring}, {key} {at}: {a} {b}");
                }
            }
            // a small ring may have no photon at all
            assert!(ring == 1 || g2.g2.iter().filter(|value| value.is_finite()).count() > 10);
        }
    }
    Ok(())
}
