//! Slow data: everything that is not the reduced detector, file by file as the input cuts it.

use super::auxiliary::goes_along;
use crate::plan::Job;
use std::collections::BTreeSet;
use std::path::Path;
use trainyard_format::map::FormatVersion;
use trainyard_format::run::FileName;
use trainyard_format::write::{copy_whole, CopyRequest};
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
    let carried = job.carried_sources();
    let selected: BTreeSet<u64> = job.trains.iter().copied().collect();
    let mut units: Vec<SlowUnit> = Vec::new();
    for (number, file) in job.run.files.iter().enumerate() {
        let numbered = file.sources.iter().enumerate();
        let here = numbered.filter(|(at, s)| carried.contains(&(number, *at)) && !goes_along(job, number, s));
        let sources: Vec<String> = here.map(|(_, s)| s.name.clone()).collect();
        let mut trains: Vec<u64> = file.trains.iter().copied().filter(|t| selected.contains(t)).collect();
        // a file whose ids do not increase is written anew, in order
        trains.sort_unstable();
        let deselected = trains.is_empty() && !file.trains.is_empty();
        if sources.is_empty() || deselected {
            continue;
        }
        let name = name_of(job, number);
        if units.iter().any(|u| u.name == name) {
            continue;
        }
        let whole = sources.len() == file.sources.len() && trains == file.trains && is_current(&file.version);
        units.push(SlowUnit { file: number, name, sources, trains, whole });
    }
    units
}

/// Whether a file of this version may stand beside those that are written: those before 1.2 lack lists, or mean something
/// else by the same ones, and are written anew.
fn is_current(version: &FormatVersion) -> bool {
    matches!(version, FormatVersion::Stated(stated) if !matches!(stated.as_str(), "0.1" | "0.5" | "1.0" | "1.1"))
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
            return copy_whole(&input.path, output).map(|_| ());
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
