//! A recorded DSSC run as the facility's files look: 16 modules, `image.data` of 1 x 128 x 512 u16 in chunks of one frame
//! through bitshuffle-LZ4, ids in chunks of 32 rows, groups header, trailer and detector with a row per train.
//!
//! A few encoded frames are written over and over, so that the number of frames costs no time to encode and the contents
//! decide how large the files become. Every chunk has an entry of its own in its file's table, and bytes of its own.

use super::frames::MODULES;
use crate::cli::Failure;
use std::path::Path;
use trainyard_codec::{Codec, Pipeline, Scratch};
use trainyard_format::map::{ElementType, Metadata};
use trainyard_format::write::{FileSpec, FileWriter, PixelSpec, Storage, TrainRow, Values};
use trainyard_format::{Error, Place, Result};
use trainyard_simulate::Detector;

/// Bytes of one module's frame.
pub const FRAME_BYTES: usize = 128 * 512 * 2;
const FRAME_SHAPE: [u64; 3] = [1, 128, 512];
/// Rows of ids in one chunk.
const ID_ROWS: u64 = 32;
const FIRST_TRAIN: u64 = 10_001;
const DATE: &str = "20230101T000000Z";

/// Keys with a row per train: element and shape of a row. All zero.
const SLOW: [(&str, ElementType, &[u64]); 11] = [
    ("header.dataId", ElementType::U64, &[]),
    ("header.linkId", ElementType::U64, &[]),
    ("header.magicNumberBegin", ElementType::I8, &[8]),
    ("header.majorTrainFormatVersion", ElementType::U32, &[]),
    ("header.minorTrainFormatVersion", ElementType::U32, &[]),
    ("header.pulseCount", ElementType::U64, &[]),
    ("header.reserved", ElementType::U8, &[16]),
    ("trailer.checksum", ElementType::I8, &[16]),
    ("trailer.magicNumberEnd", ElementType::I8, &[8]),
    ("trailer.status", ElementType::U64, &[]),
    ("detector.data", ElementType::U8, &[416]),
];

/// A run to be written.
pub struct DsscRun<'a> {
    pub trains: u64,
    /// frames of a train
    pub pulses: u64,
    /// frames of module m as little-endian bytes, used in turn
    pub frames: &'a (dyn Fn(usize) -> Vec<Vec<u8>> + Sync),
}

impl DsscRun<'_> {
    /// Bytes of all pixels of the run.
    pub fn pixel_bytes(&self) -> u64 {
        self.trains * self.pulses * (MODULES * FRAME_BYTES) as u64
    }

    /// # Errors
    /// When the disk fails.
    pub fn write(&self, folder: &Path) -> std::result::Result<(), Failure> {
        std::fs::create_dir_all(folder).map_err(|e| Error::io("create the folder", folder, &e))?;
        (0..MODULES).try_for_each(|module| self.write_module(folder, module))?;
        Ok(())
    }

    fn write_module(&self, folder: &Path, module: usize) -> Result<()> {
        let aggregator = Detector::Dssc.aggregator(module as u16);
        let mut writer = FileWriter::create(FileSpec {
            version: Default::default(),
            path: folder.join(format!("RAW-R0001-{aggregator}-S00000.h5")),
            metadata: Metadata {
                creation_date: Some(DATE.into()),
                update_date: Some(DATE.into()),
                karabo_framework: Some("simulated".into()),
                run_type: Some("simulated".into()),
                sample: Some("simulated".into()),
                proposal_number: Some(900_000),
                run_number: Some(1),
                sequence_number: Some(0),
                ..Metadata::default()
            },
            daq_library: concat!("trainyard-bench ", env!("CARGO_PKG_VERSION")).into(),
            trains: (0..self.trains).map(|t| TrainRow::new(FIRST_TRAIN + t, 1 + t)).collect(),
        })?;
        let source = Detector::Dssc.source("SCS", module as u16, false);
        for group in ["header", "trailer", "detector"] {
            writer.instrument_index(&source, group, &vec![1; self.trains as usize])?;
        }
        for (key, element, shape) in SLOW {
            let row = shape.iter().product::<u64>() as usize * element.size();
            writer.rows(&source, key, &Values::new(element, shape, &vec![0; row * self.trains as usize]))?;
        }
        writer.instrument_index(&source, "image", &vec![self.pulses; self.trains as usize])?;
        self.write_ids(&mut writer, &source)?;
        self.write_frames(&mut writer, &source, module)?;
        writer.finish().map(drop)
    }

    fn write_ids(&self, writer: &mut FileWriter, source: &str) -> Result<()> {
        let frames = self.trains * self.pulses;
        let stored = || Storage::Chunked { rows_per_chunk: ID_ROWS, filters: Vec::new() };
        let pulses: Vec<u64> = (0..frames).map(|f| f % self.pulses).collect();
        let cells: Vec<u16> = pulses.iter().map(|&p| p as u16).collect();
        let trains: Vec<u64> = (0..frames).map(|f| FIRST_TRAIN + f / self.pulses).collect();
        let rows = frames as usize;
        writer.rows(source, "image.cellId", &Values::of(&cells, &[1]).stored(stored()))?;
        writer.rows(source, "image.pulseId", &Values::of(&pulses, &[1]).stored(stored()))?;
        writer.rows(source, "image.trainId", &Values::of(&trains, &[1]).stored(stored()))?;
        writer.rows(source, "image.length", &Values::of(&vec![FRAME_BYTES as u32; rows], &[1]).stored(stored()))?;
        writer.rows(source, "image.status", &Values::of(&vec![0u16; rows], &[1]).stored(stored()))
    }

    fn write_frames(&self, writer: &mut FileWriter, source: &str, module: usize) -> Result<()> {
        let rows = self.trains * self.pulses;
        let spec = PixelSpec {
            element: ElementType::U16,
            row_shape: FRAME_SHAPE.to_vec(),
            rows_per_chunk: 1,
            filters: Codec::BitshuffleLz4.filters(2),
            capacity_rows: rows,
            attributes: Vec::new(),
        };
        let chunks = encoded(&(self.frames)(module))?;
        let dataset = writer.pixels(source, "image.data", &spec)?;
        for (row, (mask, stored)) in (0..rows).zip(chunks.iter().cycle()) {
            writer.write_chunk(dataset, row, *mask, stored)?;
        }
        writer.finish_pixels(dataset, rows)
    }
}

/// Filter mask and bytes of each frame as a chunk of [`DsscRun`].
///
/// # Errors
/// A frame that is not [`FRAME_BYTES`] long.
pub fn encoded(frames: &[Vec<u8>]) -> Result<Vec<(u32, Vec<u8>)>> {
    let bug = |e: trainyard_codec::Error| Error::bug(e.to_string(), Place::default());
    let pipeline = pipeline()?;
    let mut scratch = Scratch::default();
    let encode = |frame: &Vec<u8>| {
        let mut stored = Vec::new();
        let mask = pipeline.encode(frame, &mut stored, &mut scratch).map_err(bug)?;
        Ok((mask, stored))
    };
    frames.iter().map(encode).collect()
}

/// # Errors
/// None that can happen: the codec knows its own filter.
pub fn pipeline() -> Result<Pipeline> {
    Pipeline::new(&Codec::BitshuffleLz4.filters(2), 2, FRAME_BYTES)
        .map_err(|e| Error::bug(e.to_string(), Place::default()))
}
