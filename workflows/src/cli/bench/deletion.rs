//! `deletion`: a run without its dark frames, chunks copied as they are, beside a plain copy of as many bytes.
//!
//! The copy reads the input and writes files of the same sizes as those of the reduced detector, and syncs them: what
//! the disk alone would take. Reduction also verifies what it wrote and publishes it.

use super::catalogue::Bench;
use super::timing::median;
use crate::cli::{session, Failure};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;
use trainyard_codec::Codec;
use trainyard_engine::read::FetchOptions;
use trainyard_format::Error;
use trainyard_simulate::{simulate, Detector, Kind, Lit, SimulationSpec};

const STEPS: &str = "  - lit-frames: {}\n  - keep: lit\n  - write-frames: {}\n";
const ROUNDS: usize = 3;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let run = bench.folder("half-dark-run", |folder| {
        let spec = SimulationSpec {
            trains: 8,
            pulses: 16,
            codec: Codec::BitshuffleLz4,
            lit: Some(Lit { stride: 2, ..Lit::default() }),
            ..SimulationSpec::new(Kind::Powder, Detector::Agipd)
        };
        simulate(&spec, folder)?;
        Ok(())
    })?;
    let (workflow, output) = bench.workflow("deletion", &run, None, STEPS)?;
    let copy = bench.data.join("deletion-copy");
    let (mut deleting, mut copying) = (Vec::new(), Vec::new());
    let mut bytes = bench.reduce(&workflow, &output, session::cores(), FetchOptions::default())?.snapshot.bytes_written;
    for _ in 0..ROUNDS {
        let stages = bench.reduce(&workflow, &output, session::cores(), FetchOptions::default())?;
        deleting.push(stages.seconds);
        bytes = stages.snapshot.bytes_written;
        bench.clear(&copy)?;
        let started = Instant::now();
        copy_kept(&run, &output, &copy)?;
        copying.push(started.elapsed().as_secs_f64());
    }
    bench.clear(&copy)?;
    deleting.sort_by(f64::total_cmp);
    copying.sort_by(f64::total_cmp);
    let (deleting, copying) = (median(&deleting), median(&copying));
    bench.report.add("deletion", deleting, "s")?;
    bench.report.add("deletion-rate", bytes as f64 / 1e6 / deleting, "MB/s")?;
    bench.report.add("deletion-copy", copying, "s")?;
    bench.report.add("deletion-over-copy", deleting / copying, "x")
}

/// Copies as much of each file of `run` as the file of the same name in `reduced` holds.
fn copy_kept(run: &Path, reduced: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(to).map_err(|e| Error::io("create the folder", to, &e))?;
    let entries = std::fs::read_dir(run).map_err(|e| Error::io("read the folder", run, &e))?;
    let mut buffer = vec![0; 8 << 20];
    for entry in entries {
        let entry = entry.map_err(|e| Error::io("read the folder", run, &e))?;
        let Ok(kept) = std::fs::metadata(reduced.join(entry.file_name())) else { continue };
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let mut input = File::open(&from).map_err(|e| Error::io("open", &from, &e))?.take(kept.len());
        let mut output = File::create(&to).map_err(|e| Error::io("create", &to, &e))?;
        loop {
            let read = input.read(&mut buffer).map_err(|e| Error::io("read", &from, &e))?;
            if read == 0 {
                break;
            }
            output.write_all(&buffer[..read]).map_err(|e| Error::io("write", &to, &e))?;
        }
        output.sync_all().map_err(|e| Error::io("sync", &to, &e))?;
    }
    Ok(())
}
