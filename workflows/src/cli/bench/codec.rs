//! `codec`: bitshuffle-LZ4 with blocks of 8 KiB, frame by frame in memory, one thread, MB/s of pixels.
//!
//! Ours and the peer take turns, two rounds each; the best pass counts.

use super::catalogue::Bench;
use super::frames::{bytes, f32_frames, u16_bytes, Pattern, PIXELS};
use super::peer::{largest, Script};
use super::timing::{best, seconds};
use crate::cli::{Exit, Failure};
use std::ffi::OsStr;
use trainyard_codec::{Codec, Pipeline, Scratch};

const PEER: Script = Script { name: "bitshuffle", text: include_str!("peers/bitshuffle_lz4.py"), threads: 1 };
const FRAMES: u64 = 8;
const ROUNDS: usize = 2;
const PASSES: usize = 10;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let cases = [
        ("u16-noisy", "<u2", u16_bytes(Pattern::Noisy, FRAMES)),
        ("u16-photon", "<u2", u16_bytes(Pattern::Photon, FRAMES)),
        ("u16-sparse", "<u2", u16_bytes(Pattern::Sparse, FRAMES)),
        ("f32-photon", "<f4", bytes(&f32_frames(Pattern::Photon, FRAMES))),
    ];
    for (name, kind, pixels) in cases {
        let file = bench.write("frames.raw", &pixels)?;
        let mut ours = [f64::INFINITY; 2];
        let mut peer = Vec::new();
        for _ in 0..ROUNDS {
            let times = passes(&pixels)?;
            ours = [ours[0].min(times[0]), ours[1].min(times[1])];
            if let Some(peers) = &bench.peers {
                let frame = PIXELS.to_string();
                let arguments = [file.as_os_str(), OsStr::new(kind), OsStr::new(&frame)];
                peer.extend(peers.run(PEER, &arguments));
            }
        }
        for (direction, time) in ["decode", "encode"].into_iter().zip(ours) {
            let rate = pixels.len() as f64 / 1e6 / time;
            bench.report.rates(
                &format!("codec-{direction}-{name}"),
                rate,
                largest(&peer, direction),
                "bitshuffle",
                "MB/s",
            )?;
        }
    }
    Ok(())
}

/// Seconds of the best pass of decoding and of encoding.
fn passes(pixels: &[u8]) -> Result<[f64; 2], Failure> {
    let element = pixels.len() / (PIXELS * FRAMES as usize);
    let frame = PIXELS * element;
    let failed = |e: trainyard_codec::Error| Failure::new(Exit::Bug, &e.to_string(), None);
    let pipeline = Pipeline::new(&Codec::BitshuffleLz4.filters(element), element, frame).map_err(failed)?;
    let mut scratch = Scratch::default();
    let mut stored = vec![(Vec::new(), 0); FRAMES as usize];
    let encode = seconds(PASSES, || {
        for (frame, (chunk, mask)) in pixels.chunks_exact(frame).zip(&mut stored) {
            *mask = pipeline.encode(frame, chunk, &mut scratch).map_err(failed)?;
        }
        Ok(())
    })?;
    let mut out = vec![0; frame];
    let decode = seconds(PASSES, || {
        for (chunk, mask) in &stored {
            pipeline.decode(chunk, *mask, &mut out, &mut scratch).map_err(failed)?;
        }
        Ok(())
    })?;
    Ok([best(&decode), best(&encode)])
}
