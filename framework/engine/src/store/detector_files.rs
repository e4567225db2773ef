//! The detector's files of one sequence: kept frames chunk by chunk, every other key of the source by selection.

use super::chunks::FinishedChunk;
use crate::compute::OutputPlan;
use crate::plan::Job;
use crate::read::{is_stream, ModuleStreams, Prepared};
use std::path::Path;
use trainyard_codec::lossy::{Achieved, Mode};
use trainyard_format::detector::Row;
use trainyard_format::map::{Attribute, AttributeValue, ElementType, GroupMap};
use trainyard_format::write::{FileReceipt, FileWriter, PixelDataset, PixelSpec, Values};
use trainyard_format::{Error, Place, Result};

pub struct DetectorFiles<'a> {
    job: &'a Job,
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
}

impl<'a> DetectorFiles<'a> {
    /// # Errors
    /// I/O errors.
    pub fn create(
        job: &'a Job,
        modules: &'a [ModuleStreams],
        outputs: &OutputPlan,
        prepared: &Prepared,
        folder: &Path,
    ) -> Result<Self> {
        let trains = job.sequence_trains(prepared.sequence);
        let mut names: Vec<String> = Vec::new();
        let mut writers = Vec::new();
        let mut writer_of = Vec::new();
        for module in 0..job.detector.modules.len() {
            let name = job.detector_file_name(module, prepared.sequence);
            let position = match names.iter().position(|n| *n == name) {
                Some(position) => position,
                None => {
                    let spec = job.file_spec(&folder.join(&name), trains, prepared.sequence as u32);
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
                    element: stream.element,
                    row_shape: stream.row_shape.clone(),
                    rows_per_chunk: output.rows_per_chunk,
                    filters: output.filters.clone(),
                    capacity_rows: rows,
                    attributes: job.attributes(module, &stream.key),
                };
                let writer: &mut FileWriter = &mut writers[writer_of[module]];
                of_module.push(Some(writer.pixels(&job.detector.modules[module].source, &stream.key, &spec)?));
            }
            datasets.push(of_module);
        }
        let chunks_written = datasets.iter().map(|d| vec![0; d.len()]).collect();
        let rows = vec![Vec::new(); modules.len()];
        Ok(DetectorFiles { job, modules, writers, writer_of, datasets, chunks_written, rows })
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

    /// Writes everything that goes along with the kept rows and closes the files.
    ///
    /// # Errors
    /// I/O errors; keys that cannot be read.
    pub fn finish(mut self, trains: &[u64], achieved: &[Achieved]) -> Result<Vec<FileReceipt>> {
        for module in 0..self.modules.len() {
            if let (Some(achieved), Some(Some(image))) = (achieved.get(module), self.datasets[module].first()) {
                let attributes = lossy_attributes(self.job, achieved);
                self.writers[self.writer_of[module]].annotate(*image, &attributes)?;
            }
            self.finish_module(module, trains)?;
        }
        self.writers.into_iter().map(FileWriter::finish).collect()
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
        let mut groups: Vec<&str> = Vec::new();
        for part in &info.parts {
            for group in &job.run.files[part.file].sources[part.source].groups {
                if !groups.contains(&group.name.as_str()) {
                    groups.push(&group.name);
                }
            }
        }
        groups.sort_unstable();
        for name in groups {
            let of_frames = name == job.detector.group;
            let (counts, selection) =
                if of_frames { (counts.clone(), selection.clone()) } else { train_rows(job, module, name, trains) };
            writer.instrument_index(&info.source, name, &counts)?;
            copy_keys(job, writer, module, name, &selection, of_frames)?;
        }
        copy_run_values(job, writer, module)?;
        for (source, target) in job.legacy_names(module) {
            writer.legacy_name(&source, &target)?;
        }
        Ok(())
    }
}

/// What was promised and what was achieved, on the dataset itself.
fn lossy_attributes(job: &Job, achieved: &Achieved) -> Vec<Attribute> {
    let Some((mode, bound)) = job.lossy().map(|l| bound_of(&l.mode)) else { return Vec::new() };
    let number = |name: &str, value: f64| Attribute {
        name: name.into(),
        value: AttributeValue::Float { values: vec![value], shape: Vec::new(), element: ElementType::F64 },
    };
    let text = |name: &str, value: String| Attribute { name: name.into(), value: AttributeValue::Text(value) };
    let mut attributes = vec![
        text("lossyCodec", LOSSY_CODEC.into()),
        text("lossyBoundKind", mode.into()),
        number("lossyBound", bound),
        number("lossyMaxError", achieved.max_error),
        number("lossyLosslessChunks", achieved.lossless_chunks as f64),
    ];
    attributes.extend(achieved.psnr().filter(|p| p.is_finite()).map(|p| number("lossyPsnr", p)));
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

/// Streams are those of SZ3 3.1, whatever plug-in wrote them: others are refused.
pub const LOSSY_CODEC: &str = "SZ3 3.1";

fn part_group<'j>(job: &'j Job, module: usize, part: usize, group: &str) -> Option<&'j GroupMap> {
    let part = job.detector.modules[module].parts.get(part)?;
    job.run.files.get(part.file)?.sources.get(part.source)?.groups.iter().find(|g| g.name == group)
}

/// Counts by train, and (part, row) of all rows that the selected trains have in a group beside the frames.
fn train_rows(job: &Job, module: usize, group: &str, trains: &[u64]) -> (Vec<u64>, Vec<(usize, u64)>) {
    let mut counts = vec![0; trains.len()];
    let mut rows = Vec::new();
    for (t, train) in trains.iter().enumerate() {
        for (number, part) in job.detector.modules[module].parts.iter().enumerate() {
            let Some(found) = part_group(job, module, number, group) else { continue };
            let file = &job.run.files[part.file];
            let Some(row) = file.trains.iter().position(|id| id == train) else { continue };
            let (first, count) = (found.first[row], found.count[row]);
            rows.extend((first..first.saturating_add(count)).map(|r| (number, r)));
            counts[t] += count;
            break;
        }
    }
    (counts, rows)
}

fn copy_keys(
    job: &Job,
    writer: &mut FileWriter,
    module: usize,
    group: &str,
    selection: &[(usize, u64)],
    of_frames: bool,
) -> Result<()> {
    let info = &job.detector.modules[module];
    let mut keys: Vec<String> = Vec::new();
    for part in 0..info.parts.len() {
        let Some(group) = part_group(job, module, part, group) else { continue };
        for dataset in &group.datasets {
            let key = group.source_key(dataset);
            let streamed = of_frames && is_stream(&key, dataset, &job.detector);
            if !streamed && !dataset.shape.is_empty() && !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    for key in &keys {
        let mut bytes = Vec::new();
        let mut layout: Option<(ElementType, Vec<u64>)> = None;
        // runs of rows of one part are asked for together
        let mut start = 0;
        while start < selection.len() {
            let part = selection[start].0;
            let end = selection[start..].iter().position(|s| s.0 != part).map_or(selection.len(), |n| start + n);
            let file = &job.run.files[info.parts[part].file];
            let place = || Place::file(&file.path).source(format!("{}/{key}", info.source));
            let dataset = part_group(job, module, part, group).and_then(|g| g.dataset(key));
            let dataset = dataset.ok_or_else(|| Error::input("the key is missing in one of the files", place()))?;
            let ranges = ranges(&selection[start..end]);
            let this = (dataset.element, dataset.row_shape().to_vec());
            if let Some(first) = layout.as_ref().filter(|first| **first != this) {
                let what =
                    format!("rows are {:?} {:?}, in an earlier file {:?} {:?}", this.0, this.1, first.0, first.1);
                return Err(Error::input(what, place()));
            }
            let rows = job.pool.rows(&file.path, &dataset.path, &ranges)?;
            bytes.extend_from_slice(&rows.bytes);
            layout = Some(this);
            start = end;
        }
        let first = part_group(job, module, 0, group).and_then(|g| g.dataset(key));
        let layout = layout.or_else(|| first.map(|d| (d.element, d.row_shape().to_vec())));
        let Some((element, shape)) = layout else { continue };
        if !element.is_number() {
            writer.note(key, "not a number, left out");
            continue;
        }
        if shape.contains(&0) {
            writer.note(key, "rows without values, left out");
            continue;
        }
        let attributes = job.attributes(module, key);
        let values = Values::new(element, &shape, &bytes).with_attributes(&attributes);
        writer.rows(&info.source, key, &values)?;
    }
    Ok(())
}

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
        } else if matches!(dataset.element, ElementType::VarString | ElementType::FixedString(_)) {
            let texts = job.pool.strings(&file.path, &dataset.path, &[(0, 1)])?;
            writer.run_text(&info.source, key, texts.first().map_or("", String::as_str))?;
        }
    }
    Ok(())
}

/// Neighbouring rows as (first, count).
fn ranges(selection: &[(usize, u64)]) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &(_, row) in selection {
        match ranges.last_mut() {
            Some((first, count)) if *first + *count == row => *count += 1,
            _ => ranges.push((row, 1)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    #[test]
    fn neighbours_share_a_range() {
        let rows = [(0, 3), (0, 4), (0, 5), (0, 9), (0, 2)];
        assert_eq!(super::ranges(&rows), vec![(3, 3), (9, 1), (2, 1)]);
    }
}
