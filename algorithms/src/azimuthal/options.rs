//! What a user chooses of an azimuthal integration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_geometry::RadialUnit;

use super::error::AzimuthalError;

/// How a pixel is shared between bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Splitting {
    /// All of it goes to the bin of its centre. Fastest; noisy where bins are narrower than pixels.
    #[default]
    No,
    /// It is an interval about its centre, as wide as its corners reach, shared by overlap.
    Bbox,
    /// It is a polygon of radial coordinate and azimuth, shared by area.
    Full,
}

/// What the variance of a pixel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorModel {
    /// Not known: sigma is 0.
    #[default]
    None,
    /// max(value, 1), as pyFAI: ten times too much at 0.01 counts a pixel.
    Poisson,
    /// The value itself: values are counts of photons. A bin without counts has no sigma (NaN).
    Photons,
    /// How far the pixels of a bin are from their mean.
    Azimuthal,
    /// `azimuthal` decides what is clipped, `poisson` makes sigma.
    Hybrid,
}

/// Which azimuths are integrated, in degrees from x (right) towards y (up).
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Azimuth {
    /// All together.
    #[default]
    All,
    /// A row of the result for each range. They may overlap, and go across +-180 degrees.
    Sectors(Vec<[f64; 2]>),
    /// Equal bins over a range: a cake.
    Bins { bins: usize, range: [f64; 2] },
}

/// The layer of a detector that absorbs; see `correction.rs`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sensor {
    /// in m
    pub thickness: f64,
    /// in m: after it 1 - 1/e of the photons are absorbed
    pub attenuation_length: f64,
    /// Rays that come in at an angle are seen farther out.
    pub parallax: bool,
}

/// What is made of the pixels of a bin.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Statistic {
    /// The weighted mean.
    #[default]
    Mean,
    /// The weighted mean without pixels that lie more than so many standard deviations off it (0: Chauvenet's limit), dropped in
    /// rounds until none is.
    Clipped { limit: f64, rounds: usize },
    /// The weighted mean of what lies between two quantiles; the median for twice 0.5.
    Between { low: f64, high: f64 },
}

/// The parameters of [`super::AzimuthalIntegrator`].
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub unit: RadialUnit,
    pub bins: usize,
    /// In `unit`; all unmasked pixels when absent.
    pub range: Option<[f64; 2]>,
    pub splitting: Splitting,
    /// Normalise by the solid angle of each pixel, relative to one at normal incidence.
    pub solid_angle: bool,
    /// (I_h - I_v) / (I_h + I_v), 0.99 for a horizontally polarised beam; no correction when absent.
    pub polarisation: Option<f64>,
    pub error_model: ErrorModel,
    /// The plane of polarisation, degrees from x.
    pub polarisation_angle: f64,
    pub sensor: Option<Sensor>,
    pub azimuth: Azimuth,
    /// Pixels are shared between rows too, as they are between bins; else they belong to the row of their centre.
    pub split_azimuth: bool,
    pub statistic: Statistic,
}

/// What is known of each pixel, [module, slow, fast].
#[derive(Debug, Clone, Copy, Default)]
pub struct Fields<'a> {
    /// true = never use
    pub bad: Option<&'a [bool]>,
    /// Taken off the value before all else but the Poisson variance.
    pub dark: Option<&'a [f32]>,
    /// Part of the normalisation; a pixel without a positive one is not used.
    pub flat: Option<&'a [f32]>,
    /// Of every frame, instead of that of the error model.
    pub variance: Option<&'a [f32]>,
}

impl Fields<'_> {
    /// Each has a value for every pixel of the detector.
    pub(super) fn check(&self, pixels: usize) -> Result<(), AzimuthalError> {
        let lengths = [
            ("the mask", self.bad.map(<[bool]>::len)),
            ("the dark image", self.dark.map(<[f32]>::len)),
            ("the flat field", self.flat.map(<[f32]>::len)),
            ("the variance", self.variance.map(<[f32]>::len)),
        ];
        for (what, found) in lengths {
            if let Some(found) = found.filter(|found| *found != pixels) {
                return Err(AzimuthalError::Shape { what, expected: pixels, found });
            }
        }
        Ok(())
    }

    /// Whether the pixel can be used at all.
    pub(super) fn good(&self, at: usize) -> bool {
        let of = |values: Option<&[f32]>, sound: fn(f32) -> bool| {
            values.is_none_or(|values| values.get(at).copied().is_some_and(sound))
        };
        !self.bad.is_some_and(|bad| bad.get(at).copied().unwrap_or(true))
            && of(self.dark, f32::is_finite)
            && of(self.flat, |flat| flat.is_finite() && flat > 0.0)
            && of(self.variance, |variance| variance.is_finite() && variance >= 0.0)
    }
}

impl Options {
    /// Whether pixels of a module can be added without looking at others, and to one row: what the fast tables are for.
    pub(super) fn plain(&self, fields: &Fields<'_>) -> bool {
        let one_row = match &self.azimuth {
            Azimuth::All => true,
            Azimuth::Sectors(sectors) => sectors.len() == 1 && !self.split_azimuth,
            Azimuth::Bins { bins, .. } => *bins == 1 && !self.split_azimuth,
        };
        let local = matches!(self.error_model, ErrorModel::None | ErrorModel::Poisson | ErrorModel::Photons);
        // without clipping `hybrid` is `poisson`
        let local = local || self.error_model == ErrorModel::Hybrid;
        one_row && local && self.statistic == Statistic::Mean && fields.dark.is_none() && fields.variance.is_none()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            unit: RadialUnit::default(),
            bins: 1000,
            range: None,
            splitting: Splitting::default(),
            solid_angle: true,
            polarisation: None,
            error_model: ErrorModel::default(),
            polarisation_angle: 0.0,
            sensor: None,
            azimuth: Azimuth::All,
            split_azimuth: false,
            statistic: Statistic::Mean,
        }
    }
}
