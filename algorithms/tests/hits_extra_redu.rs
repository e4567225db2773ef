//! Scores, thresholds and hits against EXtra-redu, called through the interpreter named by `TRAINYARD_PYTHON`.

use serde_json::Value;
use std::error::Error;
use std::ops::Range;
use std::process::Command;
use trainyard_algorithms::adaptive_threshold::{
    hit_rate, keep_misses, normalise, thresholds, MissBase, MissOptions, Options, LEAST_ENERGY, TRAINS,
};
use trainyard_algorithms::lit_pixels::{score, ModuleCount};

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// `f64` travel as their bits, `null` for none.
fn bits(value: &Value) -> Vec<f64> {
    list(value).iter().map(|v| v.as_u64().map_or(f64::NAN, f64::from_bits)).collect()
}

fn flags(value: &Value) -> Vec<bool> {
    list(value).iter().map(|v| v.as_bool().expect("a flag")).collect()
}

fn same_bits(a: &[f64], b: &[f64]) -> bool {
    let same = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    a.len() == b.len() && a.iter().zip(b).all(same)
}

fn trains(case: &Value) -> Vec<Range<usize>> {
    let mut end = 0;
    let mut range = |count: &Value| {
        let start = end;
        end += count.as_u64().expect("a count") as usize;
        start..end
    };
    list(&case["counts"]).iter().map(&mut range).collect()
}

/// Untruncated scores from the counts of each frame and module.
fn scores(case: &Value) -> Vec<f64> {
    let count = |v: &Value| v.as_u64().expect("a count") as u32;
    let frames = list(&case["lit"]).iter().zip(list(&case["unmasked"]));
    frames
        .map(|(lit, unmasked)| {
            let counts = list(lit).iter().zip(list(unmasked));
            let counts = counts.map(|(l, u)| ModuleCount { lit: count(l), unmasked: count(u), total: 0.0 });
            score(counts, list(lit).len()).expect("there are unmasked pixels")
        })
        .collect()
}

#[test]
fn agrees_with_extra_redu() -> Result<(), Box<dyn Error>> {
    let Some(python) = std::env::var_os("TRAINYARD_PYTHON") else {
        println!("skipped: TRAINYARD_PYTHON is not set");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("cases.json");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/hits_extra_redu.py");
    let output = Command::new(&python).arg(script).arg(&path).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let cases: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let (mut frames, mut windows, mut samples) = (0, 0, 0);
    for (number_of_case, case) in list(&cases).iter().enumerate() {
        let trains = trains(case);
        let mut score = scores(case);
        let (options, misses) = (&case["options"], &case["misses"]);
        let min_scores = options["min_scores"].as_u64().expect("a count") as usize;
        let good = if case["energies"].is_null() {
            vec![true; score.len()]
        } else {
            normalise(&mut score, &bits(&case["energies"]), &trains, min_scores, LEAST_ENERGY)
        };
        score.iter_mut().for_each(|s| *s = s.trunc());
        let what = format!("case {number_of_case}: {options} {misses}");
        assert_eq!(good, flags(&case["good"]), "{what}");
        assert_eq!(score, list(&case["score"]).iter().map(number).collect::<Vec<_>>(), "{what}");
        let mut limit = vec![options["fixed_threshold"].as_f64().unwrap_or(f64::NAN); trains.len()];
        if !case["threshold"].is_null() {
            let options = Options {
                snr: number(&options["snr"]),
                min_scores,
                lower_quartile: options["lqr"].as_bool().expect("a flag"),
            };
            let found = thresholds(&score, &good, &trains, &options);
            let column = |f: fn(&trainyard_algorithms::adaptive_threshold::Threshold) -> f64| {
                found.iter().map(|t| t.as_ref().map_or(f64::NAN, f)).collect::<Vec<f64>>()
            };
            limit = column(|t| t.value);
            assert!(same_bits(&column(|t| t.mu), &bits(&case["mu"])), "mu, {what}");
            assert!(same_bits(&column(|t| t.sigma), &bits(&case["sigma"])), "sigma, {what}");
            assert!(same_bits(&limit, &bits(&case["threshold"])), "threshold, {what}");
            windows += trains.len();
        }
        let mut hits = vec![false; score.len()];
        for (train, limit) in trains.iter().zip(&limit) {
            train.clone().for_each(|f| hits[f] = good[f] && score[f] > *limit);
        }
        assert_eq!(hits, flags(&case["hit"]), "{what}");
        frames += hits.len();
        let rates = hit_rate(&hits, &trains, TRAINS);
        for (rate, expected) in rates.iter().zip(bits(&case["hit_rate"])) {
            assert!((rate - expected).abs() < 1e-15, "hit rate {rate} not {expected}, {what}");
        }
        if let Some(kept) = case["kept"].as_u64() {
            let candidates: Vec<bool> = hits.iter().zip(&good).map(|(h, g)| *g && !*h).collect();
            let ids: Vec<(u64, u64)> =
                (0..).zip(&trains).flat_map(|(t, r)| (0..r.len() as u64).map(move |p| (t, p))).collect();
            let base = if misses["miss_fraction_base"] == "hit" { MissBase::Hits } else { MissBase::Misses };
            let options = MissOptions {
                fraction: number(&misses["miss_fraction"]),
                base,
                least: number(&misses["miss_fraction_abs"]),
                seed: 10_001,
            };
            let sample = keep_misses(&ids, &hits, &candidates, &trains, &options);
            let count = |flags: &[bool]| flags.iter().filter(|f| **f).count() as f64;
            let (asked, good) = (options.fraction * count(&hits), count(&good));
            // there the share of hits is taken of all frames, the least share of good ones: the smaller number can win
            let least_wins = base == MissBase::Hits && asked < options.least * hits.len() as f64;
            let expected = if least_wins { asked.max(options.least * good).round() } else { kept as f64 };
            assert_eq!(count(&sample), expected, "misses, {what}");
            assert!(!least_wins || kept as f64 == (options.least * good).round(), "{kept} misses, {what}");
            samples += 1;
        }
    }
    assert!(list(&cases).len() > 100 && windows > 2000 && samples > 80, "{windows} {samples}");
    println!("{} cases, {frames} frames, {windows} thresholds, {samples} samples of misses", list(&cases).len());
    Ok(())
}
