//! `azimuthal`: I(q) with solid angle and Poisson variance of f32 frames in memory, 1000 bins, one thread.
//!
//! Eight frames are integrated together, and for comparison (`-single`) one after the other. Pixels come from the
//! outer cache or memory, as they do behind a decoder.

use super::catalogue::Bench;
use super::frames::{bytes, f32_frames, Pattern, FAST, MODULES, SLOW};
use super::peer::{largest, Script};
use super::timing::{best, seconds};
use crate::cli::{Exit, Failure};
use std::ffi::OsStr;
use trainyard_algorithms::azimuthal::{AzimuthalError, AzimuthalIntegrator, ErrorModel, Options, Splitting, Sums};
use trainyard_geometry::{Geometry, ModuleLayout, Overrides, PixelMap};
use trainyard_simulate::detector::crystfel_geometry;
use trainyard_simulate::model::Beam;
use trainyard_simulate::{Detector, Kind};

const PEER: Script = Script { name: "pyFAI", text: include_str!("peers/azimuthal.py"), threads: 1 };
const FRAMES: u64 = 8;
const ROUNDS: usize = 2;
const PASSES: usize = 8;
const BINS: usize = 1000;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let beam = Beam::of(Kind::Powder);
    let text = crystfel_geometry(Detector::Agipd, beam.clen, beam.photon_energy);
    let geometry_file = bench.write("agipd.geom", text.as_bytes())?;
    let map = pixel_map(&text).map_err(|e| Failure::new(Exit::Bug, &e.to_string(), None))?;
    let frames = f32_frames(Pattern::Photon, FRAMES);
    let file = bench.write("frames.raw", &bytes(&frames))?;
    for (name, splitting) in [("no", Splitting::No), ("bbox", Splitting::Bbox)] {
        let (mut ours, mut single, mut peer) = (f64::INFINITY, f64::INFINITY, Vec::new());
        for _ in 0..ROUNDS {
            let [block, alone] =
                pass(&map, splitting, &frames).map_err(|e| Failure::new(Exit::Bug, &e.to_string(), None))?;
            (ours, single) = (ours.min(block), single.min(alone));
            if let Some(peers) = &bench.peers {
                let numbers = [beam.clen.to_string(), beam.wavelength().to_string(), BINS.to_string()];
                let mut arguments = vec![file.as_os_str(), geometry_file.as_os_str(), OsStr::new(name)];
                arguments.extend(numbers.iter().map(OsStr::new));
                peer.extend(peers.run(PEER, &arguments));
            }
        }
        let rate = FRAMES as f64 / ours;
        bench.report.rates(&format!("azimuthal-{name}"), rate, largest(&peer, "rate"), "pyfai", "frames/s")?;
        bench.report.add(format!("azimuthal-{name}-single"), FRAMES as f64 / single, "frames/s")?;
    }
    Ok(())
}

/// Seconds a frame of integration alone, with what one of `bins` keeps: eight frames in memory, one thread.
///
/// # Errors
/// A detector that cannot be: a bug.
pub fn kernel_seconds(bench: &Bench<'_>, splitting: Splitting) -> Result<f64, Failure> {
    let beam = Beam::of(Kind::Powder);
    let text = crystfel_geometry(Detector::Agipd, beam.clen, beam.photon_energy);
    bench.write("agipd.geom", text.as_bytes())?;
    let bug = |what: String| Failure::new(Exit::Bug, &what, None);
    let map = pixel_map(&text).map_err(|e| bug(e.to_string()))?;
    let frames = f32_frames(Pattern::Photon, FRAMES);
    let [block, _] = pass(&map, splitting, &frames).map_err(|e| bug(e.to_string()))?;
    Ok(block / FRAMES as f64)
}

fn pixel_map(text: &str) -> Result<PixelMap, trainyard_geometry::GeometryError> {
    let geometry = Geometry::parse(text.as_bytes(), "agipd.geom".as_ref())?;
    let layout = ModuleLayout::new((0..MODULES as u16).collect(), 0, SLOW, FAST)?;
    geometry.pixel_map(&layout, &Overrides::default())
}

/// Seconds of the best pass over all frames: together, and one after the other.
fn pass(map: &PixelMap, splitting: Splitting, frames: &[Vec<f32>]) -> Result<[f64; 2], AzimuthalError> {
    let options = Options { bins: BINS, splitting, error_model: ErrorModel::Poisson, ..Options::default() };
    let integrator = AzimuthalIntegrator::new(map, &options, None)?;
    let mut block = integrator.block_working();
    let mut sums = vec![Sums::default(); frames.len()];
    let together = timed(|| {
        for module in 0..integrator.modules() {
            let span = module * SLOW * FAST..(module + 1) * SLOW * FAST;
            let pixels: Vec<_> = frames.iter().map(|frame| frame.get(span.clone())).collect();
            integrator.integrate_module_block(module, &pixels, &mut block)?;
        }
        integrator.finish_block(&mut block, &mut sums)?;
        std::hint::black_box(&sums);
        Ok(())
    })?;
    let (mut working, mut sums) = (integrator.working(), Sums::default());
    let alone = timed(|| {
        for frame in frames {
            integrator.integrate(frame, &mut working, &mut sums)?;
            std::hint::black_box(&sums);
        }
        Ok(())
    })?;
    Ok([together, alone])
}

fn timed(mut work: impl FnMut() -> Result<(), AzimuthalError>) -> Result<f64, AzimuthalError> {
    let mut failure = None;
    let times = seconds(PASSES, || {
        if let Err(error) = work() {
            failure = Some(error);
        }
        Ok(())
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(times.map_or(f64::INFINITY, |times| best(&times))),
    }
}
