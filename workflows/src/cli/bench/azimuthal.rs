//! `azimuthal`: I(q) with solid angle and Poisson variance of f32 frames in memory, 1000 bins, one thread.
//!
//! Eight frames take turns, so that pixels come from the outer cache or memory, as they do behind a decoder.

use super::catalogue::Bench;
use super::frames::{bytes, f32_frames, Pattern, FAST, MODULES, SLOW};
use super::peer::{largest, Script};
use super::timing::{best, seconds};
use crate::cli::{Exit, Failure};
use std::ffi::OsStr;
use trainyard_algorithms::azimuthal::{AzimuthalIntegrator, ErrorModel, Options, Splitting, Sums};
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
        let (mut ours, mut peer) = (f64::INFINITY, Vec::new());
        for _ in 0..ROUNDS {
            ours = ours.min(pass(&map, splitting, &frames).map_err(|e| Failure::new(Exit::Bug, &e.to_string(), None))?);
            if let Some(peers) = &bench.peers {
                let numbers = [beam.clen.to_string(), beam.wavelength().to_string(), BINS.to_string()];
                let mut arguments = vec![file.as_os_str(), geometry_file.as_os_str(), OsStr::new(name)];
                arguments.extend(numbers.iter().map(OsStr::new));
                peer.extend(peers.run(PEER, &arguments));
            }
        }
        let rate = FRAMES as f64 / ours;
        bench.report.rates(&format!("azimuthal-{name}"), rate, largest(&peer, "rate"), "pyfai", "frames/s")?;
    }
    Ok(())
}

fn pixel_map(text: &str) -> Result<PixelMap, trainyard_geometry::GeometryError> {
    let geometry = Geometry::parse(text.as_bytes(), "agipd.geom".as_ref())?;
    let layout = ModuleLayout::new((0..MODULES as u16).collect(), 0, SLOW, FAST)?;
    geometry.pixel_map(&layout, &Overrides::default())
}

/// Seconds of the best pass over all frames.
fn pass(
    map: &PixelMap,
    splitting: Splitting,
    frames: &[Vec<f32>],
) -> Result<f64, trainyard_algorithms::azimuthal::AzimuthalError> {
    let options = Options { bins: BINS, splitting, error_model: ErrorModel::Poisson, ..Options::default() };
    let integrator = AzimuthalIntegrator::new(map, &options, None)?;
    let (mut working, mut sums) = (integrator.working(), Sums::default());
    let mut failure = None;
    let times = seconds(PASSES, || {
        for frame in frames {
            if let Err(error) = integrator.integrate(frame, &mut working, &mut sums) {
                failure = Some(error);
            }
            std::hint::black_box(&sums);
        }
        Ok(())
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(times.map_or(f64::INFINITY, |times| best(&times))),
    }
}
