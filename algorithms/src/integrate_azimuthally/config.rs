//! Parameters of `integrate-azimuthally`.

use crate::azimuthal::{Azimuth, ErrorModel, Fields, Options, Sensor, Splitting, Statistic, MAX_BINS, MAX_ROWS};
use crate::detector_image::DetectorImage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{Context, Problem};
use trainyard_geometry::{Length, RadialUnit};

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

/// Which azimuths have a row of the result of their own.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Azimuths {
    /// ranges in degrees; they may overlap, and go across +-180
    pub sectors: Vec<[f64; 2]>,
    /// instead of them, so many equal bins: a cake
    #[schemars(range(min = 1, max = MAX_ROWS))]
    pub bins: Option<usize>,
    /// what the bins divide, in degrees
    pub range: Option<[f64; 2]>,
    /// share a pixel between rows as `splitting` shares it between bins; else it belongs to the row of its centre
    pub split: bool,
}

/// The absorbing layer of the detector.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct SensorConfig {
    /// "0.5 mm"
    #[schemars(with = "String", extend("format" = "length", "exclusiveMinimum" = 0))]
    pub thickness: Length,
    /// path after which 1 - 1/e of the photons are absorbed: "0.1 mm"
    #[schemars(with = "String", extend("format" = "length", "exclusiveMinimum" = 0))]
    pub attenuation_length: Length,
    /// rays that come in at an angle are seen farther out: take that back
    #[serde(default)]
    pub parallax: bool,
}

/// Which pixels are left out because they are far off the mean of their bin.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Clip {
    /// standard deviations that a pixel may be off; 0: so many that half a pixel of the bin would be farther off
    #[schemars(range(min = 0.0))]
    pub sigma: f64,
    /// rounds at most
    #[schemars(range(min = 1, max = 100))]
    pub rounds: usize,
}

impl Default for Clip {
    fn default() -> Self {
        Clip { sigma: 5.0, rounds: 5 }
    }
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
    /// rows of the result: sectors, or equal bins of the azimuth; one row of all azimuths when absent
    pub azimuth: Option<Azimuths>,
    /// normalise by the solid angle of each pixel
    pub solid_angle: bool,
    /// (I_h - I_v) / (I_h + I_v), about 0.99 at a SASE source; no correction when absent
    #[schemars(range(min = -1.0, max = 1.0))]
    pub polarisation: Option<f64>,
    /// plane of polarisation, degrees from the horizontal
    pub polarisation_angle: f64,
    /// the sensor's absorption at an angle; no correction when absent
    pub sensor: Option<SensorConfig>,
    /// image taken off each frame: NPY file, or `{file: ..., dataset: ...}`
    pub dark: Option<DetectorImage>,
    /// image that frames are normalised by
    pub flat: Option<DetectorImage>,
    /// where sigma comes from
    pub error_model: ErrorModel,
    /// image of the variance of each pixel, instead of `error-model`
    pub variance: Option<DetectorImage>,
    /// leave out pixels far off the mean of their bin
    pub clip: Option<Clip>,
    /// mean of what lies between two quantiles of a bin; `[0.5, 0.5]` is the median
    pub quantiles: Option<[f64; 2]>,
    /// column that each frame is divided by, or `SOURCE KEY`
    pub normalise_by: Option<String>,
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
            azimuth: None,
            solid_angle: true,
            polarisation: None,
            polarisation_angle: 0.0,
            sensor: None,
            dark: None,
            flat: None,
            error_model: ErrorModel::Poisson,
            variance: None,
            clip: None,
            quantiles: None,
            normalise_by: None,
            per: Per::Frame,
        }
    }
}

impl Config {
    /// # Errors
    /// Parameters that exclude each other.
    pub(super) fn options(&self) -> Result<Options, Problem> {
        let (azimuth, split_azimuth) = match &self.azimuth {
            None => (Azimuth::All, false),
            Some(Azimuths { sectors, bins: None, range: None, split }) if !sectors.is_empty() => {
                (Azimuth::Sectors(sectors.clone()), *split)
            }
            Some(Azimuths { sectors, bins: Some(bins), range, split }) if sectors.is_empty() => {
                (Azimuth::Bins { bins: *bins, range: range.unwrap_or([-180.0, 180.0]) }, *split)
            }
            Some(_) => {
                return Err(Problem::new(
                    &["azimuth"],
                    "`azimuth` takes either `sectors`, or `bins` with their `range`",
                ))
            }
        };
        if split_azimuth && self.splitting == Splitting::No {
            let what = "pixels are shared between rows as between bins, and `splitting` is `no`";
            return Err(Problem::new(&["azimuth", "split"], what).with_hint("take `splitting: full` or `bbox`"));
        }
        let statistic = match (self.clip, self.quantiles) {
            (None, None) => Statistic::Mean,
            (Some(Clip { sigma, rounds }), None) => Statistic::Clipped { limit: sigma, rounds },
            (None, Some([low, high])) if self.per == Per::Frame => Statistic::Between { low, high },
            (None, Some(_)) => {
                let what = "quantiles of several frames are not made of those of each";
                return Err(Problem::new(&["quantiles"], what).with_hint("take `per: frame`"));
            }
            (Some(_), Some(_)) => {
                return Err(Problem::new(&["quantiles"], "`clip` and `quantiles` exclude each other"))
            }
        };
        let sensor = self.sensor.map(|sensor| Sensor {
            thickness: sensor.thickness.metres(),
            attenuation_length: sensor.attenuation_length.metres(),
            parallax: sensor.parallax,
        });
        Ok(Options {
            unit: self.unit,
            bins: self.bins,
            range: self.range,
            splitting: self.splitting,
            solid_angle: self.solid_angle,
            polarisation: self.polarisation,
            polarisation_angle: self.polarisation_angle,
            error_model: self.error_model,
            sensor,
            azimuth,
            split_azimuth,
            statistic,
        })
    }
}

/// The images that the parameters name, and the pixels bad in every frame.
pub(super) struct Images {
    bad: std::sync::Arc<Vec<bool>>,
    dark: Option<Vec<f32>>,
    flat: Option<Vec<f32>>,
    variance: Option<Vec<f32>>,
}

impl Images {
    /// # Errors
    /// A file that cannot be read or does not fit.
    pub(super) fn read(config: &Config, context: &Context) -> Result<Self, Problem> {
        let read = |image: &Option<DetectorImage>, key| {
            let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
            image.as_ref().map(|image| image.read(key, context).map(narrow)).transpose()
        };
        Ok(Images {
            bad: context.bad_pixels.clone(),
            dark: read(&config.dark, "dark")?,
            flat: read(&config.flat, "flat")?,
            variance: read(&config.variance, "variance")?,
        })
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        Fields {
            bad: (!self.bad.is_empty()).then_some(self.bad.as_slice()),
            dark: self.dark.as_deref(),
            flat: self.flat.as_deref(),
            variance: self.variance.as_deref(),
        }
    }
}
