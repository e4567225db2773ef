//! `integrate-azimuthally`: I(q) of each frame, of each train, or of the run. Formulas in [`crate::azimuthal`].

mod config;
mod kernel;

pub use config::Per;

use crate::attach::attach_as;
use crate::azimuthal::{radial_spread, ErrorModel, Profile, Sums, LANES};
use config::{Config, Images};
use kernel::{Kernel, Scratch};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use trainyard_engine::algorithm::{
    Algorithm, Context, Frame, FrameOut, FrameStep, Lack, Needs, OutputDecl, Problem, RowSink, Rows, RunValues, Step,
};
use trainyard_format::map::ElementType;
use trainyard_format::Result;
use trainyard_geometry::{PixelMap, RadialUnit};

pub struct IntegrateAzimuthally;

struct Integration {
    kernel: Kernel,
    model: ErrorModel,
    unit: RadialUnit,
    per: Per,
    /// limits of the radial axis, when the workflow states them
    range: Option<[f64; 2]>,
    /// limits of the rows in degrees, when the workflow states rows
    rows: Option<Vec<[f64; 2]>>,
    /// column that each frame is divided by
    normaliser: Option<usize>,
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
    /// frames without a positive number to divide them by
    without_normaliser: u64,
}

impl FrameStep for Integration {
    type Partial = Folded;
    type Working = Scratch;

    fn working(&self) -> Scratch {
        self.kernel.scratch()
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
        self.block(std::slice::from_ref(frame), scratch, std::slice::from_mut(out), partial)
    }

    fn block(
        &self,
        frames: &[Frame<'_>],
        scratch: &mut Scratch,
        out: &mut [FrameOut<'_>],
        partial: &mut Folded,
    ) -> Result<()> {
        for (frames, out) in frames.chunks(LANES).zip(out.chunks_mut(LANES)) {
            self.kernel.integrate(frames, scratch)?;
            for ((frame, sums), out) in frames.iter().zip(&mut scratch.sums).zip(out) {
                self.take(frame, sums, out, partial);
            }
        }
        Ok(())
    }

    fn merge(&self, into: &mut Folded, next: Folded) -> Result<()> {
        into.sums.merge(&next.sums);
        into.frames += next.frames;
        into.without_pixels += next.without_pixels;
        into.without_normaliser += next.without_normaliser;
        Ok(())
    }

    fn train(&self, partial: &Folded, row: &mut RowSink<'_>) -> Result<()> {
        put(&self.profile(&partial.sums), row);
        Ok(())
    }

    fn finish(&self, partial: Folded, values: &mut RunValues) -> Result<()> {
        let Folded { sums, frames, without_pixels, without_normaliser } = partial;
        if frames > 0 && without_pixels == frames {
            values.warn(format!("no pixel took part in any of {frames} frames: {}", self.reach()));
        }
        if without_normaliser > 0 {
            values.warn(format!("{without_normaliser} of {frames} frames have no positive number to be divided by"));
        }
        let bins = self.kernel.radial().len();
        values.f64("radial", &[bins], self.kernel.radial(), symbol(self.unit));
        values.text("unit", self.unit.name());
        if let Some(rows) = &self.rows {
            values.f64("azimuth", &[rows.len(), 2], &rows.iter().flatten().copied().collect::<Vec<_>>(), "deg");
        }
        if self.per == Per::Run {
            let shape: Vec<usize> = self.rows.iter().map(Vec::len).chain([bins]).collect();
            let profile = self.profile(&sums);
            values.f64("intensity", &shape, &profile.intensity, "");
            values.f64("sigma", &shape, &profile.sigma, "");
            values.f64("norm", &shape, &profile.norm, "");
        }
        Ok(())
    }

    /// Largest |I' - I| / |I| over the bins with I > 5 sigma.
    fn deviation(&self, original: &Frame<'_>, decoded: &Frame<'_>, scratch: &mut Scratch) -> Result<Option<f64>> {
        let mut profile = |frame: &Frame<'_>| {
            self.kernel.integrate(std::slice::from_ref(frame), scratch)?;
            Ok(self.profile(&scratch.sums[0]))
        };
        let before: Profile = profile(original)?;
        let after: Profile = profile(decoded)?;
        let bins = before.intensity.iter().zip(&before.sigma).zip(&after.intensity);
        let significant = bins.filter(|((i, sigma), _)| **i > 5.0 * **sigma && **i > 0.0);
        Ok(significant.map(|((i, _), other)| ((other - i) / i).abs()).reduce(f64::max))
    }

    fn measures_deviation(&self) -> bool {
        true
    }

    fn memory(&self) -> usize {
        self.kernel.memory()
    }
}

impl Integration {
    /// What is asked for beside what the detector covers.
    fn reach(&self) -> String {
        let unit = self.unit.name();
        let asked =
            self.range.map_or("the whole detector".to_string(), |[low, high]| format!("{low} to {high} {unit}"));
        let azimuths = match self.rows.as_deref() {
            None | Some([]) => String::new(),
            Some([[low, high]]) => format!(", azimuths {low} to {high} degrees"),
            Some(rows) => format!(", {} ranges of the azimuth", rows.len()),
        };
        match radial_spread(&self.map, self.unit, &self.bad) {
            Some(spread) => {
                format!("asked for is {asked}{azimuths}, pixels that are not masked lie at {spread} {unit}")
            }
            None => "all pixels are masked or outside the panels".to_string(),
        }
    }

    /// The sums of one frame become its row, or join those of its train or run. A frame that there is nothing to divide by has
    /// no profile.
    fn take(&self, frame: &Frame<'_>, sums: &mut Sums, out: &mut FrameOut<'_>, partial: &mut Folded) {
        partial.frames += 1;
        partial.without_pixels += u64::from(sums.norm.iter().all(|norm| *norm == 0.0));
        let factor = self.normaliser.map_or(1.0, |column| frame.column(column));
        if !(factor > 0.0 && factor.is_finite()) {
            partial.without_normaliser += 1;
            if self.per == Per::Frame {
                let nothing = vec![f64::NAN; sums.bins()];
                let norm = vec![0.0; sums.bins()];
                put(&Profile { intensity: nothing.clone(), sigma: nothing, norm }, &mut out.row);
            }
            return;
        }
        if self.normaliser.is_some() {
            sums.normalise(factor);
        }
        match self.per {
            Per::Frame => put(&self.profile(sums), &mut out.row),
            Per::Train | Per::Run => partial.sums.merge(sums),
        }
    }

    fn profile(&self, sums: &Sums) -> Profile {
        let cells = self.kernel.cells();
        match sums.bins() == cells {
            true => Profile::of(sums, self.model),
            false => Profile::of(&Sums::new(cells), self.model),
        }
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
    const SUMMARY: &'static str =
        "azimuthal integration: intensity against q, 2theta or radius, in sectors or a cake, with its error";
    const DETAILS: &'static str = "\
I = sum(c signal) / sum(c norm) over the pixels of a bin, signal = value - dark, norm = flat x solid angle x polarisation x
absorption, as pyFAI's weighted mean; sigma = sqrt(sum c^2 variance) / sum(c norm). The variance is max(value, 1) for `poisson` (as
pyFAI: ten times too much at 0.01 counts a pixel), the value itself for `photons` (sigma of a bin without counts is NaN), that of an
image for `variance`, and for `azimuthal` made of the distances of the pixels from the mean; `hybrid` clips by `azimuthal` and
has the sigma of `poisson`. c is 1 in the bin of the centre for `splitting: no`, the overlap of an interval for `bbox`, of the area
of the pixel for `full`; what lies outside the range is left out. Sectors and bins of the azimuth go from x (right) towards y (up)
and across +-180 degrees. Sums are f64. Bad pixels (NaN) are left out of both sums. `normalise-by` multiplies the norm of a
frame by a column, or by `SOURCE KEY`, attached by pulse where it has values by pulse (column `normalisation`); one without a positive number has NaN, and is left out of its train and run. Needs `geometry`. Per frame or train:
`data.intensity`, `data.sigma`, `data.norm` f32 [rows, bins], with `azimuth` [rows, azimuths, bins]; run values `radial` f64
[bins], `unit`, `azimuth` f64 [azimuths, 2] (limits in degrees), and per run also `intensity`, `sigma`, `norm` f64.";
    const EXAMPLE: &'static str = "\
- integrate-azimuthally: {unit: q_nm^-1, bins: 500, per: train, error-model: poisson}
- integrate-azimuthally: {as: cake, bins: 200, splitting: full, azimuth: {bins: 72, split: true}, per: run}
- integrate-azimuthally: {as: sectors, bins: 200, azimuth: {sectors: [[-20, 20], [160, 200]]}, clip: {sigma: 5}}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let Some(map) = &context.pixel_map else {
            return Err(vec![Problem::no_geometry(&[])]);
        };
        let options = config.options().map_err(|problem| vec![problem])?;
        let normaliser = config.normalise_by.as_deref().map(|text| normaliser(text, context)).transpose();
        let (attached, normaliser) = normaliser.map_err(|problem| vec![problem])?.unzip();
        let images = Images::read(&config, context).map_err(|problem| vec![problem])?;
        let kernel =
            Kernel::new(map, &options, &images.fields()).map_err(|e| vec![Problem::new(&[], e.to_string())])?;
        let rows = match &kernel {
            _ if config.azimuth.is_none() => None,
            Kernel::Plain(plain) => Some(plain.rows().to_vec()),
            Kernel::Sparse(sparse) => Some(sparse.rows().to_vec()),
        };
        let shape: Vec<u64> = rows.iter().map(Vec::len).chain([config.bins]).map(|length| length as u64).collect();
        let step = Integration {
            kernel,
            model: config.error_model,
            unit: config.unit,
            per: config.per,
            range: config.range,
            rows,
            normaliser,
            map: map.clone(),
            bad: context.bad_pixels.clone(),
        };
        if step.kernel.is_empty() {
            let what = format!("no pixel lies in the range: {}", step.reach());
            return Err(
                vec![Problem::new(&["range"], what).with_hint("are `range` and `unit` those of the detector?")],
            );
        }
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
        let integration = Step::frame("AZINT", step).with_rows(rows).needing(Needs::columns(normaliser));
        Ok(attached.flatten().into_iter().chain([integration]).collect())
    }
}

/// The column of this name, or one of `SOURCE KEY` by a step that makes it.
fn normaliser(text: &str, context: &Context) -> std::result::Result<(Option<Step>, usize), Problem> {
    const KEY: &str = "normalise-by";
    if let Some(column) = context.column(text) {
        return Ok((None, column));
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
    Ok((Some(step), context.columns.len()))
}
