//! One module of JUNGFRAU: a group `data` with one row a train, every memory cell in it.

use super::attributes::{describe, NUMBER};
use super::pixels::Target;
use super::sequence::timestamp;
use trainyard_format::write::{FileWriter, Values};
use trainyard_format::Result;

/// The cell that is read when there is only one.
const SINGLE_CELL: u8 = 15;

/// Writes the group.
pub fn write_module(target: &Target, writer: &mut FileWriter) -> Result<()> {
    let (spec, source) = (target.simulator.spec(), target.source);
    let counts: Vec<u64> = target.frame_counts().iter().map(|&frames| frames.min(1)).collect();
    writer.instrument_index(source, "data", &counts)?;
    let cells = spec.pulses;
    let present: Vec<u32> =
        target.sequence.trains.clone().zip(&counts).filter(|&(_, &count)| count > 0).map(|(index, _)| index).collect();
    let memory_cells: Vec<u8> =
        if cells == 1 { vec![SINGLE_CELL] } else { (0..cells).map(|cell| cell as u8).collect() };
    let frame = |index: u32, cell: u16| u64::from(index) * u64::from(cells) + u64::from(cell) + 1;
    let frame_numbers: Vec<u64> =
        present.iter().flat_map(|&index| (0..cells).map(move |cell| frame(index, cell))).collect();
    let seconds: Vec<f64> =
        present.iter().flat_map(|&index| vec![timestamp(index) as f64 * 1e-9; usize::from(cells)]).collect();
    let train_ids: Vec<u64> = present.iter().map(|&index| spec.train_id(index)).collect();
    let shape = [u64::from(cells)];
    writer.rows(source, "data.memoryCell", &Values::of(&memory_cells.repeat(present.len()), &shape))?;
    writer.rows(source, "data.frameNumber", &Values::of(&frame_numbers, &shape))?;
    writer.rows(source, "data.timestamp", &Values::of(&seconds, &shape))?;
    writer.rows(source, "data.trainId", &Values::of(&train_ids, &[]))?;
    let about = if spec.corrected { "photons" } else { "ADU" };
    target.write_frames(writer, "data.adc", describe(about, NUMBER))?;
    target.write_flags(writer, "data")
}
