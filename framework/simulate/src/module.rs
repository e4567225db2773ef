//! Tables of one module: expected photons, pedestals, broken pixels.

use crate::model::Scene;
use crate::random::{Normal, Purpose, Stream};
use crate::specification::SimulationSpec;

/// `mask` of a broken pixel.
pub const BAD_PIXEL: u32 = 1;

/// Tables of one module.
#[derive(Clone, Debug)]
pub struct ModuleModel {
    number: u16,
    scene: Scene,
    /// ADU; empty when corrected
    pedestal: Vec<f32>,
    /// positions of broken pixels, ascending
    bad: Vec<u32>,
}

impl ModuleModel {
    pub(crate) fn new(spec: &SimulationSpec, number: u16, scene: Scene, normal: &Normal) -> Self {
        let pixels = spec.detector.pixels() as u32;
        let response = spec.detector.response();
        let stream = |purpose| Stream::new(spec.seed, purpose, 0, number, 0, 0);
        let pedestal = if spec.corrected {
            Vec::new()
        } else {
            let stream = stream(Purpose::Pedestal);
            (0..pixels).map(|i| (response.offset + response.offset_spread * normal.sample(&stream, i)) as f32).collect()
        };
        let broken = stream(Purpose::BadPixels);
        let bad = (0..pixels).filter(|&i| broken.uniform(u64::from(i)) < spec.bad_pixels).collect();
        ModuleModel { number, scene, pedestal, bad }
    }

    pub fn number(&self) -> u16 {
        self.number
    }

    /// Expected photons for a pulse of nominal energy.
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// Positions of broken pixels, ascending.
    pub fn bad_pixels(&self) -> &[u32] {
        &self.bad
    }

    /// ADU without light; empty when corrected.
    pub fn pedestal(&self) -> &[f32] {
        &self.pedestal
    }
}
