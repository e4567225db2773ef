//! What a user chooses of an azimuthal integration.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_geometry::RadialUnit;

/// How a pixel is shared between bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Splitting {
    /// All of it goes to the bin of its centre. Fastest; noisy where bins are narrower than pixels.
    #[default]
    No,
    /// It is an interval about its centre, as wide as its corners reach, shared by overlap.
    Bbox,
}

/// What the variance of a pixel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorModel {
    /// Not known: sigma is 0.
    #[default]
    None,
    /// max(value, 1): values are counts.
    Poisson,
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
        }
    }
}
