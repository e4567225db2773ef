//! The detector's files of one sequence: kept frames chunk by chunk, every other key of the source by selection.

use super::auxiliary::write_auxiliary;
use super::chunks::FinishedChunk;
use super::source_rows::SourceRows;
use super::LostRows;
use crate::compute::OutputPlan;
use crate::plan::Job;
use crate::read::{ModuleStreams, Prepared};
use std::path::Path;
use trainyard_codec::lossy::{Achieved, Lossy, Mode};
use trainyard_format::detector::Row;
use trainyard_format::map::{Attribute, AttributeValue, ElementType, Section};
use trainyard_format::write::{unit, FileReceipt, FileWriter, PixelDataset, PixelSpec, Values};
use trainyard_format::{Error, Result};

pub struct DetectorFiles<'a> {
    job: &'a Job,
    /// number of the writer whose files these are
    writer: usize,
    modules: &'a [ModuleStreams],
    /// one writer per aggregator
    writers: Vec<FileWriter>,
    /// position in `writers`, by module
    writer_of: Vec<usize>,
    /// `[module][stream]`
    datasets: Vec<Vec<Option<PixelDataset>>>,
    chunks_written: Vec<Vec<u64>>,
    /// kept rows of each module, in order: (position of the train, row)
    rows: Vec<Vec<(usize, Row)>>,
    lost: LostRows,
}

impl<'a> DetectorFiles<'a> {
    /// # Errors
    /// I/O errors.
    pub fn create(
        (job, writer): (&'a Job, usize),
        modules: &'a [ModuleStreams],
        outputs: &OutputPlan,
        prepared: &Prepared,
        folder: &Path,
    ) -> Result<Self> {
        let trains = job.sequence_trains(prepared.sequence);
        let mut names: Vec<String> = Vec::new();
        let mut writers = Vec::new();
        let (own, mut writer_of) = (&job.writers[writer], Vec::new());
        for module in 0..job.detector.modules.len() {
            let name = job.detector_file_name(module, prepared.sequence);
            let position = match names.iter().position(|n| *n == name) {
                Some(position) => position,
                None => {
                    let spec = job.file_spec(&folder.join(own.path(&name)), trains, prepared.sequence as u32);
                    writers.push(FileWriter::create(spec)?);
                    names.push(name);
                    names.len() - 1
                }
            };
            writer_of.push(position);
        }
        let candidates: Vec<usize> = prepared.blocks.iter().flat_map(|b| b.frames.iter().copied()).collect();
        let mut datasets = Vec::new();
        for (module, streams) in modules.iter().enumerate() {
            let rows = candidates.iter().filter(|f| prepared.frames.rows[module][**f].is_some()).count() as u64;
            let mut of_module = Vec::new();
            for (stream, output) in streams.streams.iter().zip(&outputs.streams[module]) {
                let Some(output) = output else {
                    of_module.push(None);
                    continue;
                };
                let spec = PixelSpec {
                    element: output.layout.element,
                    row_shape: output.layout.shape.clone(),
                    rows_per_chunk: output.rows_per_chunk,
                    filters: output.filters.clone(),
                    capacity_rows: rows,
                    attributes: attributes(job, module, &stream.key, job.lossy(writer).is_some()),
                };
                let file: &mut FileWriter = &mut writers[writer_of[module]];
                of_module.push(Some(file.pixels(&job.detector.modules[module].source, &stream.key, &spec)?));
            }
            datasets.push(of_module);
        }
        let chunks_written = datasets.iter().map(|d| vec![0; d.len()]).collect();
        let rows = vec![Vec::new(); modules.len()];
        let lost = prepared.lost.clone();
        Ok(DetectorFiles { job, writer, modules, writers, writer_of, datasets, chunks_written, rows, lost })
    }

    /// Notes that a row is kept.
    pub fn keep(&mut self, module: usize, train: usize, row: Row) {
        self.rows[module].push((train, row));
    }

    pub fn write(&mut self, module: usize, stream: usize, chunk: &FinishedChunk) -> Result<()> {
        let Some(dataset) = self.datasets[module][stream] else { return Ok(()) };
        let number = &mut self.chunks_written[module][stream];
        self.writers[self.writer_of[module]].write_chunk(
            dataset,
            *number,
            chunk.filter_mask,
            chunk.bytes.as_slice(),
        )?;
        *number += 1;
        Ok(())
    }

    /// Writes everything that goes along with the kept rows and closes the files; reading them back makes them durable.
    ///
    /// # Errors
    /// I/O errors; keys that cannot be read.
    pub fn finish(self, trains: &[u64], achieved: &[Achieved]) -> Result<Vec<FileReceipt>> {
        let job = self.job;
        self.complete(trains, achieved).map_err(|error| {
            // of rows of many trains that were read at once it can be told which is damaged
            let looked = matches!(error, Error::Input { .. }).then(|| LostRows::look(job, trains));
            let found = looked.and_then(Result::ok).and_then(|(_, found)| found.into_iter().next());
            found.map_or(error, |(_, damage)| damage)
        })
    }

    fn complete(mut self, trains: &[u64], achieved: &[Achieved]) -> Result<Vec<FileReceipt>> {
        for module in 0..self.modules.len() {
            if let (Some(achieved), Some(Some(image))) = (achieved.get(module), self.datasets[module].first()) {
                let attributes = lossy_attributes(self.job.lossy(self.writer), achieved);
                self.writers[self.writer_of[module]].annotate(*image, &attributes)?;
            }
            self.finish_module(module, trains)?;
        }
        for (position, writer) in self.writers.iter_mut().enumerate() {
            let modules: Vec<usize> = (0..self.modules.len()).filter(|&m| self.writer_of[m] == position).collect();
            write_auxiliary(self.job, writer, &modules, trains, &self.lost)?;
        }
        self.writers.into_iter().map(FileWriter::finish_unsynced).collect()
    }

    fn finish_module(&mut self, module: usize, trains: &[u64]) -> Result<()> {
        let job = self.job;
        let info = &job.detector.modules[module];
        let rows = std::mem::take(&mut self.rows[module]);
        let writer = &mut self.writers[self.writer_of[module]];
        for dataset in self.datasets[module].iter().flatten() {
            writer.finish_pixels(*dataset, rows.len() as u64)?;
        }
        let mut counts = vec![0u64; trains.len()];
        rows.iter().for_each(|(train, _)| counts[*train] += 1);
        let selection: Vec<(usize, u64)> = rows.iter().map(|(_, r)| (r.part as usize, r.row)).collect();
        let parts = info.parts.iter().map(|part| (part.file, part.source)).collect();
        let source = SourceRows { job, section: Section::Instrument, name: &info.source, parts, lost: &self.lost };
        for name in source.groups() {
            let of_frames = name == job.detector.group;
            let (counts, selection) =
                if of_frames { (counts.clone(), selection.clone()) } else { source.of_trains(name, trains)? };
            writer.instrument_index(&info.source, name, &counts)?;
            let streamed = |key: &str| of_frames && self.modules[module].streams.iter().any(|stream| stream.key == key);
            source.copy(writer, name, &selection, streamed)?;
        }
        copy_run_values(job, writer, module)?;
        for (source, target) in job.legacy_names(module) {
            writer.legacy_name(&source, &target)?;
        }
        Ok(())
    }
}

/// Those of the input. What an earlier lossy compression promised still holds where pixels leave as they came, and is
/// replaced where they are compressed `anew`; what it achieved was said of the rows of one file, which are others now.
fn attributes(job: &Job, module: usize, key: &str, anew: bool) -> Vec<Attribute> {
    let mut attributes = job.attributes(module, key);
    if key == job.detector.pixel_key {
        attributes.retain(|a| !(anew && a.name.starts_with(LOSSY) || ACHIEVED.contains(&a.name.as_str())));
        let written = job.written();
        if written.unit != job.read.unit {
            attributes.retain(|a| !UNIT.contains(&a.name.as_str()));
            attributes.extend(written.unit.iter().flat_map(|own| unit("pixels", &own.symbol, &own.name)));
        }
    }
    attributes
}

/// What was promised and what was achieved, on the dataset itself.
fn lossy_attributes(lossy: Option<&Lossy>, achieved: &Achieved) -> Vec<Attribute> {
    let Some((mode, bound)) = lossy.map(|l| bound_of(&l.mode)) else { return Vec::new() };
    let number = |name: &str, value: f64| Attribute {
        name: name.into(),
        value: AttributeValue::Float { values: vec![value], shape: Vec::new(), element: ElementType::F64 },
    };
    let text = |name: &str, value: String| Attribute { name: name.into(), value: AttributeValue::Text(value) };
    let mut attributes = vec![
        text("lossyCodec", LOSSY_CODEC.into()),
        text("lossyBoundKind", mode.into()),
        number("lossyBound", bound),
        number(ACHIEVED[0], achieved.max_error),
        number(ACHIEVED[1], achieved.lossless_chunks as f64),
    ];
    attributes.extend(achieved.psnr().filter(|p| p.is_finite()).map(|p| number(ACHIEVED[2], p)));
    attributes
}

/// Name and number of a bound.
pub fn bound_of(mode: &Mode) -> (&'static str, f64) {
    match *mode {
        Mode::Absolute(bound) => ("absolute", bound),
        Mode::Relative(bound) => ("relative", bound),
        Mode::Psnr(bound) => ("psnr", bound),
    }
}

/// Those that a unit of a step's replaces.
const UNIT: [&str; 7] =
    ["description", "metricPrefixEnum", "metricPrefixName", "metricPrefixSymbol", "unitEnum", "unitName", "unitSymbol"];

/// Attributes about loss begin so.
const LOSSY: &str = "lossy";

/// Those that tell of the rows of one file.
const ACHIEVED: [&str; 3] = ["lossyMaxError", "lossyLosslessChunks", "lossyPsnr"];

/// Streams are those of SZ3 3.1, whatever plug-in wrote them: others are refused.
pub const LOSSY_CODEC: &str = "SZ3 3.1";

/// RUN values of the module's source, from the first file that has any.
fn copy_run_values(job: &Job, writer: &mut FileWriter, module: usize) -> Result<()> {
    let info = &job.detector.modules[module];
    let with_values = info.parts.iter().find(|p| !job.run.files[p.file].sources[p.source].run_values.is_empty());
    let Some(part) = with_values else { return Ok(()) };
    let file = &job.run.files[part.file];
    for dataset in &file.sources[part.source].run_values {
        let key = dataset.key.strip_suffix(".value").unwrap_or(&dataset.key);
        let one_row = dataset.shape.first() == Some(&1) && !dataset.shape.contains(&0);
        if !one_row || dataset.key.ends_with(".timestamp") {
            writer.note(&dataset.path, "no RUN value of one row, left out");
        } else if dataset.element.is_number() {
            let rows = job.pool.rows(&file.path, &dataset.path, &[(0, 1)])?;
            let values =
                Values::new(dataset.element, dataset.row_shape(), &rows.bytes).with_attributes(&dataset.attributes);
            writer.run_value(&info.source, key, &values)?;
        } else if dataset.element.is_text() {
            let texts = job.pool.strings(&file.path, &dataset.path, &[(0, 1)])?;
            writer.run_text(&info.source, key, texts.first().map_or("", String::as_str))?;
        }
    }
    Ok(())
}
