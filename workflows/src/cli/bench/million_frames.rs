//! `million-frames`: memory of a long run of small frames: peaks of a million frames of a 64 x 64 camera, in a budget of
//! 512 MiB. What grows with the run are the columns, and lists on their way to their file must not.

use super::catalogue::Bench;
use super::job::peak_of_program;
use crate::cli::Failure;
use std::path::Path;
use trainyard_codec::{Codec, Pipeline, Scratch};
use trainyard_format::map::{ElementType, Metadata};
use trainyard_format::write::{FileSpec, FileWriter, PixelSpec, TrainRow, Values};
use trainyard_format::{Error, Place, Result};

/// Thousands of frames, about.
const SIZES: [u64; 3] = [50, 200, 1000];
const FRAMES_A_TRAIN: u64 = 352;
const TRAINS_A_FILE: u64 = 256;
const FIRST_TRAIN: u64 = 10_001;
const CAMERA: &str = "SPB_BENCH_CAM/CAM/PEAKS:daqOutput";
const SIDE: usize = 64;
const ROWS_A_CHUNK: usize = 32;
const STEPS: &str = "\
\x20 - find-peaks: {method: connected, threshold: 100, min-pixels: 1, max-pixels: 50}
\x20 - keep: peaks.count >= 3
\x20 - write-frames: {codec: bitshuffle-lz4}
";

pub fn run(bench: &mut Bench<'_>) -> std::result::Result<(), Failure> {
    for thousands in SIZES {
        let trains = (thousands * 1000).div_ceil(FRAMES_A_TRAIN);
        let name = format!("peaks-{thousands}k");
        let run = bench.folder(&format!("{name}-run"), |folder| write(folder, trains).map_err(Into::into))?;
        let steps = format!("{STEPS}detector: {CAMERA}\n");
        let (workflow, output) = bench.workflow(&name, &run, None, &steps)?;
        bench.clear(&output)?;
        let arguments = [
            "run".as_ref(),
            workflow.as_os_str(),
            "--memory".as_ref(),
            "512MiB".as_ref(),
            "--threads".as_ref(),
            "2".as_ref(),
        ];
        let (seconds, peak) = peak_of_program(&arguments)?;
        let frames = (trains * FRAMES_A_TRAIN) as f64;
        bench.report.add(format!("{name}-memory"), peak as f64 / (1u64 << 20) as f64, "MiB")?;
        bench.report.add(format!("{name}-rate"), frames / seconds, "frames/s")?;
        bench.clear(&output)?;
    }
    Ok(())
}

fn write(folder: &Path, trains: u64) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))?;
    for (sequence, first) in (0u32..).zip((0..trains).step_by(TRAINS_A_FILE as usize)) {
        write_file(folder, sequence, first..trains.min(first + TRAINS_A_FILE))?;
    }
    Ok(())
}

fn write_file(folder: &Path, sequence: u32, own: std::ops::Range<u64>) -> Result<()> {
    let mut writer = FileWriter::create(FileSpec {
        version: Default::default(),
        path: folder.join(format!("RAW-R0001-DA01-S{sequence:05}.h5")),
        metadata: Metadata {
            run_number: Some(1),
            proposal_number: Some(900_000),
            sequence_number: Some(sequence),
            ..Metadata::default()
        },
        daq_library: concat!("trainyard-bench ", env!("CARGO_PKG_VERSION")).into(),
        trains: own.clone().map(|train| TrainRow::new(FIRST_TRAIN + train, 0)).collect(),
    })?;
    let rows = (own.end - own.start) * FRAMES_A_TRAIN;
    writer.instrument_index(CAMERA, "data", &vec![FRAMES_A_TRAIN; (own.end - own.start) as usize])?;
    let ids: Vec<u64> = (0..rows).map(|row| FIRST_TRAIN + own.start + row / FRAMES_A_TRAIN).collect();
    writer.rows(CAMERA, "data.trainId", &Values::of(&ids, &[]))?;
    let filters = Codec::BitshuffleLz4.filters(2);
    let bug = |e: trainyard_codec::Error| Error::bug(e.to_string(), Place::default());
    let pipeline = Pipeline::new(&filters, 2, ROWS_A_CHUNK * SIDE * SIDE * 2).map_err(bug)?;
    let spec = PixelSpec {
        element: ElementType::U16,
        row_shape: vec![SIDE as u64, SIDE as u64],
        rows_per_chunk: ROWS_A_CHUNK as u64,
        filters,
        capacity_rows: rows,
        attributes: Vec::new(),
    };
    let dataset = writer.pixels(CAMERA, "data.image.pixels", &spec)?;
    let (mut scratch, mut stored) = (Scratch::default(), Vec::new());
    for chunk in 0..rows.div_ceil(ROWS_A_CHUNK as u64) {
        let first = own.start * FRAMES_A_TRAIN + chunk * ROWS_A_CHUNK as u64;
        let pixels: Vec<u8> = (0..ROWS_A_CHUNK as u64).flat_map(|row| frame(first + row)).collect();
        let mask = pipeline.encode(&pixels, &mut stored, &mut scratch).map_err(bug)?;
        writer.write_chunk(dataset, chunk, mask, &stored)?;
    }
    writer.finish_pixels(dataset, rows)?;
    writer.finish().map(drop)
}

/// Four peaks of two pixels on a low background, elsewhere in each frame.
fn frame(number: u64) -> Vec<u8> {
    let mut pixels: Vec<u16> = (0..SIDE * SIDE).map(|pixel| ((pixel as u64 * 7 + number * 13) % 5) as u16).collect();
    for peak in 0..4u64 {
        let (slow, fast) = ((10 * peak + number) % 60 + 1, (17 * peak + 3 * number) % 60 + 1);
        let at = slow as usize * SIDE + fast as usize;
        pixels[at] += 200;
        pixels[at + 1] += 150;
    }
    pixels.into_iter().flat_map(u16::to_le_bytes).collect()
}
