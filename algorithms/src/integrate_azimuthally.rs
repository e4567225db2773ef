//! `integrate-azimuthally`: I(q) of each frame, of each train, or of the run. Formulas in [`crate::azimuthal`].

use crate::attach::attach_as;
use crate::azimuthal::{
    radial_spread, AzimuthalError, AzimuthalIntegrator, BlockWorking, ErrorModel, Options, Profile, Splitting, Sums,
    Working, LANES, MAX_BINS,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trainyard_engine::algorithm::{
    Algorithm, Context, Frame, FrameOut, FrameStep, Lack, Needs, OutputDecl, Problem, RowSink, Rows, RunValues, Step,
};
use trainyard_format::map::ElementType;
use trainyard_format::{Error, Place, Result};
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
    /// divides each frame's intensity: a column that an earlier step makes, or `SOURCE KEY`
    pub normalise_by: Option<String>,
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
            normalise_by: None,
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
    normalisation: Option<Normalisation>,
}

/// By what each frame is divided.
struct Normalisation {
    /// as the workflow calls it
    name: String,
    /// number of the column
    column: usize,
}

/// What the run's result is made of.
#[derive(Default, Serialize, Deserialize)]
struct Folded {
    /// empty for results by frame
    sums: Sums,
    frames: u64,
    /// frames in which no bin had a pixel
    without_pixels: u64,
    /// frames that could not be normalised, and take no part
    without_value: u64,
}

/// Scratch of one worker, and the sums of the frames it works on.
struct Scratch {
    working: Working,
    sums: Sums,
    block: BlockWorking,
    of_block: Vec<Sums>,
}

/// So many frames are faster together than one after the other.
const TOGETHER: usize = 3;

impl FrameStep for Integration {
    type Partial = Folded;
    type Working = Scratch;

    fn working(&self) -> Scratch {
        let sums = || Sums::new(self.integrator.bins());
        Scratch {
            working: self.integrator.working(),
            sums: sums(),
            block: self.integrator.block_working(),
            of_block: (0..LANES).map(|_| sums()).collect(),
        }
    }

    fn begin(&self) -> Folded {
        Folded::default()
    }

    fn frame(
        &self,
        frame: &Frame<'_>,
        scratch: &mut Scratch,
        out: &mut FrameOut<'_>,
        partial: &mut Folded,
    ) -> Result<()> {
        self.integrate(frame, scratch)?;
        self.take(frame, &mut scratch.sums, out, partial);
        Ok(())
    }

    fn block(
        &self,
        frames: &[Frame<'_>],
        scratch: &mut Scratch,
        out: &mut [FrameOut<'_>],
        partial: &mut Folded,
    ) -> Result<()> {
        for (frames, out) in frames.chunks(LANES).zip(out.chunks_mut(LANES)) {
            if frames.len() < TOGETHER {
                frames.iter().zip(out).try_for_each(|(frame, out)| self.frame(frame, scratch, out, partial))?;
                continue;
            }
            let Scratch { block, of_block, .. } = scratch;
            let sums = &mut of_block[..frames.len()];
            for module in 0..self.integrator.modules() {
                let pixels: Vec<Option<&[f32]>> = frames.iter().map(|frame| frame.module(module)).collect();
                self.integrator.integrate_module_block(module, &pixels, block).map_err(wrong)?;
            }
            self.integrator.finish_block(block, sums).map_err(wrong)?;
            for (frame, (sums, out)) in frames.iter().zip(sums.iter_mut().zip(out)) {
                self.take(frame, sums, out, partial);
            }
        }
        Ok(())
    }

    fn merge(&self, into: &mut Folded, next: Folded) -> Result<()> {
        into.sums.merge(&next.sums);
        into.frames += next.frames;
        into.without_pixels += next.without_pixels;
        into.without_value += next.without_value;
        Ok(())
    }

    fn train(&self, partial: &Folded, row: &mut RowSink<'_>) -> Result<()> {
        put(&self.whole(&partial.sums), row);
        Ok(())
    }

    fn finish(&self, partial: Folded, values: &mut RunValues) -> Result<()> {
        if partial.frames > 0 && partial.without_pixels == partial.frames {
            values.warn(format!("no pixel took part in any of {} frames: {}", partial.frames, self.reach()));
        }
        if let Some(Normalisation { name, .. }) = self.normalisation.as_ref().filter(|_| partial.without_value > 0) {
            let (without, frames) = (partial.without_value, partial.frames);
            values.warn(format!("{without} of {frames} frames have no value of `{name}` above 0, and take no part"));
        }
        let partial = partial.sums;
        let bins = self.integrator.bins();
        values.f64("radial", &[bins], self.integrator.radial(), symbol(self.unit));
        values.text("unit", self.unit.name());
        if self.per == Per::Run {
            let profile = self.whole(&partial);
            values.f64("intensity", &[bins], &profile.intensity, "");
            values.f64("sigma", &[bins], &profile.sigma, "");
            values.f64("norm", &[bins], &profile.norm, "");
        }
        Ok(())
    }

    /// Largest |I' - I| / |I| over the bins with I > 5 sigma.
    fn deviation(&self, original: &Frame<'_>, decoded: &Frame<'_>, scratch: &mut Scratch) -> Result<Option<f64>> {
        let before = self.profile(original, scratch)?;
        let after = self.profile(decoded, scratch)?;
        let bins = before.intensity.iter().zip(&before.sigma).zip(&after.intensity);
        let significant = bins.filter(|((i, sigma), _)| **i > 5.0 * **sigma && **i > 0.0);
        Ok(significant.map(|((i, _), other)| ((other - i) / i).abs()).reduce(f64::max))
    }

    fn measures_deviation(&self) -> bool {
        true
    }

    fn memory(&self) -> usize {
        let sums = self.integrator.bins() * 3 * size_of::<f64>();
        self.integrator.working_bytes() + self.integrator.block_working_bytes() + (LANES + 3) * sums
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
    fn integrate(&self, frame: &Frame<'_>, scratch: &mut Scratch) -> Result<()> {
        for module in 0..frame.modules() {
            if let Some(pixels) = frame.module(module) {
                self.integrator.integrate_module(module, pixels, &mut scratch.working).map_err(wrong)?;
            }
        }
        self.integrator.finish(&mut scratch.working, &mut scratch.sums).map_err(wrong)
    }

    /// The sums of one frame become its row, or join those of its train or run.
    fn take(&self, frame: &Frame<'_>, sums: &mut Sums, out: &mut FrameOut<'_>, partial: &mut Folded) {
        partial.frames += 1;
        partial.without_pixels += u64::from(sums.norm.iter().all(|norm| *norm == 0.0));
        if let Some(Normalisation { column, .. }) = self.normalisation {
            let value = frame.column(column);
            if !(value > 0.0 && value.is_finite()) {
                partial.without_value += 1;
                if self.per == Per::Frame {
                    put(&unknown(self.integrator.bins()), &mut out.row);
                }
                return;
            }
            sums.norm.iter_mut().for_each(|norm| *norm *= value);
        }
        match self.per {
            Per::Frame => put(&Profile::from(&*sums), &mut out.row),
            Per::Train | Per::Run => partial.sums.merge(sums),
        }
    }

    /// Of many frames, or of none.
    fn whole(&self, sums: &Sums) -> Profile {
        let bins = self.integrator.bins();
        match (sums.bins() == bins, &self.normalisation) {
            (true, _) => Profile::from(sums),
            (false, None) => Profile::from(&Sums::new(bins)),
            (false, Some(_)) => unknown(bins),
        }
    }

    fn profile(&self, frame: &Frame<'_>, scratch: &mut Scratch) -> Result<Profile> {
        self.integrate(frame, scratch)?;
        Ok(Profile::from(&scratch.sums))
    }
}

/// The integrator was made for this detector: what does not fit is a fault of ours.
fn wrong(error: AzimuthalError) -> Error {
    Error::bug(error.to_string(), Place::default())
}

/// Where nothing could be normalised.
fn unknown(bins: usize) -> Profile {
    Profile { intensity: vec![f64::NAN; bins], sigma: vec![f64::NAN; bins], norm: vec![0.0; bins] }
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
run values `radial` f64 [bins], `unit`, and per run also `intensity`, `sigma`, `norm` f64 [bins]. `normalise-by`: norm is
multiplied by the frame's value of a column, or of `SOURCE KEY`, attached by pulse where it has values by pulse (column
`normalisation`), by train otherwise. A frame without a value above 0 takes no part; where no frame does, intensity is NaN.";
    const EXAMPLE: &'static str = "\
- attach: {pulseEnergy: {source: 'SPB_XTD9_XGM/XGM/DOOCS:output', key: data.intensityTD, by: pulse, unit: uJ}}
- integrate-azimuthally: {unit: q_nm^-1, bins: 500, per: train, error-model: poisson, normalise-by: pulseEnergy}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let Some(map) = &context.pixel_map else {
            return Err(vec![Problem::no_geometry(&[])]);
        };
        let (attached, normalisation) = match config.normalise_by.as_deref().map(|text| normalisation(text, context)) {
            Some(found) => found.map_err(|problem| vec![problem])?,
            None => (None, None),
        };
        let column = normalisation.as_ref().map(|normalisation| normalisation.column);
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
            normalisation,
        };
        if step.integrator.is_empty() {
            let what = format!("no pixel lies in the range: {}", step.reach());
            return Err(
                vec![Problem::new(&["range"], what).with_hint("are `range` and `unit` those of the detector?")],
            );
        }
        let shape = [config.bins as u64];
        let output = |key: &str, description: &str| OutputDecl::new(key, ElementType::F32, &shape, description);
        let outputs = vec![
            output("intensity", "mean intensity of the bin"),
            output("sigma", "standard error of the intensity"),
            output("norm", "sum of the pixels' normalisation, 0 in an empty bin"),
        ];
        let rows = match config.per {
            Per::Frame => Rows::ByFrame(outputs),
            Per::Train => Rows::ByTrain(outputs),
            Per::Run => Rows::None,
        };
        let integration = Step::frame("AZINT", step).with_rows(rows).needing(Needs::columns(column));
        Ok(attached.into_iter().chain([integration]).collect())
    }
}

/// A column by its name, or what makes one of `SOURCE KEY`.
fn normalisation(text: &str, context: &Context) -> std::result::Result<(Option<Step>, Option<Normalisation>), Problem> {
    const KEY: &str = "normalise-by";
    let named = |column| Some(Normalisation { name: text.into(), column });
    if let Some(column) = context.column(text) {
        return Ok((None, named(column)));
    }
    let Some((source, key)) = text.split_once(' ') else {
        let known: Vec<&str> = context.columns.iter().map(|column| column.name.as_str()).collect();
        let problem = Problem::new(&[KEY], format!("no column named `{text}`"));
        let hint = format!("there are {}; `attach` makes others, or give `SOURCE KEY`", known.join(", "));
        return Err(Problem { lacks: Some(Lack::Column(text.into())), ..problem.with_hint(hint) });
    };
    let step = attach_as("normalisation", source, key.trim(), context)
        .map_err(|problem| Problem { path: vec![KEY.into()], ..problem })?;
    // the first column of the step that stands right before
    Ok((Some(step), named(context.columns.len())))
}
