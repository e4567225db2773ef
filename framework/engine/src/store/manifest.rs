//! `reduction.json`: what was done to what, with which outcome. The same bytes for the same plan, wherever it ran.

use super::Part;
use crate::algorithm::StepKind;
use crate::plan::{index_checksum, Job};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Manifest {
    pub program: String,
    pub plan: String,
    pub workflow: serde_json::Value,
    pub detector: String,
    pub modules: Vec<u16>,
    pub trains: usize,
    pub sequences: usize,
    pub passes: usize,
    pub frames: FrameCounts,
    pub bytes: ByteCounts,
    pub chunks: ChunkCounts,
    pub steps: Vec<StepCount>,
    pub inputs: Vec<InputFile>,
    pub files: Vec<OutputFile>,
    /// damage that was skipped: `file: source, train: what`
    pub problems: Vec<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FrameCounts {
    pub input: u64,
    pub kept: u64,
    pub by_fate: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ByteCounts {
    /// stored bytes of detector chunks that had to be read, over all passes
    pub input: u64,
    /// all files of the reduced run
    pub output: u64,
    /// all files of the input run
    pub input_files: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ChunkCounts {
    pub copied: u64,
    pub encoded: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct StepCount {
    pub step: String,
    pub frames_in: u64,
    pub frames_out: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InputFile {
    pub name: String,
    pub size: u64,
    pub index_checksum: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OutputFile {
    pub name: String,
    pub size: u64,
}

pub fn manifest(job: &Job, parts: &[Vec<Part>], files: &BTreeMap<String, u64>) -> Manifest {
    let last = parts.last().map(Vec::as_slice).unwrap_or_default();
    let mut counts = vec![0u64; job.fates.codes.len()];
    for fate in last.iter().flat_map(|p| &p.fates) {
        if let Some(count) = counts.get_mut(*fate as usize) {
            *count += 1;
        }
    }
    let input: u64 = counts.iter().sum();
    let by_fate = job.fates.codes.iter().cloned().zip(counts.iter().copied()).filter(|(_, n)| *n > 0).collect();
    let all = || parts.iter().flatten();
    let skipped: BTreeMap<String, ()> = all().flat_map(|p| &p.skipped).map(|e| (problem(e), ())).collect();
    Manifest {
        program: job.daq_library.clone(),
        plan: job.identity.to_string(),
        workflow: job.workflow.clone(),
        detector: job.detector.name.clone(),
        modules: job.detector.modules.iter().map(|m| m.number).collect(),
        trains: job.trains.len(),
        sequences: job.sequences.len(),
        passes: job.passes.len(),
        frames: FrameCounts { input, kept: counts[0], by_fate },
        bytes: ByteCounts {
            input: all().map(|p| p.bytes_in).sum(),
            output: files.values().sum(),
            input_files: job.run.files.iter().map(|f| f.stamp.size).sum(),
        },
        chunks: ChunkCounts {
            copied: all().map(|p| p.chunks_copied).sum(),
            encoded: all().map(|p| p.chunks_encoded).sum(),
        },
        steps: step_counts(job, input, &counts),
        inputs: job
            .run
            .files
            .iter()
            .map(|f| InputFile {
                name: f.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
                size: f.stamp.size,
                index_checksum: format!("{:016x}", index_checksum(f)),
            })
            .collect(),
        files: files.iter().map(|(name, size)| OutputFile { name: name.clone(), size: *size }).collect(),
        problems: skipped.into_keys().collect(),
    }
}

/// Frames before and after each step: only `keep` lets frames go.
fn step_counts(job: &Job, input: u64, fates: &[u64]) -> Vec<StepCount> {
    let mut frames = input - fates[1] - fates[2];
    let mut counts = Vec::new();
    for planned in &job.steps {
        let before = frames;
        if let StepKind::Keep(_) = planned.step.kind {
            frames -= fates[planned.fate as usize] + fates[planned.fate as usize + 1];
        }
        counts.push(StepCount { step: planned.label.clone(), frames_in: before, frames_out: frames });
    }
    counts
}

/// Names the file without its folder.
fn problem(error: &trainyard_format::Error) -> String {
    let mut place = error.place().clone();
    place.file = place.file.and_then(|f| f.file_name().map(Into::into));
    format!("{place}: {error}")
}
