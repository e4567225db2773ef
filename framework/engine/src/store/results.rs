//! Results by frame and train, fate and columns of every frame: `<CLASS>-R<run>-REDU00-S<seq>.h5`.

use super::{Kept, Part, SpooledRows};
use crate::algorithm::{ColumnKind, OutputDecl, Rows};
use crate::plan::{Job, COLUMNS, FATE};
use std::borrow::Cow;
use std::path::Path;
use trainyard_codec::Codec;
use trainyard_format::map::ElementType;
use trainyard_format::write::{unit, FileReceipt, FileWriter, Storage, Values};
use trainyard_format::Result;

/// Larger datasets are stored in compressed chunks.
const PLAIN_BYTES: u64 = 64 << 10;

/// `last` is the part of the last pass; `rows` those of all passes.
///
/// # Errors
/// I/O errors; results that do not match their declaration are a bug.
pub fn write_results(
    job: &Job,
    sequence: usize,
    last: &Part,
    rows: &[SpooledRows],
    path: &Path,
) -> Result<FileReceipt> {
    let trains = job.sequence_trains(sequence);
    let mut writer = FileWriter::create(job.file_spec(path, trains, sequence as u32))?;
    for (step, planned) in job.steps.iter().enumerate() {
        let source = format!("{}:output", planned.source);
        let results = StepRows { whose: Kept::Rows(step), group: "data", rows, outputs: planned.step.rows.declared() };
        match &planned.step.rows {
            Rows::ByFrame(_) => {
                let ids = Ids::of(trains, last, results.positions());
                ids.write(&mut writer, &source)?;
                results.write(&mut writer, &source)?;
            }
            Rows::ByTrain(_) => {
                let mut counts = vec![0; trains.len()];
                let mut ids = Vec::new();
                for train in results.positions() {
                    counts[train] = 1;
                    ids.push(trains[train]);
                }
                writer.instrument_index(&source, "data", &counts)?;
                writer.rows(&source, "data.trainId", &Values::of(&ids, &[]))?;
                results.write(&mut writer, &source)?;
            }
            Rows::None => {}
        }
        if let Some(list) = &planned.step.list {
            let entries = StepRows { whose: Kept::List(step), group: list.group, rows, outputs: &list.outputs };
            let ids = Ids::of(trains, last, entries.positions());
            writer.instrument_index(&source, list.group, &ids.counts)?;
            writer.rows(&source, &format!("{}.trainId", list.group), &Values::of(&ids.train, &[]))?;
            writer.rows(&source, &format!("{}.pulseId", list.group), &Values::of(&ids.pulse, &[]))?;
            entries.write(&mut writer, &source)?;
        }
    }
    fates_and_columns(&mut writer, (job, 0), trains, last)?;
    writer.finish_unsynced()
}

/// Fates as the run folder of a writer tells them, and columns: what a reader of that folder alone needs.
///
/// # Errors
/// I/O errors.
pub fn write_fates(job: &Job, (sequence, writer): (usize, usize), last: &Part, path: &Path) -> Result<FileReceipt> {
    let trains = job.sequence_trains(sequence);
    let mut file = FileWriter::create(job.file_spec(path, trains, sequence as u32))?;
    fates_and_columns(&mut file, (job, writer), trains, last)?;
    file.finish_unsynced()
}

fn fates_and_columns(file: &mut FileWriter, (job, writer): (&Job, usize), trains: &[u64], last: &Part) -> Result<()> {
    let source = format!("{}/{FATE}:output", job.results);
    Ids::of(trains, last, 0..last.fates.len()).write(file, &source)?;
    file.rows(&source, "data.fate", &Values::of(&job.fates_in(writer, last, 0..last.fates.len()), &[]))?;
    columns(file, job, trains, last)
}

/// The rows of one step, in their order.
struct StepRows<'a> {
    whose: Kept,
    /// index group of the datasets
    group: &'static str,
    rows: &'a [SpooledRows],
    outputs: &'a [OutputDecl],
}

impl StepRows<'_> {
    /// Of what frame or train each row is.
    fn positions(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().flat_map(|rows| rows.of(self.whose)).map(|position| position as usize)
    }

    /// Dataset by dataset, each in pieces.
    fn write(&self, writer: &mut FileWriter, source: &str) -> Result<()> {
        let rows = self.positions().count() as u64;
        let row_bytes: usize = self.outputs.iter().map(OutputDecl::row_bytes).sum();
        let mut start = 0;
        for output in self.outputs {
            let own = start..start + output.row_bytes();
            start = own.end;
            let attributes = unit(&output.description, &output.unit, &output.unit);
            let storage = storage(output.element, &output.shape, rows.saturating_mul(own.len() as u64));
            let values = Values::new(output.element, &output.shape, &[]).with_attributes(&attributes).stored(storage);
            let cut = |piece: Vec<u8>| {
                let rows = piece.chunks_exact(row_bytes.max(1));
                Cow::Owned(rows.flat_map(|row| &row[own.clone()]).copied().collect::<Vec<u8>>())
            };
            let mut pieces = self.rows.iter().flat_map(|rows| rows.pieces(self.whose)).map(|piece| piece.map(cut));
            writer.rows_in_pieces(source, &format!("{}.{}", self.group, output.key), (rows, &values), &mut pieces)?;
        }
        Ok(())
    }
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

fn storage(element: ElementType, shape: &[u64], bytes: u64) -> Storage {
    if bytes <= PLAIN_BYTES {
        return Storage::Contiguous;
    }
    Storage::compressed(&Codec::Deflate { level: 1 }, element, shape)
}

/// All columns of all frames, so that anyone can ask later why a frame went.
fn columns(writer: &mut FileWriter, job: &Job, trains: &[u64], part: &Part) -> Result<()> {
    let made = job.made_columns();
    if made.is_empty() {
        return Ok(());
    }
    let source = format!("{}/{COLUMNS}:output", job.results);
    Ids::of(trains, part, 0..part.fates.len()).write(writer, &source)?;
    for (column, values) in made.iter().zip(part.columns.iter().skip(Job::BUILT_IN_COLUMNS.len())) {
        let description = if column.kind == ColumnKind::Bool { "0 or 1, NaN: no value" } else { "NaN: no value" };
        let attributes = unit(description, &column.unit, &column.unit);
        let bytes = values.len() as u64 * size_of::<f64>() as u64;
        let values = Values::of(values, &[]).with_attributes(&attributes).stored(storage(ElementType::F64, &[], bytes));
        writer.rows(&source, &format!("data.{}", column.name), &values)?;
    }
    Ok(())
}
