//! `correlate-angles`: angular correlation (XCCA) on the cake of each frame. Formulas in [`crate::angular`].

mod config;

use crate::angular::{AngularCorrelator, AngularError, AngularSums, AngularWorking, Normalise, Subtract};
use crate::azimuthal::{Azimuth, AzimuthalError, ErrorModel, Fields, Options, SparseIntegrator, SparseWorking, Sums};
use config::{Config, NormaliseConfig, Pairs, SubtractConfig};
use trainyard_engine::algorithm::{Algorithm, Context, Frame, FrameOut, FrameStep, Problem, RunValues, Step};
use trainyard_format::{Error, Place, Result};

pub struct CorrelateAngles;

struct Correlation {
    integrator: SparseIntegrator,
    correlator: AngularCorrelator,
    components: usize,
    correlation: bool,
    unit: &'static str,
}

/// Scratch of one worker.
struct Scratch {
    polar: SparseWorking,
    sums: Sums,
    image: Vec<f64>,
    angular: AngularWorking,
}

impl FrameStep for Correlation {
    type Partial = AngularSums;
    type Working = Scratch;

    fn working(&self) -> Scratch {
        let polar = self.integrator.working();
        Scratch { polar, sums: Sums::default(), image: Vec::new(), angular: AngularWorking::default() }
    }

    fn begin(&self) -> AngularSums {
        AngularSums::default()
    }

    fn frame(
        &self,
        frame: &Frame<'_>,
        scratch: &mut Scratch,
        _: &mut FrameOut<'_>,
        partial: &mut AngularSums,
    ) -> Result<()> {
        let Scratch { polar, sums, image, angular } = scratch;
        self.integrator.integrate(frame.pixels(), polar, sums).map_err(|e| wrong(&e))?;
        cells(sums, image);
        self.correlator.add(image, angular, partial).map_err(|e| wrong(&e))
    }

    fn merge(&self, into: &mut AngularSums, next: AngularSums) -> Result<()> {
        into.merge(&next);
        Ok(())
    }

    fn finish(&self, partial: AngularSums, values: &mut RunValues) -> Result<()> {
        let (angles, rings, pairs) = (self.correlator.angles(), self.correlator.rings(), self.correlator.pairs());
        let made = self.correlator.finish(&partial);
        values.f64("radial", &[rings], self.integrator.radial(), "");
        values.text("unit", self.unit);
        let both: Vec<u64> = match pairs == rings {
            true => (0..rings as u64).flat_map(|ring| [ring, ring]).collect(),
            false => (0..rings as u64).flat_map(|one| (0..=one).flat_map(move |other| [one, other])).collect(),
        };
        values.u64("rings", &[pairs, 2], &both, "");
        let half = angles / 2 + 1;
        let kept = half.min(self.components + 1);
        for (key, all) in [("componentsReal", &made.re), ("componentsImaginary", &made.im)] {
            let some: Vec<f64> = all.chunks(half).flat_map(|of_pair| &of_pair[..kept]).copied().collect();
            values.f64(key, &[pairs, kept], &some, "");
        }
        if self.correlation {
            values.f64("correlation", &[pairs, angles], &made.correlation, "");
            values.u64("cellPairs", &[pairs, angles], &made.pairs, "");
        }
        values.f64("image", &[rings, angles], &made.image, "");
        values.f64("mean", &[rings], &made.mean, "");
        values.u64("frames", &[], &[partial.frames], "");
        values.u64("otherFrames", &[], &[partial.others], "");
        let seen = partial.frames + partial.others;
        if partial.others > 0 {
            let text = format!(
                "{} of {seen} frames were left out: a cell of them has no good pixel that has some elsewhere, or the other way round\n\
                 hint: mask it, or take larger cells",
                partial.others
            );
            values.warn(text);
        }
        Ok(())
    }

    fn memory(&self) -> usize {
        self.integrator.working_bytes() + 8 * 8 * self.integrator.cells() + 2 * self.correlator.bytes()
    }
}

/// Mean of each cell, `[angle][ring]`; NaN where it has no good pixel.
fn cells(sums: &Sums, image: &mut Vec<f64>) {
    image.clear();
    image.extend(
        sums.signal.iter().zip(&sums.norm).map(|(signal, norm)| if *norm > 0.0 { signal / norm } else { f64::NAN }),
    );
}

/// What the step made itself always fits it.
fn wrong(error: &impl std::fmt::Display) -> Error {
    Error::bug(error.to_string(), Place::default())
}

impl Algorithm for CorrelateAngles {
    const NAME: &'static str = "correlate-angles";
    const SUMMARY: &'static str = "angular correlation (XCCA) of rings, and its Fourier components";
    const DETAILS: &'static str = "\
C(q1, q2, d) = sum W I(q1, k + d) W I(q2, k) / pairs of cells, over the cells k of a whole circle and the frames of the run, by
Fourier transforms of each ring of the cake; W = 1 where a cell has good pixels. What is taken off I before: the `run`'s mean
polar image, the `frame`'s own mean (Wochner 2009, Altarelli 2010; biased where cells are masked), or `nothing` (EXtra). The
first ring is the shifted one; in the order of Altarelli d is -d. Normalised by the `mean` of both rings, their standard
`deviation`, or by `nothing`. Frames weigh equally; `by-ring` divides each ring of a frame by its mean first. A frame in which other
cells are good than those with unmasked pixels is left out and counted. Run values `componentsReal`, `componentsImaginary` f64
[pairs, n]: (1/N) sum_d C exp(-2 pi i n d / N); in them the mean of its neighbours stands for C(q, q, 0), which holds the noise
of counting. `correlation` f64 [pairs, angles], `cellPairs` u64, `rings` u64 [pairs, 2] (numbers of both), `image` f64 [rings,
angles] (mean), `mean` f64 [rings], `radial` f64 [rings], `unit`, `frames`, `otherFrames`. Needs `geometry`.";
    const EXAMPLE: &'static str = "\
- correlate-angles: {unit: q_nm^-1, bins: 40, angles: 180, subtract: run, components: 12}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let Some(map) = &context.pixel_map else {
            return Err(vec![Problem::no_geometry(&[])]);
        };
        let options = Options {
            unit: config.unit,
            bins: config.bins,
            range: config.range,
            splitting: config.splitting,
            split_azimuth: config.splitting != crate::azimuthal::Splitting::No,
            solid_angle: config.solid_angle,
            polarisation: config.polarisation,
            error_model: ErrorModel::None,
            azimuth: Azimuth::Bins { bins: config.angles, range: [-180.0, 180.0] },
            ..Options::default()
        };
        let bad = (!context.bad_pixels.is_empty()).then_some(context.bad_pixels.as_slice());
        let told = |e: AzimuthalError| vec![Problem::new(&[], e.to_string())];
        let integrator = SparseIntegrator::new(map, &options, &Fields { bad, ..Fields::default() }).map_err(told)?;
        // a frame of ones tells which cells have pixels
        let (mut sums, mut image) = (Sums::default(), Vec::new());
        let ones = vec![1.0; map.layout().pixels()];
        integrator.integrate(&ones, &mut integrator.working(), &mut sums).map_err(told)?;
        cells(&sums, &mut image);
        let good: Vec<bool> = image.iter().map(|value| value.is_finite()).collect();
        let rings =
            (0..config.bins).filter(|ring| good.iter().skip(*ring).step_by(config.bins).all(|good| !good)).count();
        if rings == config.bins {
            return Err(vec![Problem::new(&["range"], "no pixel lies in any ring")
                .with_hint("are `range` and `unit` those of the detector?")]);
        }
        let subtract = match config.subtract {
            SubtractConfig::Run => Subtract::Run,
            SubtractConfig::Frame => Subtract::Frame,
            SubtractConfig::Nothing => Subtract::Nothing,
        };
        let normalise = match config.normalisation {
            NormaliseConfig::Mean => Normalise::Mean,
            NormaliseConfig::Deviation => Normalise::Deviation,
            NormaliseConfig::Nothing => Normalise::Nothing,
        };
        let same = config.pairs == Pairs::Same;
        let correlator =
            AngularCorrelator::new((config.angles, config.bins), good, same, subtract, config.by_ring, normalise);
        let correlator = correlator.map_err(|e| {
            let key = match e {
                AngularError::Angles(_) => "angles",
                _ => "bins",
            };
            vec![Problem::new(&[key], e.to_string())]
        })?;
        let step = Correlation {
            integrator,
            correlator,
            components: config.components,
            correlation: config.correlation,
            unit: config.unit.name(),
        };
        Ok(vec![Step::frame("XCCA", step)])
    }
}
