//! From configured steps to a job.

use super::order::check_order;
use super::pass::split;
use super::schemas::{planes, schemas};
use super::state::{is_large, longest_train, state_bytes};
use super::{
    cut, BadInput, FateCodes, Identity, ImageOptions, Job, PlannedStep, Program, Quality, SequenceSize, Writer,
};
use crate::algorithm::{ColumnDecl, FrameSchema, Modules, Step, StepKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use trainyard_format::detector::{Detector, Module};
use trainyard_format::map::Metadata;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{FileName, Run};
use trainyard_geometry::PixelMap;

/// What a workflow asks for, once every step is configured.
pub struct Request {
    pub run: Arc<Run>,
    pub detector: Arc<Detector>,
    pub pool: Arc<OpenerPool>,
    pub image: ImageOptions,
    /// file and pixels of the geometry, when there is one
    pub geometry: Option<(PathBuf, Arc<PixelMap>)>,
    /// (label, step) in the order of the workflow
    pub steps: Vec<(String, Step)>,
    /// number of each step in the workflow, from 1: a step of the workflow may be configured as several
    pub numbers: Vec<usize>,
    pub trains: Arc<Vec<u64>>,
    pub sequence: Option<SequenceSize>,
    pub copy: Vec<String>,
    pub bad_input: BadInput,
    pub quality: Option<Quality>,
    pub output: PathBuf,
    /// manifests of the reductions that the input went through: [`super::earlier`]
    pub earlier: Vec<serde_json::Value>,
    /// without machine-dependent parts and without what is only judged at the end; with the checksums of the files it names
    pub workflow: serde_json::Value,
    /// what is only judged at the end
    pub judged: serde_json::Value,
    pub program: Program,
}

/// A list of steps that cannot be done in order; `step` counts from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanProblem {
    pub step: usize,
    pub what: String,
    pub hint: Option<String>,
}

/// # Errors
/// All steps that contradict each other.
pub fn build(request: Request) -> Result<Job, Vec<PlanProblem>> {
    let mut columns: Vec<ColumnDecl> = Job::BUILT_IN_COLUMNS.iter().map(|n| ColumnDecl::number(*n, "")).collect();
    let mut problems = check_order(&request.steps);
    let mut fates = FateCodes::new();
    let mut sources = SourceNames::new(&request.detector.name, &request.run);
    let map = request.geometry.as_ref().map(|(_, map)| map.clone());
    let read = FrameSchema::of_input(&request.detector, &request.run, map, request.image.bad_pixels.clone());
    let read = Arc::new(read);
    let bare: Vec<&Step> = request.steps.iter().map(|(_, step)| step).collect();
    let seen = schemas(&read, &bare).unwrap_or_else(|problem| {
        problems.push(problem);
        vec![read.clone(); bare.len() + 1]
    });
    let mut steps = Vec::with_capacity(request.steps.len());
    for (position, (label, step)) in request.steps.into_iter().enumerate() {
        let number = request.numbers.get(position).copied().unwrap_or(position + 1);
        let first_column = columns.len();
        columns.extend(step.columns.iter().cloned());
        let fate = match &step.kind {
            StepKind::Keep(keep) => fates.add_keep(number, &keep.condition()).unwrap_or_else(|| {
                problems.push(PlanProblem { step: position, what: "too many `keep` steps".into(), hint: None });
                0
            }),
            _ => 0,
        };
        let source = sources.next(&step.source);
        let (sees, gives) = (seen[position].clone(), seen[position + 1].clone());
        let detector = match sees.is_as(&read) {
            true => request.detector.clone(),
            false => Arc::new(sees.detector(&request.detector)),
        };
        steps.push(PlannedStep { step, label, number, source, sees, gives, detector, first_column, fate });
    }
    let writers = writers(&steps);
    let choosing = writers.len() > 1 || writers.iter().any(|writer| steps[writer.step].step.takes.is_some());
    if choosing && problems.is_empty() {
        let named: Vec<_> = writers.iter().map(|w| (steps[w.step].number, w.folder.as_deref())).collect();
        if fates.add_writers(&named).is_none() {
            problems.push(PlanProblem { step: writers[0].step, what: "too many `keep` steps".into(), hint: None });
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    let first_columns: Vec<usize> = steps.iter().map(|s| s.first_column).collect();
    let bare: Vec<&Step> = steps.iter().map(|s| &s.step).collect();
    let longest = longest_train(&request.run, &request.detector, &request.trains);
    let large: Vec<bool> = steps.iter().map(|s| is_large(&s.step, &s.detector, longest)).collect();
    let mut passes = split(&bare, &first_columns, &large, request.detector.parallel_gain);
    let map_bytes = steps.iter().map(|s| state_bytes(&s.step, &s.detector, longest)).fold(0, u64::saturating_add);
    // what is measured has to be decoded, even where it could be copied
    for pass in passes.iter_mut().filter(|p| !p.writes.is_empty()) {
        if request.quality.is_some() {
            (pass.pixels, pass.modules) = (true, Modules::All);
        }
    }
    for pass in &mut passes {
        pass.planes = planes(pass, &bare, &seen);
    }
    let stored: u64 = detector_bytes(&request.run, &request.detector);
    let info = FileInfo::of(&request.run, &request.detector);
    let canonical = request.workflow.to_string();
    let inputs = Identity::inputs(&request.run, &request.earlier);
    let identity = Identity::new(&request.program, &canonical, &inputs, &request.trains);
    Ok(Job {
        results: sources.prefix,
        aggregators: sources.aggregators,
        class: info.class,
        run_number: info.run_number,
        detector_aggregators: info.aggregators,
        metadata: info.metadata,
        daq_library: request.program.library(),
        longest_train: longest,
        sequences: cut(request.trains.len(), stored, map_bytes, request.sequence),
        run: request.run,
        detector: request.detector,
        read,
        pool: request.pool,
        image: request.image,
        steps,
        columns,
        passes,
        fates,
        writers,
        trains: request.trains,
        copy: request.copy,
        bad_input: request.bad_input,
        quality: request.quality,
        output: request.output,
        earlier: request.earlier,
        geometry: request.geometry,
        identity,
        workflow: request.workflow,
        judged: request.judged,
        program: request.program,
    })
}

/// The first step that writes frames does so into the run folder, each further one into a folder of its name.
fn writers(steps: &[PlannedStep]) -> Vec<Writer> {
    let writing = steps.iter().enumerate().filter(|(_, s)| matches!(s.step.kind, StepKind::Write(_)));
    let writer = |(number, (step, planned)): (usize, (usize, &PlannedStep))| Writer {
        step,
        folder: planned.step.folder.clone().filter(|_| number > 0),
    };
    writing.enumerate().map(writer).collect()
}

/// Stored bytes of the detector's pixels in all files.
fn detector_bytes(run: &Run, detector: &Detector) -> u64 {
    let parts = detector.modules.iter().flat_map(|m| &m.parts);
    parts
        .filter_map(|p| run.files.get(p.file)?.sources.get(p.source)?.groups.get(p.group))
        .flat_map(|g| &g.datasets)
        .fold(0, |sum, d| sum.saturating_add(d.stored_bytes))
}

/// Names of result sources: `<detector>/REDU/<STEP>`, numbered when a step stands twice. An earlier reduction, of this
/// detector or another one of the run, has taken names and aggregators: then `REDU2`, in REDU20 and REDU21.
struct SourceNames {
    prefix: String,
    aggregators: [String; 2],
    used: BTreeMap<String, usize>,
}

impl SourceNames {
    fn new(detector: &str, run: &Run) -> Self {
        let standing: BTreeSet<String> = run.files.iter().map(|file| FileName::of(file).aggregator).collect();
        let (mut generation, mut word) = (1usize, "REDU".to_string());
        loop {
            let tens = if generation == 1 { 0 } else { generation };
            let aggregators = [format!("REDU{tens}0"), format!("REDU{tens}1")];
            let prefix = format!("{detector}/{word}");
            let taken = run.sources.keys().any(|s| s.strip_prefix(&prefix).is_some_and(|rest| rest.starts_with('/')))
                || aggregators.iter().any(|aggregator| standing.contains(aggregator));
            if !taken {
                return SourceNames { prefix, aggregators, used: BTreeMap::new() };
            }
            generation += 1;
            word = format!("REDU{generation}");
        }
    }

    fn next(&mut self, step: &str) -> String {
        let count = self.used.entry(step.to_string()).or_insert(0);
        *count += 1;
        match *count {
            1 => format!("{}/{step}", self.prefix),
            n => format!("{}/{step}_{n}", self.prefix),
        }
    }
}

/// What names and METADATA of the reduced files take over from the input.
struct FileInfo {
    class: String,
    run_number: u32,
    aggregators: Vec<String>,
    metadata: Metadata,
}

impl FileInfo {
    fn of(run: &Run, detector: &Detector) -> Self {
        let of_detector = detector.modules.first().and_then(|m| m.parts.first()).and_then(|p| run.files.get(p.file));
        let first = of_detector.or(run.files.first());
        let name = first.map(|f| FileName::of(f));
        let metadata = first.map(|f| f.metadata.clone()).unwrap_or_default();
        let run_number = name.as_ref().map(|n| n.run).or(metadata.run_number).unwrap_or(0);
        let aggregator = |(i, m): (usize, &Module)| {
            if m.aggregator.is_empty() {
                format!("DET{:02}", i + 1)
            } else {
                m.aggregator.clone()
            }
        };
        FileInfo {
            class: name.map_or_else(|| "CORR".into(), |n| n.class),
            run_number,
            aggregators: detector.modules.iter().enumerate().map(aggregator).collect(),
            metadata,
        }
    }
}
