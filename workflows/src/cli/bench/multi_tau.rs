//! `multi-tau`: g2 of three rings over 352 frames of 65536 f32 pixels in memory, 8 buffers, 7 levels, one thread.

use super::catalogue::Bench;
use super::peer::{largest, Script};
use super::timing::{best, seconds};
use crate::cli::{Exit, Failure};
use trainyard_algorithms::multi_tau::{MultiTau, Normalisation};
use trainyard_simulate::random::{Poisson, Purpose, Stream};

const PEER: Script = Script { name: "scikit-beam", text: include_str!("peers/multi_tau.py"), threads: 1 };
const TIMES: usize = 352;
const PIXELS: usize = 65536;
const RINGS: [usize; 3] = [8192, 16384, 40960];

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let poisson = Poisson::default();
    let frame = |t: usize| -> Vec<f32> {
        let stream = Stream::new(1, Purpose::Photons, 0, 0, 0, t as u64);
        (0..PIXELS as u32).map(|item| poisson.sample(0.4, &stream, item) as f32).collect()
    };
    let frames: Vec<Vec<f32>> = (0..TIMES).map(frame).collect();
    let views: Vec<&[f32]> = frames.iter().map(Vec::as_slice).collect();
    let bug = |e: trainyard_algorithms::multi_tau::MultiTauError| Failure::new(Exit::Bug, &e.to_string(), None);
    let tau = MultiTau::new(&RINGS, 8, 7, Normalisation::Roi).map_err(bug)?;
    let mut partial = tau.empty();
    let times = seconds(5, || tau.add_train(&views, &mut partial).map_err(bug))?;
    let megapixels = (TIMES * PIXELS) as f64 / 1e6;
    let file = bench.write("frames.raw", &super::frames::bytes(&frames))?;
    let peer = bench.peers.as_ref().map(|p| p.run(PEER, &[file.as_os_str()])).unwrap_or_default();
    bench.report.rates("multi-tau", megapixels / best(&times), largest(&peer, "rate"), "scikit-beam", "Mpx/s")
}
