//! `validate`: the structure of 16 files of 100 000 frames, every chunk of 4 GiB of noisy pixels, and a run of 1152 files.
//!
//! Seconds from the start of the process to its end, ours and EXtra-data's validator in turns; `-started-` leaves out what
//! Python takes to start and import. Files are in the page cache. Two figures bound `--deep`: decoding the same chunks in
//! memory, and reading the files, both with as many threads as there are cores.

use super::catalogue::Bench;
use super::dssc_run::{encoded, pipeline, DsscRun, FRAME_BYTES};
use super::frames::{u16_bytes, Pattern};
use super::job::program;
use super::many_files::MANY_FILES;
use super::peer::{largest, Script};
use super::timing::{best, median, seconds};
use crate::cli::{session, Exit, Failure};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;
use trainyard_codec::Scratch;
use trainyard_format::Error;

const PEER: Script = Script { name: "EXtra-data's validator", text: include_str!("peers/validate.py"), threads: 1 };
const ROUNDS: usize = 5;
/// Different frames in the run of noisy pixels.
const NOISY: u64 = 8;

/// 100 000 frames of zeros in each file: about 1 GB on disk.
const BLANK: DsscRun = DsscRun { trains: 250, pulses: 400, frames: &|_| vec![vec![0; FRAME_BYTES]] };

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let blank = bench.folder("blank-dssc-run", |folder| BLANK.write(folder))?;
    structure(bench, "validate", &blank, ROUNDS)?;
    let many = bench.many_files()?;
    // the peer takes more than a minute
    let seconds = structure(bench, "validate-many-files", &many, 1)?;
    bench.report.add("validate-many-files-rate", MANY_FILES / seconds, "files/s")?;
    deep(bench)
}

/// Our seconds for everything but pixels; the peer is run so many times.
fn structure(bench: &mut Bench<'_>, name: &str, run: &Path, peer_rounds: usize) -> Result<f64, Failure> {
    let arguments = ["validate".as_ref(), run.as_os_str()];
    program(&arguments)?;
    let (mut ours, mut peer, mut started) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        ours.push(program(&arguments)?);
        let Some(peers) = bench.peers.as_ref().filter(|_| round < peer_rounds) else { continue };
        let begin = Instant::now();
        let values = peers.run(PEER, &[run.as_os_str()]);
        if let Some(seconds) = largest(&values, "seconds") {
            peer.push(begin.elapsed().as_secs_f64());
            started.push(seconds);
        }
    }
    let middle = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        (!times.is_empty()).then(|| median(times))
    };
    let seconds = middle(&mut ours).unwrap_or(f64::INFINITY);
    bench.report.add(name, seconds, "s")?;
    bench.report.slower(name, seconds, middle(&mut peer), "extra-data")?;
    bench.report.slower(name, seconds, middle(&mut started), "started-extra-data")?;
    Ok(seconds)
}

fn deep(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let pixels = u16_bytes(Pattern::Noisy, NOISY);
    let frames: Vec<Vec<u8>> = pixels.chunks_exact(FRAME_BYTES).map(<[u8]>::to_vec).collect();
    let of_module = |module: usize| frames.iter().skip(module).step_by(super::frames::MODULES).cloned().collect();
    let noisy = DsscRun { trains: 8, pulses: 256, frames: &of_module };
    let run = bench.folder("noisy-dssc-run", |folder| noisy.write(folder))?;
    let gigabytes = noisy.pixel_bytes() as f64 / 1e9;
    let threads = session::cores();
    let arguments = ["validate".as_ref(), run.as_os_str(), "--deep".as_ref()];
    let mut times = Vec::new();
    let reading = best(&seconds(2, || read_all(&run, threads))?);
    for _ in 0..=ROUNDS {
        times.push(program(&arguments)?);
    }
    times.sort_by(f64::total_cmp);
    let deep = median(&times);
    bench.report.add("validate-deep", deep, "s")?;
    bench.report.add("validate-deep-rate", gigabytes / deep, "GB/s")?;
    bench.report.add("validate-deep-reading-alone", gigabytes / reading, "GB/s")?;
    bench.report.add("validate-deep-decoding-alone", decoding(&frames, threads)?, "GB/s")
}

/// Reads every file of a folder once.
fn read_all(folder: &Path, threads: usize) -> Result<(), Failure> {
    let entries = std::fs::read_dir(folder).map_err(|e| Error::io("read the folder", folder, &e))?;
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    on_threads(threads, |lane| {
        let mut buffer = vec![0; 1 << 20];
        for path in files.iter().skip(lane).step_by(threads) {
            let mut file = File::open(path).map_err(|e| Error::io("open", path, &e))?;
            while file.read(&mut buffer).map_err(|e| Error::io("read", path, &e))? > 0 {}
        }
        Ok(())
    })
}

/// GB/s of pixels, chunks decoded from memory.
fn decoding(frames: &[Vec<u8>], threads: usize) -> Result<f64, Failure> {
    const PASSES: usize = 10;
    let failed = |e: trainyard_codec::Error| Failure::new(Exit::Bug, &e.to_string(), None);
    let (chunks, pipeline) = (encoded(frames)?, pipeline()?);
    let started = Instant::now();
    on_threads(threads, |_| {
        let (mut out, mut scratch) = (vec![0; FRAME_BYTES], Scratch::default());
        for (mask, stored) in std::iter::repeat_n(&chunks, PASSES).flatten() {
            pipeline.decode(stored, *mask, &mut out, &mut scratch).map_err(failed)?;
        }
        Ok(())
    })?;
    let bytes = PASSES * threads * frames.len() * FRAME_BYTES;
    Ok(bytes as f64 / 1e9 / started.elapsed().as_secs_f64())
}

/// The same work in each of some threads, which are told their number.
fn on_threads(threads: usize, work: impl Fn(usize) -> Result<(), Failure> + Sync) -> Result<(), Failure> {
    let work = &work;
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..threads).map(|lane| scope.spawn(move || work(lane))).collect();
        lanes.into_iter().try_for_each(|lane| lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}
