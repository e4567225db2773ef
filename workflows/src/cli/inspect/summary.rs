//! A run in figures.

use super::detectors::DetectorLine;
use super::filters::{filters, FilterLine};
use super::sources::SourceLine;
use super::trains::Trains;
use serde::Serialize;
use trainyard_format::detector::Detector;
use trainyard_format::map::{FileMap, FormatVersion};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::Result;

#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    pub folders: Vec<String>,
    pub about: About,
    pub trains: Trains,
    pub detectors: Vec<DetectorLine>,
    pub files: Vec<FileLine>,
    pub sources: Vec<SourceLine>,
    pub filters: Vec<FilterLine>,
    /// files left out
    pub skipped: Vec<String>,
    /// what is odd but does not hinder
    pub problems: Vec<String>,
}

/// What the first file that knows says of the run.
#[derive(Clone, Debug, Serialize)]
pub struct About {
    pub proposal: Option<u32>,
    pub run: Option<u32>,
    pub sample: Option<String>,
    pub run_type: Option<String>,
    /// as stored, such as `20230812T101112Z`
    pub created: Option<String>,
    pub bytes: u64,
    /// versions of the format, each once
    pub formats: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
pub struct FileLine {
    pub path: String,
    pub format: String,
    pub trains: usize,
    pub first: Option<u64>,
    pub last: Option<u64>,
    pub sources: usize,
    pub bytes: u64,
}

impl Summary {
    /// # Errors
    /// Failures of the machine.
    pub fn of(run: &Run, openers: &OpenerPool) -> Result<Self> {
        let mut problems: Vec<String> = run.problems.iter().map(|e| format!("{}: {e}", e.place())).collect();
        let mut detectors = Vec::new();
        for detector in Detector::all(run) {
            match detector {
                Ok(mut detector) => {
                    detector.look_for_parallel_gain(run, openers)?;
                    detectors.push(DetectorLine::of(run, &detector));
                }
                Err(error) => problems.push(format!("{}: {error}", error.place())),
            }
        }
        Ok(Summary {
            folders: run.folders.iter().map(|folder| folder.display().to_string()).collect(),
            about: about(run),
            trains: Trains::of(run),
            detectors,
            files: run.files.iter().map(|file| line(file)).collect(),
            sources: run.sources.iter().map(|(name, entry)| SourceLine::of(run, name, entry)).collect(),
            filters: filters(run),
            skipped: run.skipped.iter().map(|error| format!("{}: {error}", error.place())).collect(),
            problems,
        })
    }
}

fn about(run: &Run) -> About {
    let metadata = || run.files.iter().map(|file| &file.metadata);
    let mut formats: Vec<String> = run.files.iter().map(|file| format(file)).collect();
    formats.sort_unstable();
    formats.dedup();
    About {
        proposal: metadata().find_map(|m| m.proposal_number),
        run: metadata().find_map(|m| m.run_number),
        sample: metadata().find_map(|m| m.sample.clone()).filter(|text| !text.is_empty()),
        run_type: metadata().find_map(|m| m.run_type.clone()).filter(|text| !text.is_empty()),
        created: metadata().find_map(|m| m.creation_date.clone()).filter(|text| !text.is_empty()),
        bytes: run.files.iter().fold(0, |sum, file| sum.saturating_add(file.stamp.size)),
        formats,
    }
}

fn format(file: &FileMap) -> String {
    match &file.version {
        FormatVersion::Legacy => "before 1.0".into(),
        FormatVersion::Stated(version) => version.clone(),
    }
}

fn line(file: &FileMap) -> FileLine {
    let ids = || file.trains.iter().copied().filter(|&id| id != 0);
    FileLine {
        path: file.path.display().to_string(),
        format: format(file),
        trains: ids().count(),
        first: ids().next(),
        last: ids().next_back(),
        sources: file.sources.len(),
        bytes: file.stamp.size,
    }
}
