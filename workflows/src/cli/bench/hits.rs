//! `hits`: lit pixels and connected peaks of 1 Mpx f32 frames in memory, one thread.

use super::catalogue::Bench;
use super::frames::{bytes, f32_frames, Pattern};
use super::peer::{largest, Script};
use super::timing::{best, seconds};
use crate::cli::Failure;
use std::hint::black_box;
use trainyard_algorithms::connected_peaks::{find, Options, Working};
use trainyard_algorithms::lit_pixels::count;

const PEER: Script = Script { name: "EXtra-redu", text: include_str!("peers/lit_pixels.py"), threads: 1 };
const FRAMES: u64 = 8;
const PASSES: usize = 5;
/// In units of a photon; as EXtra-redu's default.
const LIT: f32 = 0.7;
/// A few pixels in ten thousand reach it.
const PEAK: f32 = 4.0;
const FAST: usize = 128;
const MODULE: usize = 512 * FAST;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let mut frames = f32_frames(Pattern::Photon, FRAMES);
    // one pixel in twenty is bad, as in real frames
    frames.iter_mut().for_each(|f| f.iter_mut().step_by(20).for_each(|p| *p = f32::NAN));
    let lit = seconds(PASSES, || {
        for module in frames.iter().flat_map(|f| f.chunks_exact(MODULE)) {
            black_box(count(module, LIT));
        }
        Ok(())
    })?;
    let file = bench.write("frames.raw", &bytes(&frames))?;
    let peer = bench.peers.as_ref().map(|p| p.run(PEER, &[file.as_os_str()])).unwrap_or_default();
    bench.report.rates("lit-pixels", FRAMES as f64 / best(&lit), largest(&peer, "rate"), "extra-redu", "frames/s")?;
    let options = Options { threshold: PEAK, min_pixels: 1, max_pixels: 1000 };
    let mut working = Working::default();
    let peaks = seconds(PASSES, || {
        for module in frames.iter().flat_map(|f| f.chunks_exact(MODULE)) {
            black_box(find(module, FAST, &options, &mut working).len());
        }
        Ok(())
    })?;
    bench.report.rates("connected-peaks", FRAMES as f64 / best(&peaks), None, "", "frames/s")
}
