//! Parameters of `correlate-angles`.

use crate::azimuthal::Splitting;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_geometry::RadialUnit;

/// What is taken off each ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubtractConfig {
    /// the mean polar image of the run
    #[default]
    Run,
    /// the frame's own mean
    Frame,
    /// nothing: raw products
    Nothing,
}

/// What the correlation is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormaliseConfig {
    /// the means of both rings
    #[default]
    Mean,
    /// their standard deviations
    Deviation,
    Nothing,
}

/// Which rings are correlated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairs {
    /// each with each
    #[default]
    All,
    /// each with itself
    Same,
}

/// Parameters of `correlate-angles`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// radial axis
    pub unit: RadialUnit,
    /// number of rings
    #[schemars(range(min = 1, max = 4096))]
    pub bins: usize,
    /// limits of the radial axis in `unit`; all unmasked pixels when absent
    pub range: Option<[f64; 2]>,
    /// cells of a ring round the circle: a product of 2, 3, 5 and 7
    #[schemars(range(min = 4, max = 8192))]
    pub angles: usize,
    /// how a pixel is shared between cells; with `bbox` or `full` neighbouring cells share its noise
    pub splitting: Splitting,
    /// which rings are correlated
    pub pairs: Pairs,
    /// what is taken off each ring
    pub subtract: SubtractConfig,
    /// divide each ring of each frame by its mean first
    pub by_ring: bool,
    /// what the correlation is divided by
    pub normalisation: NormaliseConfig,
    /// highest Fourier component
    #[schemars(range(min = 0, max = 4096))]
    pub components: usize,
    /// the correlation itself too, not only its components
    pub correlation: bool,
    /// normalise by the solid angle of each pixel
    pub solid_angle: bool,
    /// (I_h - I_v) / (I_h + I_v), about 0.99 at a SASE source; no correction when absent
    #[schemars(range(min = -1.0, max = 1.0))]
    pub polarisation: Option<f64>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            unit: RadialUnit::default(),
            bins: 50,
            range: None,
            angles: 180,
            splitting: Splitting::No,
            pairs: Pairs::All,
            subtract: SubtractConfig::Run,
            by_ring: false,
            normalisation: NormaliseConfig::Mean,
            components: 24,
            correlation: true,
            solid_angle: true,
            polarisation: None,
        }
    }
}
