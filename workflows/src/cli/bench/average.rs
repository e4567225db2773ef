//! `average`: mean and variance (and extremes) by pixel of f32 frames in memory, one thread.
//!
//! Adding b frames at once reads 4 b bytes a pixel, and reads and writes s bytes of state: memory allows a share of
//! 4 b / (4 b + 2 s) of the speed at which frames are only read, which is measured beside. `-share` is how much of that is
//! reached.

use super::catalogue::Bench;
use super::frames::{f32_frames, Pattern, PIXELS};
use super::timing::{best, seconds};
use crate::cli::{Exit, Failure};
use trainyard_algorithms::average::{Accumulator, Kept};

const FRAMES: u64 = 8;
const PASSES: usize = 20;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let frames = f32_frames(Pattern::Photon, FRAMES);
    let slices: Vec<&[f32]> = frames.iter().map(Vec::as_slice).collect();
    let looked = seconds(PASSES, || {
        look_at(&frames);
        Ok(())
    })?;
    let read = FRAMES as f64 / best(&looked);
    bench.report.add("average-read", read * (4 * PIXELS) as f64 / 1e9, "GB/s")?;
    for (name, kept) in [
        ("average", Kept { variance: true, extremes: false }),
        ("average-extremes", Kept { variance: true, extremes: true }),
    ] {
        let mut sums = Accumulator::new(PIXELS, kept);
        let bug = |e: trainyard_algorithms::average::MomentsError| Failure::new(Exit::Bug, &e.to_string(), None);
        let time = best(&seconds(PASSES, || sums.add(&slices).map_err(bug))?);
        let rate = FRAMES as f64 / time;
        let (values, state) = (4.0 * FRAMES as f64, kept.bytes() as f64);
        bench.report.add(name, rate, "frames/s")?;
        bench.report.add(format!("{name}-share"), rate / read * (values + 2.0 * state) / values, "")?;
    }
    Ok(())
}

/// Looks at every value, and does no more.
fn look_at(frames: &[Vec<f32>]) {
    let mut sums = [0.0f32; 32];
    for frame in frames {
        for values in frame.as_chunks::<32>().0 {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value;
            }
        }
    }
    std::hint::black_box(sums);
}
