//! Decode and encode throughput of every codec on frames from a file, one thread.
//!
//! `throughput FRAMES.raw ELEMENT_SIZE FRAME_BYTES [REPEATS]`: the file holds frames one after
//! the other, nothing else. Prints, per codec, `name direction best median` in MB/s of pixels
//! and the ratio. A repeat passes over all frames once.

use std::time::Instant;

use trainyard_codec::{Codec, Pipeline, Scratch};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize, default: Option<usize>| -> Result<usize> {
        match (arguments.get(at), default) {
            (Some(text), _) => Ok(text.parse()?),
            (None, Some(default)) => Ok(default),
            (None, None) => Err("usage: throughput FRAMES.raw ELEMENT_SIZE FRAME_BYTES [REPEATS]".into()),
        }
    };
    let (element_size, frame_bytes) = (number(1, None)?, number(2, None)?);
    let repeats = number(3, Some(20))?.max(1);
    let bytes = std::fs::read(&arguments[0])?;
    let frames: Vec<&[u8]> = bytes.chunks_exact(frame_bytes).collect();
    println!("# {} frames of {frame_bytes} bytes, {repeats} repeats", frames.len());
    println!("codec direction best_MB/s median_MB/s ratio");
    for codec in Codec::ALL {
        measure(codec, element_size, frame_bytes, &frames, repeats)?;
    }
    Ok(())
}

fn measure(codec: Codec, element_size: usize, frame_bytes: usize, frames: &[&[u8]], repeats: usize) -> Result<()> {
    let pipeline = Pipeline::new(&codec.filters(element_size), element_size, frame_bytes)?;
    let mut scratch = Scratch::default();
    let mut chunks = vec![(Vec::new(), 0); frames.len()];
    let encode = seconds(repeats, || {
        for (frame, (stored, mask)) in frames.iter().zip(&mut chunks) {
            *mask = pipeline.encode(frame, stored, &mut scratch)?;
        }
        Ok(())
    })?;
    let mut pixels = vec![0; frame_bytes];
    let decode = seconds(repeats, || {
        for (stored, mask) in &chunks {
            pipeline.decode(stored, *mask, &mut pixels, &mut scratch)?;
        }
        Ok(())
    })?;
    for (frame, (stored, mask)) in frames.iter().zip(&chunks) {
        pipeline.decode(stored, *mask, &mut pixels, &mut scratch)?;
        if pixels != *frame {
            return Err(format!("{codec}: decoded pixels differ").into());
        }
    }
    let raw = (frames.len() * frame_bytes) as f64;
    let ratio = raw / chunks.iter().map(|(stored, _)| stored.len()).sum::<usize>() as f64;
    for (direction, times) in [("decode", decode), ("encode", encode)] {
        let (best, median) = (raw / 1e6 / times[0], raw / 1e6 / times[times.len() / 2]);
        println!("{codec} {direction} {best:.0} {median:.0} {ratio:.3}");
    }
    Ok(())
}

/// Seconds of every repeat, sorted, after one that does not count.
fn seconds(repeats: usize, mut run: impl FnMut() -> Result<()>) -> Result<Vec<f64>> {
    run()?;
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let start = Instant::now();
        run()?;
        times.push(start.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok(times)
}
