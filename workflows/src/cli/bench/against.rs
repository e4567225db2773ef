//! `against`: a proof of small trains, and of twice as many: the time must follow the trains, not trains times files.
//!
//! A camera of 8 x 8 pixels and a CONTROL source, a frame and a value a train, in files of 256 trains each.

use super::catalogue::Bench;
use super::job::program;
use super::timing::median;
use crate::cli::{session, Failure};
use std::path::Path;
use trainyard_format::map::{ElementType, Metadata};
use trainyard_format::write::{control_times, FileSpec, FileWriter, TrainRow, Values};
use trainyard_format::{Error, Result};

const TRAINS: [u64; 3] = [100_000, 200_000, 400_000];
const TRAINS_A_FILE: u64 = 256;
const ROUNDS: usize = 3;
const FIRST_TRAIN: u64 = 10_001;
pub const CAMERA: &str = "SPB_BENCH_CAM/CAM/SMALL:daqOutput";
const SIDE: u64 = 8;

pub fn run(bench: &mut Bench<'_>) -> Result<(), Failure> {
    let mut before: Option<f64> = None;
    for trains in TRAINS {
        let name = format!("against-{}k", trains / 1000);
        let run = bench.folder(&format!("{name}-run"), |folder| write(folder, trains))?;
        let steps = format!("  - write-frames\ndetector: {CAMERA}\n");
        let (workflow, output) = bench.workflow(&name, &run, None, &steps)?;
        bench.run_program(&workflow, &output, session::cores())?;
        let arguments = ["validate".as_ref(), output.as_os_str(), "--against".as_ref(), run.as_os_str()];
        let mut times = (0..ROUNDS).map(|_| program(&arguments)).collect::<Result<Vec<f64>, Failure>>()?;
        times.sort_by(f64::total_cmp);
        let seconds = median(&times);
        bench.report.add(&name, seconds, "s")?;
        if let Some(before) = before {
            bench.report.add(format!("{name}-over-half"), seconds / before, "x")?;
        }
        before = Some(seconds);
    }
    Ok(())
}

pub fn write(folder: &Path, trains: u64) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))?;
    for (sequence, first) in (0u32..).zip((0..trains).step_by(TRAINS_A_FILE as usize)) {
        let own = first..trains.min(first + TRAINS_A_FILE);
        let rows = (own.end - own.start) as usize;
        let mut camera = file(folder, "DA01", sequence, own.clone())?;
        camera.instrument_index(CAMERA, "data", &vec![1; rows])?;
        let ids: Vec<u64> = own.clone().map(|train| FIRST_TRAIN + train).collect();
        camera.rows(CAMERA, "data.trainId", &Values::of(&ids, &[]))?;
        let pixels: Vec<u8> = own.clone().flat_map(|train| [train as u8; (SIDE * SIDE * 2) as usize]).collect();
        camera.rows(CAMERA, "data.image.pixels", &Values::new(ElementType::U16, &[SIDE, SIDE], &pixels))?;
        camera.finish()?;
        let mut slow = file(folder, "DA02", sequence, own.clone())?;
        let times = control_times(own.clone().map(timestamp));
        let values: Vec<f64> = own.map(|train| train as f64).collect();
        slow.control("SPB_BENCH/MOTOR/ONE", "actualPosition", &Values::of(&values, &[]), &times)?;
        slow.finish()?;
    }
    Ok(())
}

fn timestamp(train: u64) -> u64 {
    1_600_000_000_000_000_000 + train * 100_000_000
}

fn file(folder: &Path, aggregator: &str, sequence: u32, trains: std::ops::Range<u64>) -> Result<FileWriter> {
    FileWriter::create(FileSpec {
        version: Default::default(),
        path: folder.join(format!("RAW-R0001-{aggregator}-S{sequence:05}.h5")),
        metadata: Metadata {
            creation_date: Some("20230101T000000Z".into()),
            update_date: Some("20230101T000000Z".into()),
            proposal_number: Some(900_000),
            run_number: Some(1),
            sequence_number: Some(sequence),
            ..Metadata::default()
        },
        daq_library: concat!("trainyard-bench ", env!("CARGO_PKG_VERSION")).into(),
        trains: trains.map(|train| TrainRow::new(FIRST_TRAIN + train, timestamp(train))).collect(),
    })
}
