//! `sz3`: SZ3 with an absolute bound of modules of 512 x 128 f32 in memory: the plug-in's encoder and decoder alone, and
//! what the proof of every chunk adds; one thread, and two.

use super::catalogue::Bench;
use super::frames::{bytes, f32_frames, Pattern};
use super::peer::{largest, Script};
use super::timing::{best, seconds};
use crate::cli::{Exit, Failure};
use rayon::prelude::*;
use std::ffi::OsStr;
use trainyard_codec::lossy::{Element, Lossy, Mode, ProvedEncoder};
use trainyard_codec::{Pipeline, Plugins, Scratch};

const PEER: Script = Script { name: "hdf5plugin", text: include_str!("peers/sz3.py"), threads: 1 };
const FRAMES: u64 = 2;
const PASSES: usize = 6;
const SHAPE: [u64; 3] = [1, 512, 128];
const BOUNDS: [f64; 2] = [1.0, 4.0];

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let plugins = Plugins::from_environment();
    let failed = |e: trainyard_codec::Error| Failure::new(Exit::Workflow, &e.to_string(), None);
    let pixels = bytes(&f32_frames(Pattern::Noisy, FRAMES));
    let file = bench.write("frames.raw", &pixels)?;
    for bound in BOUNDS {
        let lossy = Lossy::new(Mode::Absolute(bound)).map_err(failed)?;
        let proved = match ProvedEncoder::new(Element::F32, &SHAPE, lossy, &plugins) {
            Ok(proved) => proved,
            Err(error) => {
                crate::cli::output::complain(&format!("bench sz3 left out: {error}\n"));
                return Ok(());
            }
        };
        let chunk = proved.chunk_bytes();
        let decoder = Pipeline::with_plugins(proved.filters(), 4, chunk, &plugins).map_err(failed)?;
        let mut scratch = Scratch::default();
        let encode = seconds(PASSES, || {
            pixels.chunks_exact(chunk).try_for_each(|raw| proved.length_without_proof(raw).map(drop)).map_err(failed)
        })?;
        let mut stored = vec![(Vec::new(), 0); pixels.len() / chunk];
        for (raw, (bytes, mask)) in pixels.chunks_exact(chunk).zip(&mut stored) {
            *mask = proved.encode(raw, bytes, &mut scratch).map_err(failed)?.0;
        }
        let mut out = vec![0; chunk];
        let decode = seconds(PASSES, || {
            stored
                .iter()
                .try_for_each(|(bytes, mask)| decoder.decode(bytes, *mask, &mut out, &mut scratch))
                .map_err(failed)
        })?;
        let with_proof = |threads: usize| -> Result<f64, Failure> {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let pool = pool.map_err(|e| Failure::new(Exit::Resource, &e.to_string(), None))?;
            let times = seconds(PASSES, || {
                pool.install(|| {
                    pixels.par_chunks_exact(chunk).try_for_each_init(
                        || (Vec::new(), Scratch::default()),
                        |(bytes, scratch), raw| proved.encode(raw, bytes, scratch).map(drop),
                    )
                })
                .map_err(failed)
            })?;
            Ok(best(&times))
        };
        let (one, two) = (with_proof(1)?, with_proof(2)?);
        let text = bound.to_string();
        let arguments = [file.as_os_str(), OsStr::new(&text)];
        let peer = bench.peers.as_ref().map(|p| p.run(PEER, &arguments)).unwrap_or_default();
        let megabytes = pixels.len() as f64 / 1e6;
        let name = |what: &str| format!("sz3-{what}-absolute-{bound}");
        let report = &mut bench.report;
        report.rates(&name("encode"), megabytes / best(&encode), largest(&peer, "encode"), "hdf5plugin", "MB/s")?;
        report.rates(&name("decode"), megabytes / best(&decode), largest(&peer, "decode"), "hdf5plugin", "MB/s")?;
        report.add(name("encode-with-proof"), megabytes / one, "MB/s")?;
        report.add(name("proof-cost"), one / best(&encode), "x")?;
        report.add(name("two-threads"), one / two, "x")?;
    }
    Ok(())
}
