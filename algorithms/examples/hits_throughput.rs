//! Prints how fast one core finds hits: frames of 16 modules of 512 x 128 pixels, and thresholds over a million scores.
//!
//! `cargo run --release --example hits_throughput`

use std::hint::black_box;
use std::time::Instant;
use trainyard_algorithms::adaptive_threshold::{keep_misses, thresholds, MissBase, MissOptions, Options};
use trainyard_algorithms::connected_peaks::{find, Options as PeakOptions, Working};
use trainyard_algorithms::lit_pixels::count;

const MODULE: usize = 512 * 128;
const FRAME: usize = 16 * MODULE;
/// Frames taken in turn, so that they come from memory and not from a near cache.
const FRAMES: usize = 8;

/// The same numbers everywhere.
fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    }
}

/// A share of bright pixels on noise, 2 % bad ones.
fn frames(bright: f64) -> Vec<Vec<f32>> {
    let mut next = numbers(88_172_645_463_325_252);
    let mut uniform = || (next() >> 11) as f64 / (1u64 << 53) as f64;
    let mut pixel = || match uniform() {
        u if u < 0.02 => f32::NAN,
        u if u < 0.02 + bright => 100.0 + u as f32,
        _ => uniform() as f32,
    };
    (0..FRAMES).map(|_| (0..FRAME).map(|_| pixel()).collect()).collect()
}

/// Median of 15 rounds over all frames, in frames per second.
fn rate(frames: &[Vec<f32>], mut work: impl FnMut(&[f32])) -> f64 {
    let mut times: Vec<f64> = (0..15)
        .map(|_| {
            let start = Instant::now();
            frames.iter().for_each(|f| work(f));
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    frames.len() as f64 / times[times.len() / 2]
}

fn main() {
    for bright in [0.0001, 0.01, 0.2] {
        let frames = frames(bright);
        let lit = rate(&frames, |frame| {
            for module in frame.chunks_exact(MODULE) {
                black_box(count(module, 0.7));
            }
        });
        let options = PeakOptions { threshold: 50.0, min_pixels: 2, max_pixels: 1000 };
        let mut working = Working::default();
        let peaks = rate(&frames, |frame| {
            for module in frame.chunks_exact(MODULE) {
                black_box(find(module, 128, &options, &mut working).len());
            }
        });
        println!(
            "{:5.2} % bright: lit pixels {lit:5.0} frames/s, connected peaks {peaks:5.0} frames/s",
            100.0 * bright
        );
    }
    let mut next = numbers(1);
    let scores: Vec<f64> = (0..1_000_000).map(|_| (next() % 4000) as f64).collect();
    let trains: Vec<_> = (0..10_000).map(|t| 100 * t..100 * (t + 1)).collect();
    let valid = vec![true; scores.len()];
    for min_scores in [100, 1000, 100_000] {
        let options = Options { snr: 1.0, min_scores, lower_quartile: false };
        let start = Instant::now();
        let found = black_box(thresholds(&scores, &valid, &trains, &options));
        println!("{} thresholds, windows of {min_scores}: {:.3} s", found.len(), start.elapsed().as_secs_f64());
    }
    let hits: Vec<bool> = scores.iter().map(|s| *s > 3900.0).collect();
    let misses: Vec<bool> = hits.iter().map(|h| !h).collect();
    let ids: Vec<_> = (0..scores.len() as u64).map(|i| (i / 100, i % 100)).collect();
    let options = MissOptions { fraction: 1.0, base: MissBase::Hits, least: 0.01, seed: 1 };
    let start = Instant::now();
    black_box(keep_misses(&ids, &hits, &misses, &trains, &options));
    println!("sample of misses: {:.3} s", start.elapsed().as_secs_f64());
}
