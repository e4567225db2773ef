//! What is known of a simulated run: `simulation.json` in its folder.

use crate::detector::Response;
use crate::frame::FramePlan;
use crate::model::{
    absorption, rings, rocking, BraggPeak, LineModel, Ring, SphereModel, Spheres, Spot, SpotModel, FOLD, MODULATION,
    REFERENCE,
};
use crate::simulator::Simulator;
use crate::specification::{Kind, SimulationSpec};
use crate::timing::NOMINAL_ENERGY;
use serde::{Deserialize, Serialize};
use std::path::Path;
use trainyard_format::{Error, Place, Result};

/// Name of the truth in the run folder.
pub const TRUTH_FILE: &str = "simulation.json";
/// Name of the CrystFEL geometry in the run folder.
pub const GEOMETRY_FILE: &str = "simulated.geom";

/// The truth of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Truth {
    /// all that was asked for: the run can be made again from it
    pub specification: SimulationSpec,
    /// `SPB_DET_AGIPD1M-1`
    pub detector_name: String,
    /// pixel source of each simulated module
    pub sources: Vec<String>,
    /// CrystFEL file beside this one; `dim1` is the module's position, from 0
    pub geometry: String,
    pub distance_m: f64,
    pub photon_energy_ev: f64,
    pub pixel_size_m: f64,
    /// pulse energy for which intensities are given
    pub nominal_energy_uj: f64,
    pub response: Response,
    /// standard deviation of corrected pixels without light, photons; 0 where expected intensities are written
    pub noise_photons: f64,
    pub timing: TimingTruth,
    pub sample: SampleTruth,
    /// ids in order; empty trains are there
    pub trains: Vec<u64>,
    /// every frame of every train in order of (train, cell)
    pub frames: Vec<FrameTruth>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TimingTruth {
    pub bunch_pattern_source: String,
    pub xgm_source: String,
    /// settings of AGIPD; other detectors have none
    pub fpga_source: Option<String>,
    pub slots_per_cell: u16,
    pub repetition_rate_mhz: f64,
    /// the cell that sees the first pulse
    pub reference_frame: u16,
    /// cells that see a pulse, in trains that are not empty
    pub lit_cells: Vec<u16>,
}

/// What the sample scatters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum SampleTruth {
    #[serde(rename_all = "kebab-case")]
    Powder {
        rings: Vec<Ring>,
    },
    /// Spots are round Gaussians; photons of the weakest and strongest at nominal energy.
    #[serde(rename_all = "kebab-case")]
    Sfx {
        spot_sigma_pixels: f64,
        weakest_spot: f64,
        strongest_spot: f64,
    },
    /// A sphere: `|3 (sin x - x cos x) / x^3|^2`, x = q R; photons on the whole detector at nominal energy.
    #[serde(rename_all = "kebab-case")]
    Spi {
        radius_nm: f64,
        weakest_hit: f64,
        strongest_hit: f64,
    },
    #[serde(rename_all = "kebab-case")]
    Xpcs {
        contrast: f64,
        decay_frames: f64,
        modes: u8,
        speckle_pixels: f64,
        formula: String,
    },
    /// Spheres: A |3 (sin x - x cos x) / x^3|^2 + B, x = q R; photons a pixel at nominal energy.
    #[serde(rename_all = "kebab-case")]
    Saxs {
        radius_nm: f64,
        forward: f64,
        background: f64,
    },
    /// I(r) (1 + m cos(fold (phi - phi_f))); the component `fold` of C normalised by the means is m^2 / 4.
    #[serde(rename_all = "kebab-case")]
    Xcca {
        fold: u32,
        modulation: f64,
    },
    #[serde(rename_all = "kebab-case")]
    Xes {
        lines: crate::model::LineModel,
    },
    /// The half of each module with lower fast numbers sees the sample; -ln of its transmission by train.
    #[serde(rename_all = "kebab-case")]
    Xas {
        reference: f64,
        absorption: Vec<f64>,
    },
    /// On the first module; factors of the trains.
    #[serde(rename_all = "kebab-case")]
    Bcdi {
        peak: crate::model::BraggPeak,
        rocking: Vec<f64>,
    },
    Dark {},
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FrameTruth {
    pub train: u64,
    pub pulse_id: u64,
    pub cell: u16,
    pub lit: bool,
    /// of kinds with hits, in lit frames
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit: Option<bool>,
    /// 0 in the dark
    pub energy_uj: f64,
    /// expected photons on the simulated modules, everything included, as if no module missed the train
    pub photons: f64,
    /// of these, from the hit (spots, sphere), or what else changes from frame to frame
    pub hit_photons: f64,
    /// on the simulated modules
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spots: Vec<Spot>,
}

impl Truth {
    /// The truth of the run in `folder`.
    ///
    /// # Errors
    /// [`Error::Resource`] when the file cannot be read, [`Error::Input`] when it is not what [`crate::simulate`] writes.
    pub fn read(folder: &Path) -> Result<Truth> {
        let path = folder.join(TRUTH_FILE);
        let text = std::fs::read(&path).map_err(|error| Error::io("read", &path, &error))?;
        let wrong = |error| Error::input(format!("not the truth of a simulated run: {error}"), Place::file(&path));
        serde_json::from_slice(&text).map_err(wrong)
    }

    /// g2 at a lag of `frames` memory cells: `1 + contrast exp(-2 frames / decay)`; `None` for other kinds than xpcs.
    pub fn g2(&self, frames: f64) -> Option<f64> {
        match self.sample {
            SampleTruth::Xpcs { contrast, decay_frames, .. } => {
                Some(1.0 + contrast * libm::exp(-2.0 * frames / decay_frames))
            }
            _ => None,
        }
    }
}

impl Simulator {
    /// The truth of the run.
    pub fn truth(&self) -> Truth {
        let spec = self.spec();
        let (instrument, timing, beam) = (self.instrument(), self.timing(), self.beam());
        let response = spec.detector.response();
        let agipd = spec.detector == crate::Detector::Agipd;
        let source =
            |module: &crate::ModuleModel| spec.detector.source(instrument.name, module.number(), spec.corrected);
        Truth {
            specification: spec.clone(),
            detector_name: spec.detector.full_name(instrument.name),
            sources: self.modules().iter().map(source).collect(),
            geometry: GEOMETRY_FILE.into(),
            distance_m: beam.clen,
            photon_energy_ev: beam.photon_energy,
            pixel_size_m: spec.detector.pixel_size(),
            nominal_energy_uj: NOMINAL_ENERGY,
            response,
            noise_photons: if spec.counts_photons() { spec.noise * response.noise / response.gain } else { 0.0 },
            timing: TimingTruth {
                bunch_pattern_source: format!("{}:outputBunchPattern", instrument.time_server),
                xgm_source: format!("{}:output", instrument.xgm),
                fpga_source: agipd.then(|| instrument.fpga.to_owned()),
                slots_per_cell: timing.slots_per_cell,
                repetition_rate_mhz: timing.repetition_rate(),
                reference_frame: timing.reference_frame(),
                lit_cells: timing.lit_cells.clone(),
            },
            sample: self.sample_truth(),
            trains: (0..spec.trains).map(|index| spec.train_id(index)).collect(),
            frames: self.frame_truth(),
        }
    }

    fn sample_truth(&self) -> SampleTruth {
        let spec = self.spec();
        match spec.kind {
            Kind::Powder => SampleTruth::Powder { rings: rings(spec.detector, self.beam(), spec.brightness) },
            Kind::Sfx => {
                let (weakest_spot, strongest_spot) = self.spot_model().photons();
                SampleTruth::Sfx { spot_sigma_pixels: SpotModel::SIGMA, weakest_spot, strongest_spot }
            }
            Kind::Spi => SampleTruth::Spi {
                radius_nm: self.sphere().map_or(0.0, SphereModel::radius),
                weakest_hit: spec.brightness * SphereModel::PHOTONS.0,
                strongest_hit: spec.brightness * SphereModel::PHOTONS.1,
            },
            Kind::Xpcs => SampleTruth::Xpcs {
                contrast: 1.0 / f64::from(spec.modes),
                decay_frames: spec.decay,
                modes: spec.modes,
                speckle_pixels: 1.0,
                formula: "g2(n) = 1 + contrast exp(-2 n / decay-frames), n in memory cells, n >= 1".into(),
            },
            Kind::Saxs => {
                let spheres = Spheres::new(spec.detector, self.beam());
                SampleTruth::Saxs {
                    radius_nm: spheres.radius,
                    forward: spec.brightness * spheres.forward,
                    background: spec.brightness * spheres.background,
                }
            }
            Kind::Xcca => SampleTruth::Xcca { fold: FOLD, modulation: MODULATION },
            Kind::Xes => SampleTruth::Xes { lines: LineModel::new(spec.detector) },
            Kind::Xas => SampleTruth::Xas {
                reference: spec.brightness * REFERENCE,
                absorption: (0..spec.trains).map(|index| absorption(spec.train_id(index))).collect(),
            },
            Kind::Bcdi => SampleTruth::Bcdi {
                peak: BraggPeak::new(spec.detector),
                rocking: (0..spec.trains).map(|index| rocking(spec.train_id(index))).collect(),
            },
            Kind::Dark => SampleTruth::Dark {},
        }
    }

    fn frame_truth(&self) -> Vec<FrameTruth> {
        let spec = self.spec();
        let good = |table: &[f32], bad: &[u32]| {
            let all: f64 = table.iter().map(|&value| f64::from(value)).sum();
            all - bad.iter().filter_map(|&i| table.get(i as usize)).map(|&value| f64::from(value)).sum::<f64>()
        };
        let sums = |table: fn(&crate::ModuleModel) -> &[f32]| -> f64 {
            self.modules().iter().map(|module| good(table(module), module.bad_pixels())).sum()
        };
        let background = sums(|module| &module.scene().background);
        let pattern = sums(|module| &module.scene().pattern);
        let sine = sums(|module| &module.scene().sine);
        let numbers = spec.module_numbers();
        let frame = |train, plan: FramePlan| {
            let spots: Vec<Spot> = plan.spots.iter().filter(|spot| numbers.contains(&spot.module)).copied().collect();
            let hit_photons = plan.factor() * (plan.weight * pattern + plan.second * sine)
                + spots.iter().map(|spot| spot.photons).sum::<f64>();
            FrameTruth {
                train,
                pulse_id: plan.pulse_id,
                cell: plan.cell,
                lit: plan.lit,
                hit: plan.hit,
                energy_uj: plan.energy,
                photons: plan.factor() * background + hit_photons,
                hit_photons,
                spots,
            }
        };
        (0..spec.trains)
            .flat_map(|index| self.plan_train(index).into_iter().map(move |plan| (spec.train_id(index), plan)))
            .map(|(train, plan)| frame(train, plan))
            .collect()
    }
}
