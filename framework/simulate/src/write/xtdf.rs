//! One module of AGIPD, LPD or DSSC: groups image, header, trailer, detector.
//!
//! Recorded data have one dimension more: `image.data` is `[frame, plane, slow, fast]`, ids are `[frame, 1]`. The slow groups
//! have one row in every train that the module has, also where it has no frames.

use super::attributes::{describe, NUMBER};
use super::pixels::Target;
use trainyard_format::write::{Element, FileWriter, Values};
use trainyard_format::Result;

/// Bytes of `header.magicNumberBegin` and `trailer.magicNumberEnd` and version of the train format.
const MAGIC: [i8; 8] = [0; 8];
const TRAIN_FORMAT: (u32, u32) = (2, 0);

/// Writes all groups.
pub fn write_module(target: &Target, writer: &mut FileWriter) -> Result<()> {
    write_image(target, writer)?;
    write_slow_groups(target, writer)
}

fn write_image(target: &Target, writer: &mut FileWriter) -> Result<()> {
    let (simulator, source) = (target.simulator, target.source);
    let spec = simulator.spec();
    let counts = target.frame_counts();
    writer.instrument_index(source, "image", &counts)?;
    let (mut cells, mut pulses, mut trains) = (Vec::<u16>::new(), Vec::<u64>::new(), Vec::<u64>::new());
    for (index, _) in target.sequence.trains.clone().zip(&counts).filter(|&(_, &count)| count > 0) {
        for cell in 0..simulator.timing().cells() {
            cells.push(cell);
            pulses.push(simulator.timing().pulse_id(cell));
            trains.push(spec.train_id(index));
        }
    }
    let id_shape: &[u64] = if spec.corrected { &[] } else { &[1] };
    let row_bytes = simulator.row_shape().iter().product::<u64>() * if spec.corrected { 4 } else { 2 };
    let rows = cells.len();
    writer.rows(source, "image.cellId", &Values::of(&cells, id_shape))?;
    let about = describe("slots of the bunch pattern after the first of the detector", NUMBER);
    writer.rows(source, "image.pulseId", &Values::of(&pulses, id_shape).with_attributes(&about))?;
    writer.rows(source, "image.trainId", &Values::of(&trains, id_shape))?;
    writer.rows(source, "image.length", &Values::of(&vec![row_bytes as u32; rows], &[1]))?;
    writer.rows(source, "image.status", &Values::of(&vec![0u16; rows], &[1]))?;
    let about = if spec.corrected { "photons" } else { "ADU" };
    target.write_frames(writer, "image.data", describe(about, NUMBER))?;
    if spec.corrected {
        target.write_flags(writer, "image")?;
    }
    Ok(())
}

fn write_slow_groups(target: &Target, writer: &mut FileWriter) -> Result<()> {
    let (simulator, source) = (target.simulator, target.source);
    let spec = simulator.spec();
    let present: Vec<u32> =
        target.sequence.trains.clone().filter(|&index| !spec.is_missing(target.module.number(), index)).collect();
    let counts: Vec<u64> = target.sequence.trains.clone().map(|index| u64::from(present.contains(&index))).collect();
    let train_ids: Vec<u64> = present.iter().map(|&index| spec.train_id(index)).collect();
    let pulse_counts: Vec<u64> =
        present.iter().map(|&index| if spec.is_empty_train(index) { 0 } else { u64::from(spec.pulses) }).collect();
    let rows = present.len();
    let link = u64::from(target.module.number());

    writer.instrument_index(source, "header", &counts)?;
    let mut header = Group { writer, source, rows };
    header.rows("header.trainId", &train_ids, &[])?;
    header.rows("header.pulseCount", &pulse_counts, &[])?;
    header.constant("header.dataId", &[0u64], &[])?;
    header.constant("header.linkId", &[link], &[])?;
    header.constant("header.magicNumberBegin", &MAGIC, &[8])?;
    header.constant("header.majorTrainFormatVersion", &[TRAIN_FORMAT.0], &[])?;
    header.constant("header.minorTrainFormatVersion", &[TRAIN_FORMAT.1], &[])?;
    header.constant("header.reserved", &[0u8; 16], &[16])?;

    writer.instrument_index(source, "trailer", &counts)?;
    let mut trailer = Group { writer, source, rows };
    trailer.rows("trailer.trainId", &train_ids, &[])?;
    trailer.constant("trailer.checksum", &[0i8; 16], &[16])?;
    trailer.constant("trailer.magicNumberEnd", &MAGIC, &[8])?;
    trailer.constant("trailer.status", &[0u64], &[])?;

    writer.instrument_index(source, "detector", &counts)?;
    let mut detector = Group { writer, source, rows };
    detector.rows("detector.trainId", &train_ids, &[])?;
    let bytes = simulator.detector().housekeeping_bytes();
    detector.constant("detector.data", &vec![0u8; bytes], &[bytes as u64])
}

/// Datasets of a group with one row a train.
struct Group<'a> {
    writer: &'a mut FileWriter,
    source: &'a str,
    rows: usize,
}

impl Group<'_> {
    fn rows<T: Element>(&mut self, key: &str, numbers: &[T], row_shape: &[u64]) -> Result<()> {
        self.writer.rows(self.source, key, &Values::of(numbers, row_shape))
    }

    /// The same row for every train.
    fn constant<T: Element>(&mut self, key: &str, row: &[T], row_shape: &[u64]) -> Result<()> {
        let numbers = row.repeat(self.rows);
        self.rows(key, &numbers, row_shape)
    }
}
