//! `integrate-azimuthally`: I(q) of each frame, of each train, or of the run. Formulas in [`crate::azimuthal`].

use crate::azimuthal::{
    radial_spread, AzimuthalIntegrator, ErrorModel, Options, Profile, Splitting, Sums, Working, MAX_BINS,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trainyard_engine::algorithm::{
    Algorithm, Axis, Context, Frame, FrameStep, OutputDecl, Problem, RowSink, RunValues, Step, StepKind,
};
use trainyard_format::map::ElementType;
use trainyard_geometry::{PixelMap, RadialUnit};

pub struct IntegrateAzimuthally;

/// What one profile is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// one profile a frame
    #[default]
    Frame,
    /// one a train: sums over its frames
    Train,
    /// one for the run
    Run,
}

/// Parameters of `integrate-azimuthally`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// radial axis
    pub unit: RadialUnit,
    /// number of bins
    #[schemars(range(min = 1, max = MAX_BINS))]
    pub bins: usize,
    /// limits of the radial axis in `unit`; all unmasked pixels when absent
    pub range: Option<[f64; 2]>,
    /// how a pixel is shared between bins
    pub splitting: Splitting,
    /// normalise by the solid angle of each pixel
    pub solid_angle: bool,
    /// (I_h - I_v) / (I_h + I_v), about 0.99 at a SASE source; no correction when absent
    #[schemars(range(min = -1.0, max = 1.0))]
    pub polarisation: Option<f64>,
    /// where sigma comes from
    pub error_model: ErrorModel,
    /// what one profile is made of
    pub per: Per,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            unit: RadialUnit::default(),
            bins: 1000,
            range: None,
            splitting: Splitting::No,
            solid_angle: true,
            polarisation: None,
            error_model: ErrorModel::Poisson,
            per: Per::Frame,
        }
    }
}

struct Integration {
    integrator: AzimuthalIntegrator,
    unit: RadialUnit,
    per: Per,
    /// limits of the radial axis, when the workflow states them
    range: Option<[f64; 2]>,
    map: Arc<PixelMap>,
    /// true = masked in every frame; empty: none is
    bad: Arc<Vec<bool>>,
}

/// What the run's result is made of.
#[derive(Default, Serialize, Deserialize)]
struct Folded {
    /// empty for results by frame
    sums: Sums,
    frames: u64,
    /// frames in which no bin had a pixel
    without_pixels: u64,
}

/// Scratch of one worker, and the sums of the frame it works on.
struct Scratch {
    working: Working,
    sums: Sums,
}

impl FrameStep for Integration {
    type Partial = Folded;
    type Working = Scratch;

    fn working(&self) -> Scratch {
        Scratch { working: self.integrator.working(), sums: Sums::new(self.integrator.bins()) }
    }

    fn begin(&self) -> Folded {
        Folded::default()
    }

    fn frame(
        &self,
        frame: &Frame<'_>,
        scratch: &mut Scratch,
        _: &mut [f64],
        row: &mut RowSink<'_>,
        partial: &mut Folded,
    ) {
        self.integrate(frame, scratch);
        partial.frames += 1;
        partial.without_pixels += u64::from(scratch.sums.norm.iter().all(|norm| *norm == 0.0));
        match self.per {
            Per::Frame => put(&Profile::from(&scratch.sums), row),
            Per::Train | Per::Run => partial.sums.merge(&scratch.sums),
        }
    }

    fn merge(&self, into: &mut Folded, next: Folded) {
        into.sums.merge(&next.sums);
        into.frames += next.frames;
        into.without_pixels += next.without_pixels;
    }

    fn train(&self, partial: &Folded, row: &mut RowSink<'_>) {
        put(&Profile::from(&partial.sums), row);
    }

    fn finish(&self, partial: Folded, values: &mut RunValues) {
        if partial.frames > 0 && partial.without_pixels == partial.frames {
            values.warn(format!("no pixel took part in any of {} frames: {}", partial.frames, self.reach()));
        }
        let partial = partial.sums;
        let bins = self.integrator.bins();
        values.f64("radial", &[bins], self.integrator.radial(), symbol(self.unit));
        values.text("unit", self.unit.name());
        if self.per == Per::Run {
            let sums = if partial.bins() == bins { partial } else { Sums::new(bins) };
            let profile = Profile::from(&sums);
            values.f64("intensity", &[bins], &profile.intensity, "");
            values.f64("sigma", &[bins], &profile.sigma, "");
            values.f64("norm", &[bins], &profile.norm, "");
        }
    }

    /// Largest |I' - I| / |I| over the bins with I > 5 sigma.
    fn deviation(&self, original: &Frame<'_>, decoded: &Frame<'_>, scratch: &mut Scratch) -> Option<f64> {
        let before = self.profile(original, scratch);
        let after = self.profile(decoded, scratch);
        let bins = before.intensity.iter().zip(&before.sigma).zip(&after.intensity);
        let significant = bins.filter(|((i, sigma), _)| **i > 5.0 * **sigma && **i > 0.0);
        significant.map(|((i, _), other)| ((other - i) / i).abs()).reduce(f64::max)
    }

    fn measures_deviation(&self) -> bool {
        true
    }

    fn memory(&self) -> usize {
        self.integrator.working_bytes() + self.integrator.bins() * 48
    }
}

impl Integration {
    /// What is asked for beside what the detector covers.
    fn reach(&self) -> String {
        let unit = self.unit.name();
        let asked =
            self.range.map_or("the whole detector".to_string(), |[low, high]| format!("{low} to {high} {unit}"));
        match radial_spread(&self.map, self.unit, &self.bad) {
            Some(spread) => format!("asked for is {asked}, pixels that are not masked lie at {spread} {unit}"),
            None => "all pixels are masked or outside the panels".to_string(),
        }
    }

    /// Leaves the sums of `frame` in `scratch`.
    fn integrate(&self, frame: &Frame<'_>, scratch: &mut Scratch) {
        for module in 0..frame.present.len() {
            if let Some(pixels) = frame.module(module) {
                self.integrator
                    .integrate_module(module, pixels, &mut scratch.working)
                    .expect("the integrator was made for this detector");
            }
        }
        self.integrator
            .finish(&mut scratch.working, &mut scratch.sums)
            .expect("the scratch was made by this integrator");
    }

    fn profile(&self, frame: &Frame<'_>, scratch: &mut Scratch) -> Profile {
        self.integrate(frame, scratch);
        Profile::from(&scratch.sums)
    }
}

fn put(profile: &Profile, row: &mut RowSink<'_>) {
    let narrow = |values: &[f64]| values.iter().map(|&v| v as f32).collect::<Vec<f32>>();
    row.f32(&narrow(&profile.intensity));
    row.f32(&narrow(&profile.sigma));
    row.f32(&narrow(&profile.norm));
}

fn symbol(unit: RadialUnit) -> &'static str {
    match unit {
        RadialUnit::QPerNanometre => "1/nm",
        RadialUnit::QPerAngstrom => "1/A",
        RadialUnit::TwoThetaDegrees => "deg",
        RadialUnit::TwoThetaRadians => "rad",
        RadialUnit::RadiusMillimetres => "mm",
    }
}

impl Algorithm for IntegrateAzimuthally {
    const NAME: &'static str = "integrate-azimuthally";
    const SUMMARY: &'static str = "azimuthal integration: intensity against q, 2theta or radius, with its error";
    const DETAILS: &'static str = "\
I = sum(c signal) / sum(c norm) over the pixels of a bin, norm = solid angle x polarisation, as pyFAI's weighted mean;
sigma = sqrt(sum c^2 variance) / sum(c norm), variance = max(signal, 1) for `poisson`. Sums are f64. Bad pixels (NaN) are
left out of both sums. Needs `geometry`. Per frame or train: `data.intensity`, `data.sigma`, `data.norm` f32 [rows, bins];
run values `radial` f64 [bins], `unit`, and per run also `intensity`, `sigma`, `norm` f64 [bins].";
    const EXAMPLE: &'static str = "\
- integrate-azimuthally: {unit: q_nm^-1, bins: 500, per: train, error-model: poisson}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> Result<Vec<Step>, Vec<Problem>> {
        let Some(map) = &context.pixel_map else {
            return Err(vec![Problem::no_geometry(&[])]);
        };
        let options = Options {
            unit: config.unit,
            bins: config.bins,
            range: config.range,
            splitting: config.splitting,
            solid_angle: config.solid_angle,
            polarisation: config.polarisation,
            error_model: config.error_model,
        };
        let bad = (!context.bad_pixels.is_empty()).then_some(context.bad_pixels.as_slice());
        let integrator =
            AzimuthalIntegrator::new(map, &options, bad).map_err(|e| vec![Problem::new(&[], e.to_string())])?;
        let step = Integration {
            integrator,
            unit: config.unit,
            per: config.per,
            range: config.range,
            map: map.clone(),
            bad: context.bad_pixels.clone(),
        };
        if step.integrator.is_empty() {
            let what = format!("no pixel lies in the range: {}", step.reach());
            return Err(
                vec![Problem::new(&["range"], what).with_hint("are `range` and `unit` those of the detector?")],
            );
        }
        let axis = match config.per {
            Per::Frame => Some(Axis::Frame),
            Per::Train => Some(Axis::Train),
            Per::Run => None,
        };
        let shape = vec![config.bins as u64];
        let output = |axis: Axis, key: &str, description: &str| OutputDecl {
            key: key.into(),
            axis,
            element: ElementType::F32,
            shape: shape.clone(),
            unit: String::new(),
            description: description.into(),
        };
        let outputs = axis.map_or_else(Vec::new, |axis| {
            vec![
                output(axis, "intensity", "mean intensity of the bin"),
                output(axis, "sigma", "standard error of the intensity"),
                output(axis, "norm", "sum of the pixels' normalisation, 0 in an empty bin"),
            ]
        });
        Ok(vec![Step { columns: Vec::new(), outputs, source: "AZINT".into(), kind: StepKind::Frame(Box::new(step)) }])
    }
}
