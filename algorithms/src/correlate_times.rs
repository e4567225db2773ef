//! `correlate-times`: multi-tau intensity correlation g2 within trains, averaged over the run. Formulas in
//! [`crate::multi_tau`].

use crate::multi_tau::{MultiTau, Normalisation, Partial, G2};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{
    Algorithm, Context, Frame, Problem, RowSink, RunValues, Spread, Step, TrainExtract, TrainStep,
};
use trainyard_format::{Error, Place, Result};
use trainyard_geometry::PixelMap;

pub struct CorrelateTimes;

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    #[default]
    MultiTau,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    /// frames of one train are correlated with each other; g2 is averaged over trains
    #[default]
    Train,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalise {
    /// by the mean intensity of the whole ring
    #[default]
    Roi,
    /// pixel by pixel, then averaged: removes static differences between pixels
    Pixel,
}

/// Parameters of `correlate-times`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// how lags are spaced
    pub method: Method,
    /// lags of the first level; even
    #[schemars(range(min = 2, max = 1024))]
    pub buffers: usize,
    /// levels, the first included; each has twice the spacing of the one before
    #[schemars(range(min = 0, max = 30))]
    pub levels: usize,
    /// regions of interest: rings between two radii in mm; the whole detector when absent
    pub rings: Vec<[f64; 2]>,
    /// what g2 is divided by
    pub normalisation: Normalise,
    /// which frames are correlated with each other
    pub within: Within,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            method: Method::MultiTau,
            buffers: 8,
            levels: 7,
            rings: Vec::new(),
            normalisation: Normalise::Roi,
            within: Within::Train,
        }
    }
}

struct Correlation {
    tau: MultiTau,
    /// pixels of all rings, one ring after the other: positions in the frame
    pixels: Vec<u32>,
    rings: Vec<[f64; 2]>,
}

impl TrainStep for Correlation {
    type Partial = Option<Partial>;

    fn extract_len(&self) -> usize {
        self.pixels.len()
    }

    fn extract(&self, frame: &Frame<'_>, values: &mut [f32]) -> Result<()> {
        let image = frame.pixels();
        for (value, &pixel) in values.iter_mut().zip(&self.pixels) {
            *value = image[pixel as usize];
        }
        Ok(())
    }

    fn begin(&self) -> Option<Partial> {
        None
    }

    fn train(&self, train: &TrainExtract<'_>, _: &mut RowSink<'_>) -> Result<Option<Partial>> {
        self.tau.train_contiguous(train.data).map(Some).map_err(|e| wrong(&e))
    }

    fn merge(&self, into: &mut Option<Partial>, next: Option<Partial>) -> Result<()> {
        match (into, next) {
            (Some(whole), Some(next)) => whole.merge(&next).map_err(|e| wrong(&e))?,
            (empty, next @ Some(_)) => *empty = next,
            (_, None) => {}
        }
        Ok(())
    }

    fn finish(&self, partial: Option<Partial>, values: &mut RunValues) -> Result<()> {
        let partial = partial.unwrap_or_else(|| self.tau.empty());
        let g2 = self.tau.finish(&partial).map_err(|e| wrong(&e))?;
        let shape = [g2.lags.len(), g2.rings];
        values.u64("lags", &[g2.lags.len()], &g2.lags, "");
        values.f64("g2", &shape, &g2.g2, "");
        values.u64("pairs", &shape, &g2.counts, "");
        let radii: Vec<f64> = self.rings.iter().flatten().copied().collect();
        values.f64("rings", &[self.rings.len(), 2], &radii, "mm");
        values.u64("pixels", &[g2.rings], &g2.pixels, "");
        values.u64("frames", &[g2.rings], &g2.frames, "");
        (0..g2.rings).filter_map(|ring| self.nothing(&g2, ring)).for_each(|text| values.warn(text));
        Ok(())
    }

    /// Of the partial.
    fn memory(&self) -> usize {
        self.tau.partial_bytes()
    }
}

/// What this correlator made itself always fits it.
fn wrong(error: &impl std::fmt::Display) -> Error {
    Error::bug(error.to_string(), Place::default())
}

impl Correlation {
    /// Why a ring has no g2, when it has none.
    fn nothing(&self, g2: &G2, ring: usize) -> Option<String> {
        if g2.seen == 0 || g2.counts.iter().skip(ring).step_by(g2.rings).any(|&pairs| pairs > 0) {
            return None;
        }
        let [inner, outer] = self.rings[ring];
        let name = match outer.is_finite() {
            true => format!("ring {ring} ({inner} to {outer} mm)"),
            false => "the detector".to_string(),
        };
        let why = match g2.pixels[ring] {
            0 => "all its pixels are bad in every frame".to_string(),
            _ => format!(
                "in each of {} frames a pixel of it is bad that is good in another frame: mask it, or take smaller rings",
                g2.seen
            ),
        };
        Some(format!("{name} has no pair of frames: {why}"))
    }
}

impl Algorithm for CorrelateTimes {
    const NAME: &'static str = "correlate-times";
    const SUMMARY: &'static str = "multi-tau g2 of rings on the detector, within trains";
    const DETAILS: &'static str = "\
g2(lag) = <<I(t) I(t+lag)>> / (<<I(t)>> <<I(t+lag)>>) over the pixels of a ring and the pairs of frames of each train,
numerator, past and future summed over all trains and divided at the end. Lags count kept frames: level 0 has lags
0..buffers-1, each of the others doubles the spacing and averages two frames. Pixels bad in every frame of the run, whatever
marked them, are left out of their ring; a frame in which another pixel of a ring is bad gives no pair for that ring. Run
values `lags` u64 [lags], `g2` f64 [lags, rings], `pairs` u64 [lags, rings], `rings` f64 [rings, 2] mm, `pixels` u64 [rings]
(without those left out), `frames` u64 [rings] (that gave pairs). Rings need `geometry`.";
    const EXAMPLE: &'static str = "\
- correlate-times: {buffers: 4, levels: 2, rings: [[20, 40], [40, 60]], normalisation: pixel}";
    type Config = Config;

    fn configure(config: Config, context: &Context) -> std::result::Result<Vec<Step>, Vec<Problem>> {
        let (sizes, pixels) = if config.rings.is_empty() {
            let all: Vec<u32> = good(context).collect();
            (vec![all.len()], all)
        } else {
            let Some(map) = &context.pixel_map else {
                return Err(vec![Problem::no_geometry(&["rings"])]);
            };
            rings(&config.rings, map, context)?
        };
        let rings = if config.rings.is_empty() { vec![[0.0, f64::INFINITY]] } else { config.rings };
        let normalisation = match config.normalisation {
            Normalise::Roi => Normalisation::Roi,
            Normalise::Pixel => Normalisation::Pixel,
        };
        let tau = MultiTau::new(&sizes, config.buffers, config.levels, normalisation)
            .map_err(|e| vec![Problem::new(&[], e.to_string())])?;
        let step = Correlation { tau, pixels, rings };
        Ok(vec![Step::train("G2", step)])
    }
}

/// Pixels that are not bad in every frame.
fn good(context: &Context) -> impl Iterator<Item = u32> + '_ {
    let pixels = context.detector.modules.len() * context.detector.module_pixels();
    (0..pixels as u32).filter(|&p| !context.bad_pixels.get(p as usize).copied().unwrap_or(false))
}

type Rings = (Vec<usize>, Vec<u32>);

fn rings(wanted: &[[f64; 2]], map: &PixelMap, context: &Context) -> std::result::Result<Rings, Vec<Problem>> {
    let radii: Vec<Option<f64>> = map.iter().map(|p| p.map(|p| p.r_mm())).collect();
    let (mut sizes, mut pixels, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (number, &[inner, outer]) in wanted.iter().enumerate() {
        let before = pixels.len();
        let inside = |p: &u32| radii[*p as usize].is_some_and(|r| r >= inner && r < outer);
        pixels.extend(good(context).filter(inside));
        if pixels.len() == before {
            let reach = Spread::of(good(context).filter_map(|p| radii[p as usize]));
            let reach =
                reach.map_or("all pixels are masked".into(), |r| format!("pixels that are not masked lie at {r} mm"));
            let what = format!("no pixel lies between {inner} and {outer} mm from the beam: {reach}");
            let problem = Problem::new(&["rings", &number.to_string()], what);
            problems.push(problem.with_hint("rings are radii in mm: are they those of the detector?"));
        }
        sizes.push(pixels.len() - before);
    }
    if problems.is_empty() {
        Ok((sizes, pixels))
    } else {
        Err(problems)
    }
}
