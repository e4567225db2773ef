//! A corrected AGIPD run of counted photons: 16 trains of 16 pulses, `image.data` f32 in bitshuffle-LZ4, 1 GB of pixels.
//!
//! Poisson counts of a powder pattern with mean 0.4, without readout noise: what calibration leaves of a photon-counting
//! measurement, and compressible as such data are (about 1/5).

use super::frames::{FAST, MODULES, SLOW};
use crate::cli::{Exit, Failure};
use std::path::Path;
use trainyard_codec::{Codec, Pipeline, Scratch};
use trainyard_format::map::{ElementType, Metadata};
use trainyard_format::write::{FileSpec, FileWriter, PixelSpec, TrainRow, Values};
use trainyard_format::{Error, Place};
use trainyard_simulate::detector::crystfel_geometry;
use trainyard_simulate::model::Beam;
use trainyard_simulate::random::{Poisson, Purpose, Stream};
use trainyard_simulate::{Detector, Kind, SimulationSpec, Simulator};

pub const TRAINS: u64 = 16;
pub const PULSES: u64 = 16;
pub const FRAMES: u64 = TRAINS * PULSES;
/// Photons a pixel.
const MEAN: f64 = 0.4;
const FIRST_TRAIN: u64 = 10_001;
/// In the folder, beside the files of the modules.
pub const GEOMETRY: &str = "agipd.geom";

/// Distance in metres and photon energy in electronvolts that [`GEOMETRY`] states.
pub fn beam() -> Beam {
    Beam::of(Kind::Powder)
}

/// # Errors
/// When the disk fails.
pub fn write(folder: &Path) -> Result<(), Failure> {
    let bug = |what: String| Failure::new(Exit::Bug, &what, None);
    let spec = SimulationSpec::new(Kind::Powder, Detector::Agipd);
    let simulator = Simulator::new(&spec).map_err(bug)?;
    std::fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))?;
    let backgrounds: Vec<&[f32]> = simulator.modules().iter().map(|m| m.scene().background.as_slice()).collect();
    let sum: f64 = backgrounds.iter().flat_map(|b| b.iter()).map(|v| f64::from(*v)).sum();
    let scale = MEAN * (MODULES * SLOW * FAST) as f64 / sum;
    let lanes = std::thread::available_parallelism().map_or(1, usize::from).min(MODULES);
    let outcomes = std::thread::scope(|scope| {
        let lane = |first: usize| {
            let backgrounds = &backgrounds;
            scope.spawn(move || {
                (first..MODULES).step_by(lanes).try_for_each(|m| write_module(folder, m as u16, backgrounds[m], scale))
            })
        };
        let threads: Vec<_> = (0..lanes).map(lane).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|p| std::panic::resume_unwind(p))).collect::<Vec<_>>()
    });
    outcomes.into_iter().collect::<trainyard_format::Result<()>>()?;
    let path = folder.join(GEOMETRY);
    let text = crystfel_geometry(Detector::Agipd, beam().clen, beam().photon_energy);
    std::fs::write(&path, text).map_err(|e| Error::io("write", &path, &e).into())
}

fn write_module(folder: &Path, module: u16, background: &[f32], scale: f64) -> trainyard_format::Result<()> {
    let mut writer = FileWriter::create(FileSpec {
        version: Default::default(),
        path: folder.join(format!("CORR-R0001-{}-S00000.h5", Detector::Agipd.aggregator(module))),
        metadata: Metadata { run_number: Some(1), proposal_number: Some(900_000), ..Metadata::default() },
        daq_library: concat!("trainyard-bench ", env!("CARGO_PKG_VERSION")).into(),
        trains: (0..TRAINS).map(|t| TrainRow::new(FIRST_TRAIN + t, 0)).collect(),
    })?;
    let source = Detector::Agipd.source("SPB", module, true);
    writer.instrument_index(&source, "image", &[PULSES; TRAINS as usize])?;
    let cells: Vec<u16> = (0..FRAMES).map(|f| (f % PULSES) as u16).collect();
    let pulses: Vec<u64> = cells.iter().map(|&c| u64::from(c)).collect();
    let trains: Vec<u64> = (0..FRAMES).map(|f| FIRST_TRAIN + f / PULSES).collect();
    writer.rows(&source, "image.cellId", &Values::of(&cells, &[]))?;
    writer.rows(&source, "image.pulseId", &Values::of(&pulses, &[]))?;
    writer.rows(&source, "image.trainId", &Values::of(&trains, &[]))?;
    let filters = Codec::BitshuffleLz4.filters(4);
    let bug = |e: trainyard_codec::Error| Error::bug(e.to_string(), Place::default());
    let pipeline = Pipeline::new(&filters, 4, SLOW * FAST * 4).map_err(bug)?;
    let dataset = writer.pixels(
        &source,
        "image.data",
        &PixelSpec {
            element: ElementType::F32,
            row_shape: vec![SLOW as u64, FAST as u64],
            rows_per_chunk: 1,
            filters,
            capacity_rows: FRAMES,
            attributes: Vec::new(),
        },
    )?;
    let (poisson, mut scratch, mut stored) = (Poisson::default(), Scratch::default(), Vec::new());
    let mut bytes = vec![0; SLOW * FAST * 4];
    for frame in 0..FRAMES {
        let stream = Stream::new(1, Purpose::Photons, 0, module, FIRST_TRAIN + frame / PULSES, frame % PULSES);
        for (item, (&expected, pixel)) in background.iter().zip(bytes.chunks_exact_mut(4)).enumerate() {
            let count = poisson.sample(scale * f64::from(expected), &stream, item as u32);
            pixel.copy_from_slice(&(count as f32).to_le_bytes());
        }
        let mask = pipeline.encode(&bytes, &mut stored, &mut scratch).map_err(bug)?;
        writer.write_chunk(dataset, frame, mask, &stored)?;
    }
    writer.finish_pixels(dataset, FRAMES)?;
    writer.finish().map(drop)
}
