//! Throughput of SZ3, with and without the proof, on frames from a file.
//!
//! `lossy_throughput FRAMES.raw ELEMENT SLOW FAST BOUND THREADS [REPEATS]`: ELEMENT is a number
//! of SZ3's (0 f32, 4 u16 ..); the plug-in comes from HDF5_PLUGIN_PATH. Prints MB/s of pixels,
//! median over the repeats: `proved` (encoded, decoded, compared), `decode`; by
//! the wall clock, and by the time of one processor, which is steadier where cores are shared.

use std::time::Instant;

use trainyard_codec::lossy::{Achieved, Element, Lossy, Mode, ProvedEncoder};
use trainyard_codec::{Pipeline, Plugins, Scratch};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, element, slow, fast, bound, threads, rest @ ..] = arguments.as_slice() else {
        return Err("usage: lossy_throughput FRAMES.raw ELEMENT SLOW FAST BOUND THREADS [REPEATS]".into());
    };
    let element = *Element::ALL.get(element.parse::<usize>()?).ok_or("no such element")?;
    let shape = [1, slow.parse()?, fast.parse()?];
    let repeats = rest.first().map_or(Ok(5), |text| text.parse())?;
    let plugins = Plugins::from_environment();
    let encoder = ProvedEncoder::new(element, &shape, Lossy::new(Mode::Absolute(bound.parse()?))?, &plugins)?;
    let bytes = std::fs::read(path)?;
    let frames: Vec<&[u8]> = bytes.chunks_exact(encoder.chunk_bytes()).collect();
    let threads: usize = threads.parse()?;

    let pipeline = Pipeline::with_plugins(encoder.filters(), element.size(), encoder.chunk_bytes(), &plugins)?;
    let mut sum = Achieved::default();
    let mut chunks = Vec::new();
    let mut scratch = Scratch::default();
    for frame in &frames {
        let mut stored = Vec::new();
        let (mask, achieved) = encoder.encode(frame, &mut stored, &mut scratch)?;
        sum.merge(&achieved);
        chunks.push((mask, stored));
    }
    let raw = (frames.len() * encoder.chunk_bytes()) as f64;
    let stored: usize = chunks.iter().map(|(_, stored)| stored.len()).sum();
    println!("# {} frames, ratio {:.3}, {sum:?}", frames.len(), raw / stored as f64);

    let proved = median(repeats, threads, frames.len(), |at, memory: &mut Memory| {
        encoder.encode(frames[at], &mut memory.stored, &mut memory.scratch).map(drop)
    })?;
    let decoded = median(repeats, threads, frames.len(), |at, memory| {
        memory.out.resize(encoder.chunk_bytes(), 0);
        let (mask, stored) = &chunks[at];
        pipeline.decode(stored, *mask, &mut memory.out, &mut memory.scratch)
    })?;
    for (name, (wall, processor)) in [("proved", proved), ("decode", decoded)] {
        let rate = |seconds| raw / 1e6 / seconds;
        println!("{name} {threads} threads {:.1} MB/s, {:.1} MB a processor second", rate(wall), rate(processor));
    }
    Ok(())
}

#[derive(Default)]
struct Memory {
    stored: Vec<u8>,
    out: Vec<u8>,
    scratch: Scratch,
}

/// Seconds that this thread has run on a processor.
fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).map_or(f64::NAN, |ns| ns / 1e9)
}

/// The medians of the seconds, by the wall clock and of the processors together, for all frames
/// divided among threads.
fn median(
    repeats: usize,
    threads: usize,
    frames: usize,
    run: impl Fn(usize, &mut Memory) -> std::result::Result<(), trainyard_codec::Error> + Sync,
) -> Result<(f64, f64)> {
    let (mut walls, mut processors) = (Vec::new(), Vec::new());
    let mut memories: Vec<Memory> = (0..threads).map(|_| Memory::default()).collect();
    for repeat in 0..=repeats {
        let start = Instant::now();
        let processor = std::thread::scope(|scope| {
            let workers: Vec<_> = memories
                .iter_mut()
                .enumerate()
                .map(|(first, memory)| {
                    let run = &run;
                    scope.spawn(move || {
                        let before = processor_seconds();
                        (first..frames).step_by(threads).try_for_each(|at| run(at, memory))?;
                        Ok(processor_seconds() - before)
                    })
                })
                .collect();
            let seconds = workers.into_iter().map(|worker| worker.join().expect("no panic in a worker"));
            seconds.sum::<std::result::Result<f64, trainyard_codec::Error>>()
        })?;
        // The first one warms up.
        if repeat > 0 {
            walls.push(start.elapsed().as_secs_f64());
            processors.push(processor);
        }
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times.get(times.len() / 2).copied().ok_or("no repeats")
    };
    Ok((median(&mut walls)?, median(&mut processors)?))
}
