//! Slow data: everything that is not the reduced detector, file by file as the input cuts it.

use crate::plan::Job;
use std::collections::BTreeSet;
use std::path::Path;
use trainyard_format::map::SourceMap;
use trainyard_format::run::FileName;
use trainyard_format::write::CopyRequest;
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
    /// everything stays: the file is copied as it is
    pub whole: bool,
}

/// Work units of slow data, in the order of the input files.
pub fn slow_units(job: &Job) -> Vec<SlowUnit> {
    let wanted: BTreeSet<&str> = job.copy.iter().map(String::as_str).collect();
    let selected: BTreeSet<u64> = job.trains.iter().copied().collect();
    let mut units: Vec<SlowUnit> = Vec::new();
    for (number, file) in job.run.files.iter().enumerate() {
        let first_with = |s: &SourceMap| {
            let entry = job.run.sources.get(&s.name);
            // a source that several folders have is taken from the folder the run takes it from
            entry.is_none_or(|e| e.files.iter().any(|(f, _)| *f == number))
        };
        let carried = |s: &&SourceMap| {
            let name = s.legacy_target.as_deref().unwrap_or(&s.name);
            wanted.contains(name) && first_with(s)
        };
        let sources: Vec<String> = file.sources.iter().filter(carried).map(|s| s.name.clone()).collect();
        let trains: Vec<u64> = file.trains.iter().copied().filter(|t| selected.contains(t)).collect();
        if sources.is_empty() || trains.is_empty() {
            continue;
        }
        let name = name_of(job, number);
        if units.iter().any(|u| u.name == name) {
            continue;
        }
        let whole = sources.len() == file.sources.len() && trains == file.trains;
        units.push(SlowUnit { file: number, name, sources, trains, whole });
    }
    units
}

/// The input's own name. Where frames are written to a file of that name too (a camera beside slow data, a detector with
/// records of an earlier reduction), the other sources of the file go to an aggregator of their own: `AUXDA01`.
fn name_of(job: &Job, number: usize) -> String {
    let file = &job.run.files[number];
    let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let shared = job.writes_frames() && job.detector.modules.iter().flat_map(|m| &m.parts).any(|p| p.file == number);
    if !shared {
        return name;
    }
    let mut parts = FileName::of(file);
    parts.aggregator = format!("AUX{}", parts.aggregator);
    parts.to_string()
}

impl SlowUnit {
    /// # Errors
    /// I/O errors, or damage of the input file.
    pub fn copy(&self, job: &Job, output: &Path) -> Result<()> {
        let input = &job.run.files[self.file];
        if self.whole {
            return job.pool.copy_whole(&input.path, output).map(|_| ());
        }
        let request = CopyRequest {
            input: input.path.clone(),
            output: output.into(),
            sources: self.sources.clone(),
            trains: self.trains.iter().map(|&t| job.train_info(t)).collect(),
            metadata: input.metadata.clone(),
            daq_library: job.daq_library.clone(),
        };
        job.pool.copy(&request).map(|_| ())
    }
}
