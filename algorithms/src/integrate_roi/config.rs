//! Parameters of `integrate-roi`.

use crate::column_bins::ColumnBins;
use crate::detector_image::DetectorImage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One region, by one of: a rectangle of a module (`module`, `slow`, `fast`), a `polygon`, a `ring`, a `mask`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RegionConfig {
    /// letters, digits, `-` and `_`
    pub name: String,
    /// number of the module that a rectangle lies in; not needed where there is one
    #[serde(default)]
    pub module: Option<u16>,
    /// rectangle: first pixel and one past the last along the slow axis
    #[serde(default)]
    pub slow: Option<[usize; 2]>,
    /// the same along the fast axis
    #[serde(default)]
    pub fast: Option<[usize; 2]>,
    /// corners [x, y] in mm from the beam; pixels whose centre lies inside
    #[serde(default)]
    pub polygon: Vec<[f64; 2]>,
    /// pixels between two radii in mm
    #[serde(default)]
    pub ring: Option<[f64; 2]>,
    /// image of the detector: pixels that are not 0
    #[serde(default)]
    pub mask: Option<DetectorImage>,
}

/// Good pixels by value.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HistogramConfig {
    /// number of bins
    #[schemars(range(min = 1, max = 65_536))]
    pub bins: usize,
    /// limits of the values, the upper one not included
    pub range: [f64; 2],
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Axis {
    Slow,
    #[default]
    Fast,
}

/// Spectra: rectangles projected onto one of their axes.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProjectionConfig {
    /// the axis that stays
    pub axis: Axis,
    /// [a, b]: a pixel i behind the corner across the axis is counted a i + b i^2 further along it
    pub curvature: [f64; 2],
    /// [e0, e1, ...]: energy in eV of pixel p of the module, e0 + e1 p + e2 p^2 ...
    pub energy: Vec<f64>,
}

/// What a row is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// a row a frame
    #[default]
    Frame,
    /// a row a train: sums over its frames
    Train,
    /// no rows: the sums of the run, or of each group, alone
    Run,
}

/// Parameters of `integrate-roi`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// what is integrated
    #[schemars(length(min = 1, max = 1000))]
    pub regions: Vec<RegionConfig>,
    /// name of the region that is background: its mean times the good pixels of another one is taken off that one
    #[serde(default)]
    pub background: Option<String>,
    /// variance of the pixels too
    #[serde(default)]
    pub variance: bool,
    /// median of the pixels too
    #[serde(default)]
    pub median: bool,
    /// centre of mass too
    #[serde(default)]
    pub centre: bool,
    /// good pixels by value too
    #[serde(default)]
    pub histogram: Option<HistogramConfig>,
    /// spectra too: all regions have to be rectangles of one length along the axis
    #[serde(default)]
    pub projection: Option<ProjectionConfig>,
    /// column, or region, that each frame is divided by
    #[serde(default)]
    pub normalise_by: Option<String>,
    /// [sample, reference]: names of two regions; the absorption is -ln(sample / reference)
    #[serde(default)]
    pub absorption: Option<[String; 2]>,
    /// sums of groups of frames, in place of those of the run
    #[serde(default)]
    pub group_by: Option<ColumnBins>,
    /// what a row is of
    #[serde(default)]
    pub per: Per,
}
