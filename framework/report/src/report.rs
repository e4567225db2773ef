//! A report as one plain value: `report.json`, and all that the page shows.

use crate::pictures::Pictures;
use crate::{Figure, Timing};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// of this file
    pub format: u32,
    pub verdict: Verdict,
    pub provenance: Provenance,
    pub plots: Vec<Figure>,
    pub pictures: Pictures,
    /// a few trains of the run, whose reduction was not published
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<Preview>,
    /// what differs from run to run
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timing: Option<Timing>,
}

impl Report {
    pub const FORMAT: u32 = 1;
}

/// What a preview says of the whole job.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Preview {
    pub trains: usize,
    pub trains_of_the_run: usize,
    /// of the whole job on this machine, and where that comes from
    pub predicted_seconds: f64,
    pub predicted_bytes: u64,
    pub planned_seconds: f64,
    pub planned_bytes: u64,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Verdict {
    /// `112 of 384 frames kept`
    pub headline: String,
    pub frames: u64,
    pub kept: u64,
    /// fates with the frames that have them, the kept ones first
    pub fates: Vec<Named>,
    pub steps: Vec<Step>,
    pub bytes: BTreeMap<String, u64>,
    pub gates: Vec<Gate>,
    /// worst value of each metric of the sampled frames
    pub quality: BTreeMap<String, f64>,
    pub sampled_frames: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lossy: Option<Value>,
    pub warnings: Vec<String>,
    pub oddities: Vec<String>,
    pub problems: Vec<String>,
    pub notes: Vec<String>,
    pub findings: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Named {
    pub name: String,
    pub frames: u64,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Step {
    pub number: u64,
    pub step: String,
    /// its parameters, in one line
    pub parameters: String,
    pub frames_in: u64,
    pub frames_out: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Gate {
    pub metric: String,
    pub limit: f64,
    pub worst: Option<f64>,
    pub frames: u64,
}

#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Provenance {
    pub program: String,
    pub version: String,
    pub build: String,
    pub plan: String,
    pub detector: String,
    pub modules: Vec<u64>,
    pub trains: u64,
    pub first_train: u64,
    pub last_train: u64,
    pub sequences: u64,
    pub passes: u64,
    /// files of the input, and their bytes
    pub input_files: u64,
    pub input_bytes: u64,
    /// the first of them, with size and checksum of their index
    pub inputs: Vec<[String; 3]>,
    pub output_files: u64,
    pub earlier: u64,
    pub workflow: Value,
    pub judged: Value,
}
