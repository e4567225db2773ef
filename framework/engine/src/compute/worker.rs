//! The scratch memory of one worker, kept from block to block.

use super::change::Changing;
use super::quality::gauge;
use super::way::looks_first;
use crate::algorithm::{ErasedFrameStep, FrameId, Partial, StepKind};
use crate::plan::{BadInput, Job, Pass};
use crate::read::{ModuleStreams, BLOCK_FRAMES};
use std::sync::Mutex;
use trainyard_codec::Scratch;

/// One frame that is worked on.
pub struct Loaded {
    pub id: FrameId,
    /// position of its first module among those of the detector
    pub first: usize,
    /// position in the frame table
    pub frame: usize,
    /// `[module, slow, fast]`
    pub image: Vec<f32>,
    /// as stored, before any mask, while steps change pixels
    pub pixels: Vec<f32>,
    /// beside the pixels, where the pass wants it: `[module, slow, fast]`, else empty
    pub gain: Vec<f32>,
    pub mask: Vec<u32>,
    /// LPD in parallel gain: the third of the train that the frame is of
    pub stage: u8,
    /// the frame as it came, while its written form is measured
    pub original: Vec<f32>,
    pub present: Vec<bool>,
    /// decoded rows of the frame, `[module]`; kept while they may be written
    pub rows: Vec<Vec<u8>>,
    pub columns: Vec<f64>,
}

pub struct Worker {
    /// places for the frames that are worked on at once
    pub frames: Vec<Loaded>,
    /// stored mask or gain of a module
    pub plane: Vec<u8>,
    /// what steps that change frames need
    pub changing: Changing,
    /// where rows have several cells and steps change them: a frame that leaves in the row of another one
    pub beside: Option<Box<Loaded>>,
    /// a row that is only looked at
    pub spare: Vec<u8>,
    /// the row that left with a frame of this block, `[writer][module]`: the cells of a row leave together
    pub left: Vec<Vec<Option<(u32, u64)>>>,
    pub codec: Scratch,
    /// by position among the pass's steps
    pub working: Vec<Option<Partial>>,
    /// of the step that measures how far what is written deviates
    pub gauge: Option<Partial>,
}

/// Bytes of images that a worker holds at once: as many frames as fit are worked on together.
const AT_ONCE: usize = 64 << 20;

/// Pixels of a frame where it has most.
fn most_pixels(job: &Job, pass: &Pass) -> usize {
    let seen = pass.steps.iter().chain(&pass.writes).map(|&s| job.steps[s].gives.pixels());
    seen.max().unwrap_or(0).max(job.read.pixels())
}

/// Frames that are worked on together. No result depends on it.
fn frames_at_once(job: &Job, pass: &Pass) -> usize {
    let image = most_pixels(job, pass) * size_of::<f32>();
    if pass.pixels {
        (AT_ONCE / image.max(1)).clamp(1, BLOCK_FRAMES)
    } else {
        1
    }
}

impl Worker {
    fn new(job: &Job, pass: &Pass) -> Self {
        let modules = job.detector.modules.len();
        let pixels = if pass.pixels { modules * job.detector.module_pixels() } else { 0 };
        let working = pass.steps.iter().map(|&s| match &job.steps[s].step.kind {
            StepKind::Frame(step) => Some(step.working()),
            StepKind::Transform(step) => Some(step.working()),
            StepKind::Stored(step) => Some(step.working()),
            _ => None,
        });
        let loaded = || Loaded {
            id: FrameId { train: 0, pulse: 0, cell: 0 },
            first: 0,
            frame: 0,
            image: vec![f32::NAN; pixels],
            pixels: vec![f32::NAN; if pass.changes { pixels } else { 0 }],
            gain: Vec::new(),
            mask: Vec::new(),
            stage: 0,
            original: Vec::new(),
            present: vec![false; modules],
            rows: vec![Vec::new(); modules],
            columns: Vec::new(),
        };
        Worker {
            frames: (0..frames_at_once(job, pass)).map(|_| loaded()).collect(),
            plane: Vec::new(),
            changing: Changing::default(),
            beside: (pass.changes && !pass.writes.is_empty() && job.detector.cells_per_row > 1)
                .then(|| Box::new(loaded())),
            spare: Vec::new(),
            left: vec![vec![None; modules]; pass.writes.len()],
            codec: Scratch::default(),
            working: working.collect(),
            gauge: gauge_of(job, pass).map(|step| step.working()),
        }
    }

    /// Bytes that one worker takes, for planning.
    pub fn memory(job: &Job, pass: &Pass, modules: &[ModuleStreams]) -> u64 {
        let image = if pass.pixels { most_pixels(job, pass) * size_of::<f32>() } else { 0 };
        let rows: usize =
            modules.iter().flat_map(|m| m.streams.iter().filter(|s| s.decoded)).map(|s| s.row_bytes).sum();
        let spare = modules.iter().flat_map(|m| &m.streams).map(|s| s.row_bytes).max().unwrap_or(0);
        let spare = match job.bad_input {
            BadInput::Stop => 0,
            _ if looks_first(job, pass) => 2 * spare,
            _ => spare,
        };
        let steps: usize = pass
            .steps
            .iter()
            .map(|&s| match &job.steps[s].step.kind {
                StepKind::Frame(step) => step.memory(),
                StepKind::Transform(step) => step.memory(),
                StepKind::Stored(step) => step.memory(),
                _ => 0,
            })
            .sum();
        let reshapes = pass.steps.iter().any(|&s| !job.steps[s].gives.has_shape_of(&job.steps[s].sees));
        let planes = usize::from(pass.planes.gain) + usize::from(pass.planes.mask);
        // what a step makes of a frame, of one worker
        let next = if reshapes { (1 + planes) * image } else { 0 };
        let written = if pass.changes && !pass.writes.is_empty() {
            job.written().pixels() * job.written().element.size() * job.detector.cells_per_row
        } else {
            0
        };
        let beside = if pass.changes && job.detector.cells_per_row > 1 { (2 + planes) * image + rows } else { 0 };
        let images = 1 + usize::from(pass.changes) + usize::from(job.quality.is_some()) + planes;
        // one more: a frame as it will be read back
        let decoded = image * usize::from(job.quality.is_some());
        let gauge = gauge_of(job, pass).map_or(0, |step| step.memory());
        (frames_at_once(job, pass) * (images * image + rows)
            + (decoded + spare + steps + gauge + next + written + beside)) as u64
    }
}

/// What measures deviations in this pass.
fn gauge_of<'j>(job: &'j Job, pass: &Pass) -> Option<&'j dyn ErasedFrameStep> {
    match gauge(job).filter(|_| job.quality.is_some() && !pass.writes.is_empty())? {
        (StepKind::Frame(step), _) => Some(&**step),
        _ => None,
    }
}

/// Workers at rest.
pub struct Workers<'a> {
    job: &'a Job,
    pass: &'a Pass,
    idle: Mutex<Vec<Worker>>,
}

impl<'a> Workers<'a> {
    pub fn new(job: &'a Job, pass: &'a Pass) -> Self {
        Workers { job, pass, idle: Mutex::default() }
    }

    pub fn with<R>(&self, work: impl FnOnce(&mut Worker) -> R) -> R {
        let idle = self.idle.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let mut worker = idle.unwrap_or_else(|| Worker::new(self.job, self.pass));
        let result = work(&mut worker);
        self.idle.lock().unwrap_or_else(|e| e.into_inner()).push(worker);
        result
    }
}
