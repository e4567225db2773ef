//! Results by frame and train, and the fate of every frame: `<CLASS>-R<run>-REDU00-S<seq>.h5`.

use super::{Part, StepResult};
use crate::algorithm::{OutputDecl, Rows};
use crate::plan::Job;
use std::path::Path;
use trainyard_codec::Codec;
use trainyard_format::map::ElementType;
use trainyard_format::write::{unit, FileReceipt, FileWriter, Storage, Values};
use trainyard_format::Result;

/// Larger datasets are stored in compressed chunks.
const PLAIN_BYTES: usize = 64 << 10;

/// # Errors
/// I/O errors; results that do not match their declaration are a bug.
pub fn write_results(job: &Job, sequence: usize, parts: &[&Part], path: &Path) -> Result<FileReceipt> {
    let trains = job.sequence_trains(sequence);
    let mut writer = FileWriter::create(job.file_spec(path, trains, sequence as u32))?;
    for (position, planned) in job.steps.iter().enumerate() {
        if planned.step.rows == Rows::None {
            continue;
        }
        let found = parts.iter().flat_map(|p| p.results.iter().map(move |r| (*p, r))).find(|(_, r)| r.step == position);
        let Some((part, result)) = found else { continue };
        let source = format!("{}:output", planned.source);
        match &planned.step.rows {
            Rows::ByFrame(outputs) => by_frame(&mut writer, &source, trains, part, result, outputs)?,
            Rows::ByTrain(outputs) => by_train(&mut writer, &source, trains, result, outputs)?,
            Rows::None => {}
        }
    }
    if let Some(last) = parts.last() {
        fates(&mut writer, &format!("{}/FATE:output", job.results), trains, last)?;
    }
    writer.finish_unsynced()
}

struct Ids {
    train: Vec<u64>,
    pulse: Vec<u64>,
    cell: Vec<u16>,
    counts: Vec<u64>,
}

impl Ids {
    fn of(trains: &[u64], part: &Part, frames: impl Iterator<Item = usize>) -> Self {
        let mut ids = Ids { train: Vec::new(), pulse: Vec::new(), cell: Vec::new(), counts: vec![0; trains.len()] };
        for frame in frames {
            let train = part.starts.partition_point(|&s| s <= frame) - 1;
            ids.train.push(trains[train]);
            ids.pulse.push(part.pulse_id[frame]);
            ids.cell.push(part.cell_id[frame]);
            ids.counts[train] += 1;
        }
        ids
    }

    fn write(&self, writer: &mut FileWriter, source: &str) -> Result<()> {
        writer.instrument_index(source, "data", &self.counts)?;
        writer.rows(source, "data.trainId", &Values::of(&self.train, &[]))?;
        writer.rows(source, "data.pulseId", &Values::of(&self.pulse, &[]))?;
        writer.rows(source, "data.cellId", &Values::of(&self.cell, &[]))
    }
}

fn by_frame(
    writer: &mut FileWriter,
    source: &str,
    trains: &[u64],
    part: &Part,
    result: &StepResult,
    outputs: &[OutputDecl],
) -> Result<()> {
    let ids = Ids::of(trains, part, result.frames.frames.iter().map(|&f| f as usize));
    ids.write(writer, source)?;
    datasets(writer, source, &result.frames.bytes, outputs)
}

fn by_train(
    writer: &mut FileWriter,
    source: &str,
    trains: &[u64],
    result: &StepResult,
    outputs: &[OutputDecl],
) -> Result<()> {
    let counts: Vec<u64> =
        (0..trains.len()).map(|t| u64::from(matches!(result.trains.rows.get(t), Some(Some(_))))).collect();
    let ids: Vec<u64> = trains.iter().zip(&counts).filter(|(_, c)| **c == 1).map(|(t, _)| *t).collect();
    let bytes: Vec<u8> = result.trains.rows.iter().flatten().flatten().copied().collect();
    writer.instrument_index(source, "data", &counts)?;
    writer.rows(source, "data.trainId", &Values::of(&ids, &[]))?;
    datasets(writer, source, &bytes, outputs)
}

fn datasets(writer: &mut FileWriter, source: &str, rows: &[u8], outputs: &[OutputDecl]) -> Result<()> {
    let row_bytes: usize = outputs.iter().map(OutputDecl::row_bytes).sum();
    let mut start = 0;
    for output in outputs {
        let length = output.row_bytes();
        let bytes: Vec<u8> =
            rows.chunks_exact(row_bytes.max(1)).flat_map(|r| &r[start..start + length]).copied().collect();
        start += length;
        let attributes = unit(&output.description, &output.unit, &output.unit);
        let storage = storage(output.element, &output.shape, bytes.len());
        let values = Values::new(output.element, &output.shape, &bytes).with_attributes(&attributes).stored(storage);
        writer.rows(source, &format!("data.{}", output.key), &values)?;
    }
    Ok(())
}

fn storage(element: ElementType, shape: &[u64], bytes: usize) -> Storage {
    if bytes <= PLAIN_BYTES {
        return Storage::Contiguous;
    }
    Storage::compressed(&Codec::Deflate { level: 1 }, element, shape)
}

fn fates(writer: &mut FileWriter, source: &str, trains: &[u64], part: &Part) -> Result<()> {
    Ids::of(trains, part, 0..part.fates.len()).write(writer, source)?;
    writer.rows(source, "data.fate", &Values::of(&part.fates, &[]))
}
