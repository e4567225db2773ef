//! Everything that a run has in common: tables of the modules, the beam, the timing.

use crate::detector::{Detector, PixelMap};
use crate::instrument::Instrument;
use crate::model::{Beam, Scene, SphereModel, SpotModel};
use crate::module::ModuleModel;
use crate::random::{Normal, Poisson};
use crate::specification::{Kind, SimulationSpec};
use crate::timing::Timing;
use rayon::prelude::*;

/// A run to be made: any frame of any module on demand.
///
/// ```
/// use trainyard_simulate::{Detector, Kind, SimulationSpec, Simulator};
///
/// let spec = SimulationSpec { modules: Some(vec![3]), ..SimulationSpec::new(Kind::Powder, Detector::Agipd) };
/// let simulator = Simulator::new(&spec)?;
/// let plans = simulator.plan_train(0);
/// let frames = simulator.train_frames(3, 0, &plans);
/// assert_eq!((frames.len(), frames[0].len()), (32, 512 * 128));
/// let mean = frames[0].iter().sum::<f32>() / 65536.0;
/// assert!((0.1..3.0).contains(&mean), "photons a pixel: {mean}");
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Debug)]
pub struct Simulator {
    spec: SimulationSpec,
    instrument: Instrument,
    beam: Beam,
    timing: Timing,
    normal: Normal,
    poisson: Poisson,
    spots: SpotModel,
    sphere: Option<SphereModel>,
    modules: Vec<ModuleModel>,
}

impl Simulator {
    /// Makes the tables of the modules, about 8 bytes a pixel.
    ///
    /// # Errors
    /// A parameter that makes no sense, in words.
    pub fn new(spec: &SimulationSpec) -> Result<Self, String> {
        spec.check()?;
        let beam = Beam::of(spec.kind);
        let sphere = (spec.kind == Kind::Spi).then(|| SphereModel::new(spec.detector, beam, spec.seed));
        let map = PixelMap::new(spec.detector);
        let normal = Normal::default();
        let modules = spec
            .module_numbers()
            .into_par_iter()
            .map(|number| {
                let scene = Scene::new(spec, &map, spec.detector.module_index(number), sphere.as_ref());
                ModuleModel::new(spec, number, scene, &normal)
            })
            .collect();
        Ok(Simulator {
            instrument: Instrument::of(spec.kind),
            beam,
            timing: Timing::new(spec),
            normal,
            poisson: Poisson::default(),
            spots: SpotModel::new(spec.detector, spec.seed, spec.brightness),
            sphere,
            modules,
            spec: spec.clone(),
        })
    }

    pub fn spec(&self) -> &SimulationSpec {
        &self.spec
    }

    pub fn detector(&self) -> Detector {
        self.spec.detector
    }

    pub fn instrument(&self) -> &Instrument {
        &self.instrument
    }

    pub fn beam(&self) -> &Beam {
        &self.beam
    }

    pub fn timing(&self) -> &Timing {
        &self.timing
    }

    pub fn modules(&self) -> &[ModuleModel] {
        &self.modules
    }

    /// The module of that number.
    pub fn module(&self, number: u16) -> Option<&ModuleModel> {
        self.modules.iter().find(|module| module.number() == number)
    }

    pub(crate) fn normal(&self) -> &Normal {
        &self.normal
    }

    pub(crate) fn poisson(&self) -> &Poisson {
        &self.poisson
    }

    pub(crate) fn spot_model(&self) -> &SpotModel {
        &self.spots
    }

    pub(crate) fn sphere(&self) -> Option<&SphereModel> {
        self.sphere.as_ref()
    }
}
