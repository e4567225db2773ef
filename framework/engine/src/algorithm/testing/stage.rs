//! A small detector and frames made up by a formula.

use crate::algorithm::{ColumnDecl, Context, Frame, FrameId, FrameSchema, NamedFiles, Needs, Plane};
use crate::plan::Job;
use std::sync::Arc;
use trainyard_format::detector::{Detector, DetectorKind, Module};
use trainyard_format::map::ElementType;
use trainyard_format::opener::{Limits, OpenerCommand, OpenerPool};
use trainyard_format::run::Run;
use trainyard_geometry::PixelMap;

/// A detector to rehearse on.
pub struct Stage {
    pub detector: Detector,
    /// value of every column that the step may read, by number: the built-in ones first, then these
    pub columns: Vec<f64>,
}

/// A frame of made-up pixels.
#[derive(Clone, Debug)]
pub struct StagedFrame {
    pub id: FrameId,
    /// by position of the module
    pub present: Vec<bool>,
    /// `[module, slow, fast]`, NaN = bad
    pub pixels: Vec<f32>,
    /// beside the pixels, empty: there is none
    pub gain: Vec<f32>,
    pub mask: Vec<u32>,
    pub columns: Vec<f64>,
}

impl Stage {
    /// Modules of 512 x 128 pixels.
    pub fn agipd(modules: u16) -> Self {
        Stage::new(DetectorKind::Agipd, "TEST_DET_AGIPD1M-1", modules, (512, 128))
    }

    /// One module.
    pub fn camera(slow: usize, fast: usize) -> Self {
        Stage::new(DetectorKind::Camera, "TEST_CAM", 1, (slow, fast))
    }

    fn new(kind: DetectorKind, name: &str, modules: u16, (slow, fast): (usize, usize)) -> Self {
        let module = |number| Module {
            number,
            source: format!("{name}/DET/{number}CH0:xtdf"),
            aggregator: format!("DET{number:02}"),
            parts: Vec::new(),
        };
        let detector = Detector {
            name: name.into(),
            kind,
            modules: (0..modules).map(module).collect(),
            group: "image".into(),
            pixel_key: "image.data".into(),
            element: ElementType::F32,
            slow,
            fast,
            ..Detector::none()
        };
        Stage { detector, columns: Vec::new() }
    }

    /// What a step is configured against here: no files, no bad pixels, and the columns named. `label` is the algorithm's name.
    pub fn context(&self, label: &str, columns: &[ColumnDecl], map: Option<PixelMap>) -> Context {
        let command = OpenerCommand { program: "no-opener-on-a-stage".into(), args: Vec::new() };
        let pool = Arc::new(OpenerPool::start(command, 1, Limits::default()));
        let map = map.map(Arc::new);
        let built_in = Job::BUILT_IN_COLUMNS.iter().map(|name| ColumnDecl::number(*name, ""));
        Context {
            run: Arc::new(Run::empty()),
            detector: Arc::new(self.detector.clone()),
            schema: Arc::new(FrameSchema { map: map.clone(), ..self.schema() }),
            pool: pool.clone(),
            files: Arc::new(NamedFiles::new(pool)),
            trains: Arc::new(Vec::new()),
            pixel_map: map,
            bad_pixels: Arc::new(Vec::new()),
            columns: built_in.chain(columns.iter().cloned()).collect(),
            first_step: 0,
            label: label.into(),
            folder: std::path::PathBuf::new(),
        }
    }

    /// What a frame is here: with a gain or a mask where the detector has a key for it.
    pub fn schema(&self) -> FrameSchema {
        FrameSchema::of_input(&self.detector, &Run::empty(), None, Arc::default())
    }

    /// With values of columns that earlier steps would have made.
    pub fn with_columns(self, columns: &[f64]) -> Self {
        Stage { columns: columns.into(), ..self }
    }

    /// `pulses` frames of each of these trains: a few bright pixels on a noisy ground, some of them bad; no two alike.
    pub fn frames(&self, trains: &[u64], pulses: u64) -> Vec<StagedFrame> {
        let frame = |train: u64, pulse: u64| {
            let id = FrameId { train, pulse, cell: pulse as u16 };
            let seed = train.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(pulse);
            let count = self.detector.modules.len() * self.detector.module_pixels();
            let pixels = (0..count as u64).map(|at| pixel(seed, at)).collect();
            let built_in = [train as f64, pulse as f64, pulse as f64];
            let columns = built_in.into_iter().chain(self.columns.iter().copied()).collect();
            let schema = self.schema();
            let has = |plane: Plane| if plane == Plane::Stored { count as u64 } else { 0 };
            // three stages, and one pixel in 30 marked
            let gain = (0..has(schema.gain)).map(|at| (at % 3) as f32).collect();
            let mask = (0..has(schema.mask)).map(|at| u32::from(at % 30 == 7) << 5).collect();
            let present = vec![true; self.detector.modules.len()];
            StagedFrame { id, present, pixels, gain, mask, columns }
        };
        trains.iter().flat_map(|&train| (0..pulses).map(move |pulse| frame(train, pulse))).collect()
    }
}

/// Ground 0 to 2, one pixel in 50 up to 100, one in 40 bad.
fn pixel(seed: u64, at: u64) -> f32 {
    let mut bits = seed ^ at.wrapping_mul(0xd6e8_feb8_6659_fd93);
    bits = (bits ^ (bits >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    bits ^= bits >> 32;
    let share = (bits >> 40) as f32 / (1u64 << 24) as f32;
    match bits % 200 {
        0..5 => f32::NAN,
        5..9 => 100.0 * share,
        _ => 2.0 * share,
    }
}

impl StagedFrame {
    /// As a step that has these needs gets it.
    pub fn frame<'a>(&'a self, stage: &'a Stage, needs: &'a Needs) -> Frame<'a> {
        let frame = Frame::new(&stage.detector, self.id, (&self.present, &needs.modules), &self.pixels, &self.columns);
        let gain: &[f32] = if needs.planes.gain { &self.gain } else { &[] };
        let mask: &[u32] = if needs.planes.mask { &self.mask } else { &[] };
        frame.with_planes(gain, mask)
    }

    /// Takes a module away.
    pub fn without(mut self, stage: &Stage, module: usize) -> Self {
        let size = stage.detector.module_pixels();
        self.present[module] = false;
        self.pixels[module * size..(module + 1) * size].fill(f32::NAN);
        self
    }

    /// With no good pixel.
    pub fn blank(mut self) -> Self {
        self.pixels.fill(f32::NAN);
        self
    }
}
