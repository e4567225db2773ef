//! Everything a rank needs to do its share.

use super::{index_checksum, FateCodes, Identity, Pass, Program, Quality, Writer};
use crate::algorithm::{ColumnDecl, FrameOutput, FrameSchema, Grouping, Plane, Step, StepKind};
use crate::publish::{Basis, BasisFile};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use trainyard_codec::lossy::Lossy;
use trainyard_format::detector::Detector;
use trainyard_format::map::{Attribute, FileMap, Metadata};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::write::{FileSpec, TrainRow};
use trainyard_geometry::{GeometrySummary, PixelMap};

/// How stored pixels become the image that algorithms see.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageOptions {
    /// pixels bad in every frame, `[module, slow, fast]`
    pub bad_pixels: Arc<Vec<bool>>,
    pub below: Option<f32>,
    pub above: Option<f32>,
    /// bad are pixels that round to one of these
    pub equal: Vec<f32>,
    /// heed the detector's own mask
    pub detector_mask: bool,
}

/// What to do about damaged input.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum BadInput {
    Stop,
    /// go on while at most this share of the selected frames is lost
    SkipUpTo(f64),
}

pub struct PlannedStep {
    pub step: Step,
    /// the word the workflow uses for it
    pub label: String,
    /// its number in the workflow, from 1, by which fates name it
    pub number: usize,
    /// source of its results: `SPB_DET_AGIPD1M-1/REDU/AZINT`
    pub source: String,
    /// what a frame is when it comes to the step, and behind it
    pub sees: Arc<FrameSchema>,
    pub gives: Arc<FrameSchema>,
    /// as the step sees it
    pub detector: Arc<Detector>,
    /// number of its first column
    pub first_column: usize,
    /// of a `keep`: the fate of what it drops; the next code is "no data"
    pub fate: u8,
}

pub struct Job {
    pub run: Arc<Run>,
    pub detector: Arc<Detector>,
    /// what a frame is as it is read
    pub read: Arc<FrameSchema>,
    pub pool: Arc<OpenerPool>,
    pub image: ImageOptions,
    /// file and pixels of the geometry, when there is one
    pub geometry: Option<(PathBuf, Arc<PixelMap>)>,
    pub steps: Vec<PlannedStep>,
    /// built-in columns first: train, pulse, cell
    pub columns: Vec<ColumnDecl>,
    pub passes: Vec<Pass>,
    pub fates: FateCodes,
    /// who writes frames: the first into the run folder itself
    pub writers: Vec<Writer>,
    pub trains: Arc<Vec<u64>>,
    pub sequences: Vec<Range<usize>>,
    /// frames of the selected train that has most
    pub longest_train: u64,
    /// sources beside the detector that go into the reduced run
    pub copy: Vec<String>,
    pub bad_input: BadInput,
    pub quality: Option<Quality>,
    pub output: PathBuf,
    /// what the names of result sources begin with: `SPB_DET_AGIPD1M-1/REDU`
    pub results: String,
    /// class and run number in file names: `CORR`, 53
    pub class: String,
    pub run_number: u32,
    /// aggregator of each module's files
    pub detector_aggregators: Vec<String>,
    /// aggregators of results by frame and of run-level results: `REDU00`, `REDU01`
    pub aggregators: [String; 2],
    /// of the detector's first file
    pub metadata: Metadata,
    pub daq_library: String,
    pub identity: Identity,
    /// manifests of the reductions that the input went through, the oldest first
    pub earlier: Vec<serde_json::Value>,
    /// the workflow as run, for the manifest; holds no paths of this machine
    pub workflow: serde_json::Value,
    /// what is only judged at the end and no part of the identity: `on-bad-input`, the values of `quality.limits`
    pub judged: serde_json::Value,
    pub program: Program,
}

impl Job {
    pub const BUILT_IN_COLUMNS: [&'static str; 3] = ["train", "pulse", "cell"];

    /// What the geometry means in numbers. Looks at every pixel.
    pub fn geometry_summary(&self) -> Option<GeometrySummary> {
        let (file, map) = self.geometry.as_ref()?;
        Some(map.summary(file.clone(), &self.image.bad_pixels))
    }

    pub fn sequence_trains(&self, sequence: usize) -> &[u64] {
        &self.trains[self.sequences[sequence].clone()]
    }

    pub fn writes_frames(&self) -> bool {
        self.writing_pass().is_some()
    }

    /// Columns that steps make, without those that every run has.
    pub fn made_columns(&self) -> &[ColumnDecl] {
        self.columns.get(Self::BUILT_IN_COLUMNS.len()..).unwrap_or_default()
    }

    /// Whether a pass leaves results that a later one writes to their file.
    pub fn stores_rows(&self, pass: usize) -> bool {
        pass + 1 < self.passes.len()
    }

    /// Whether a pass leaves partials.
    pub fn folds(&self, pass: usize) -> bool {
        let folds = |kind: &StepKind| matches!(kind, StepKind::Frame(_) | StepKind::Train(_));
        self.passes[pass].steps.iter().any(|&s| folds(&self.steps[s].step.kind))
    }

    /// Whether a pass leaves maps that are merged over the run.
    pub fn maps(&self, pass: usize) -> bool {
        self.passes[pass].steps.iter().any(|&s| match &self.steps[s].step.kind {
            StepKind::Accumulate(step) => *step.grouping() != Grouping::Train,
            _ => false,
        })
    }

    /// What a frame is where it is written, or behind the last step.
    pub fn written(&self) -> &Arc<FrameSchema> {
        let is_write = |s: &&PlannedStep| matches!(s.step.kind, StepKind::Write(_));
        self.steps.iter().find(is_write).or(self.steps.last()).map_or(&self.read, |planned| &planned.gives)
    }

    /// Planes beside the pixels that frames of the input have and written ones do not.
    pub fn drops(&self, key: &str) -> bool {
        let written = self.written();
        let is = |own: &Option<String>| own.as_deref() == Some(key);
        (is(&self.detector.gain_key) && written.gain == Plane::Absent)
            || (is(&self.detector.mask_key) && written.mask == Plane::Absent)
    }

    /// The pass that writes frames.
    pub fn writing_pass(&self) -> Option<usize> {
        self.passes.iter().position(|p| !p.writes.is_empty())
    }

    /// How a writer compresses frames with loss, when it does.
    pub fn lossy(&self, writer: usize) -> Option<&Lossy> {
        match &self.steps[self.writers.get(writer)?.step].step.kind {
            StepKind::Write(FrameOutput::Lossy(lossy)) => Some(lossy),
            _ => None,
        }
    }

    /// What the plan rests on, as it is now.
    pub fn basis(&self) -> Basis {
        let file = |file: &FileMap| BasisFile {
            size: file.stamp.size,
            index: format!("{:016x}", index_checksum(file)),
            time: i64::try_from(file.stamp.mtime_ns).unwrap_or(0),
        };
        let name = |file: &FileMap| file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Basis {
            identity: self.identity.to_string(),
            program: self.program.clone(),
            workflow: self.workflow.clone(),
            judged: self.judged.clone(),
            trains: self.trains.len(),
            folders: self.folders().map(String::from).collect(),
            inputs: self.run.files.iter().map(|f| (name(f), file(f))).collect(),
        }
    }

    /// Whether a frame of this fate came to the step at position `step`: it was kept, or a condition behind the step dropped it.
    pub fn came_to(&self, step: usize, fate: u8) -> bool {
        let of_keep =
            |s: &PlannedStep| matches!(s.step.kind, StepKind::Keep(_)) && (s.fate == fate || s.fate + 1 == fate);
        self.fates.is_alive(fate) || self.steps.iter().skip(step + 1).any(of_keep)
    }

    /// The pass in which a step does its work for the first time.
    pub fn pass_of(&self, step: usize) -> usize {
        let has = |p: &Pass| {
            p.before.contains(&step) || p.steps.contains(&step) || p.tables.contains(&step) || p.writes.contains(&step)
        };
        self.passes.iter().position(has).unwrap_or(0)
    }
}

impl Job {
    /// What a file of the reduced run says of itself; dates and numbers come from the input.
    pub fn file_spec(&self, path: &std::path::Path, trains: &[u64], sequence: u32) -> FileSpec {
        let mut metadata = self.metadata.clone();
        metadata.sequence_number = Some(sequence);
        FileSpec {
            version: Default::default(),
            path: path.into(),
            metadata,
            daq_library: self.daq_library.clone(),
            trains: trains.iter().map(|&id| self.train_info(id)).collect(),
        }
    }

    /// Timestamp, flag and origin of a selected train, from the first input file in name order that has it.
    pub fn train_info(&self, id: u64) -> TrainRow {
        match self.run.train(id) {
            Some(t) => TrainRow { id, timestamp: t.timestamp, flag: t.flag, origin: t.origin.clone() },
            None => TrainRow::new(id, 0),
        }
    }
}

impl Job {
    /// Name of the file that a module's frames of a sequence go to.
    pub fn detector_file_name(&self, module: usize, sequence: usize) -> String {
        let aggregator = &self.detector_aggregators[module];
        self.file_name(aggregator, sequence)
    }

    /// `CORR-R0053-AGIPD00-S00000.h5`
    pub fn file_name(&self, aggregator: &str, sequence: usize) -> String {
        format!("{}-R{:04}-{aggregator}-S{sequence:05}.h5", self.class, self.run_number)
    }

    /// Attributes of a detector key in the input.
    pub fn attributes(&self, module: usize, key: &str) -> Vec<Attribute> {
        let parts = &self.detector.modules[module].parts;
        let mut groups = parts.iter().flat_map(|p| &self.run.files[p.file].sources[p.source].groups);
        groups.find_map(|g| g.dataset(key)).map(|d| d.attributes.clone()).unwrap_or_default()
    }

    /// Old names of a module's source that the input keeps as soft links: (old, new).
    pub fn legacy_names(&self, module: usize) -> Vec<(String, String)> {
        let info = &self.detector.modules[module];
        let Some(part) = info.parts.first() else { return Vec::new() };
        let sources = &self.run.files[part.file].sources;
        let old = sources.iter().filter(|s| s.legacy_target.as_deref() == Some(info.source.as_str()));
        old.map(|s| (s.name.clone(), info.source.clone())).collect()
    }
}

impl Job {
    /// What is copied, as (file, source in the file). Of a source that several folders have, that of the folder which the
    /// run takes it from; old names when what they lead to is copied.
    pub fn carried_sources(&self) -> BTreeSet<(usize, usize)> {
        let wanted: BTreeSet<&str> = self.copy.iter().map(String::as_str).collect();
        let entries = self.run.sources.iter();
        let carried = entries.filter(|(name, entry)| wanted.contains(entry.legacy.as_deref().unwrap_or(name)));
        carried.flat_map(|(_, entry)| entry.files.iter().copied()).collect()
    }
}
