//! Slow data: everything that is not the reduced detector, file by file as the input cuts it.

use super::auxiliary::goes_along;
use crate::plan::Job;
use std::collections::BTreeSet;
use std::path::Path;
use trainyard_format::map::{FileMap, FormatVersion, Metadata};
use trainyard_format::run::FileName;
use trainyard_format::write::{CopyRequest, FileReceipt};
use trainyard_format::Result;

/// One input file whose sources, or some of them, go into the reduced run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowUnit {
    /// index in `Run::files`
    pub file: usize,
    /// name of the file in the reduced run
    pub name: String,
    pub sources: Vec<String>,
    /// selected trains of the file
    pub trains: Vec<u64>,
    /// everything stays: the file is copied as it is, unless something in it turns out to lead out of it
    pub whole: bool,
}

/// Work units of slow data, in the order of the input files.
pub fn slow_units(job: &Job) -> Vec<SlowUnit> {
    let carried = job.carried_sources();
    let selected: BTreeSet<u64> = job.trains.iter().copied().collect();
    let mut units: Vec<SlowUnit> = Vec::new();
    let mut names: BTreeSet<String> = BTreeSet::new();
    for (number, file) in job.run.files.iter().enumerate() {
        let numbered = file.sources.iter().enumerate();
        let here = numbered.filter(|(at, s)| carried.contains(&(number, *at)) && !goes_along(job, number, s));
        let sources: Vec<String> = here.map(|(_, s)| s.name.clone()).collect();
        let mut trains: Vec<u64> = file.trains.iter().copied().filter(|t| selected.contains(t)).collect();
        // a file that has no trains at all may have RUN values
        let deselected = trains.is_empty() && !file.trains.is_empty();
        if sources.is_empty() || deselected {
            continue;
        }
        let whole = sources.len() == file.sources.len()
            && trains == file.trains
            && is_current(&file.version)
            && !file.has_values_outside();
        // what is written anew is in order, whatever the input is
        trains.sort_unstable();
        let mut name = name_of(job, number);
        while !names.insert(name.clone()) {
            // the same name in another folder, which has other sources
            name = aside(job, number, &name);
        }
        units.push(SlowUnit { file: number, name, sources, trains, whole });
    }
    close_gaps(job, &mut units);
    units
}

/// Whether a file of this version may stand beside those that are written: those before 1.2 lack lists, or mean something
/// else by the same ones, and are written anew.
fn is_current(version: &FormatVersion) -> bool {
    matches!(version, FormatVersion::Stated(stated) if !matches!(stated.as_str(), "0.1" | "0.5" | "1.0" | "1.1"))
}

/// The input's own name. Where frames are written to files of that aggregator too (a camera beside slow data, a detector
/// with records of an earlier reduction), the other sources go to an aggregator of their own: `AUXDA01`.
fn name_of(job: &Job, number: usize) -> String {
    let file = &job.run.files[number];
    let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let parts = FileName::of(file);
    let beside_frames = parts.class == job.class && job.detector_aggregators.contains(&parts.aggregator);
    let among_frames = job.detector.modules.iter().flat_map(|m| &m.parts).any(|p| p.file == number);
    if job.writes_frames() && (beside_frames || among_frames) {
        aside(job, number, &name)
    } else {
        name
    }
}

fn aside(job: &Job, number: usize, name: &str) -> String {
    let mut parts = FileName::parse(name).unwrap_or_else(|| FileName::of(&job.run.files[number]));
    parts.aggregator = format!("AUX{}", parts.aggregator);
    parts.to_string()
}

/// Files of which nothing is carried over leave no gap in the sequences of their aggregator; a gap that the input has
/// stays. A file that gets another number is no copy as it is: its METADATA tell the number.
fn close_gaps(job: &Job, units: &mut [SlowUnit]) {
    let series = |name: FileName| (name.class, name.run, name.aggregator);
    let carried: BTreeSet<usize> = units.iter().map(|unit| unit.file).collect();
    let left: Vec<FileName> =
        (0..job.run.files.len()).filter(|n| !carried.contains(n)).filter_map(|n| job.run.file_name(n)).collect();
    for unit in units {
        let Some(mut name) = FileName::parse(&unit.name) else { continue };
        let (Some(sequence), Some(own)) = (name.sequence, job.run.file_name(unit.file)) else { continue };
        let before = left
            .iter()
            .filter(|other| other.sequence < own.sequence && series((*other).clone()) == series(own.clone()));
        let before = u32::try_from(before.count()).unwrap_or(u32::MAX);
        if before > 0 {
            name.sequence = Some(sequence.saturating_sub(before));
            unit.name = name.to_string();
            unit.whole = false;
        }
    }
}

impl SlowUnit {
    /// Copies; whoever reads the copy back makes it durable.
    ///
    /// # Errors
    /// I/O errors, or damage of the input file.
    pub fn copy(&self, job: &Job, output: &Path) -> Result<FileReceipt> {
        let input = &job.run.files[self.file];
        if self.whole {
            if let Some(receipt) = job.pool.copy_whole(&input.path, output, input.stamp.size)? {
                return Ok(receipt);
            }
        }
        let request = CopyRequest {
            input: input.path.clone(),
            output: output.into(),
            sources: self.sources.clone(),
            trains: self.trains.iter().map(|&t| job.train_info(t)).collect(),
            metadata: self.metadata(input),
            daq_library: job.daq_library.clone(),
        };
        job.pool.copy(&request)
    }

    /// The input's, with the number that the file has now.
    fn metadata(&self, input: &FileMap) -> Metadata {
        let mut metadata = input.metadata.clone();
        let number = |name: Option<FileName>| name.and_then(|name| name.sequence);
        let now = number(FileName::parse(&self.name));
        if now != number(Some(FileName::of(input))) {
            metadata.sequence_number = now;
        }
        metadata
    }
}
