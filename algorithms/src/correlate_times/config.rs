//! Parameters of `correlate-times`.

use crate::detector_image::DetectorImage;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_geometry::RadialUnit;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// g2 at lags that grow by powers of two
    #[default]
    MultiTau,
    /// each pair of times of a train, averaged over trains, and g2 of it with its error
    TwoTime,
    /// sums of each frame and ring that every estimator of the speckle contrast follows from
    Contrast,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Within {
    /// frames of one train are correlated with each other; the result is averaged over trains
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

/// What a lag counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LagBy {
    /// pulse ids, in units of `pulse-step`: a frame that was dropped leaves a gap
    #[default]
    Pulse,
    /// frames as they are kept, whatever lies between them
    Frame,
}

/// Parameters of `correlate-times`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// what is computed
    pub method: Method,
    /// multi-tau: lags of the first level; even
    #[schemars(range(min = 2, max = 1024))]
    pub buffers: usize,
    /// multi-tau: levels, the first included; each has twice the spacing of the one before
    #[schemars(range(min = 0, max = 30))]
    pub levels: usize,
    /// regions of interest: rings between two radii in `ring-unit`; the whole detector when absent
    pub rings: Vec<[f64; 2]>,
    /// what the limits of the rings are
    pub ring_unit: RadialUnit,
    /// regions of interest instead of rings: an image in which pixels of region i are i, from 1 on, and others 0
    pub mask: Option<DetectorImage>,
    /// multi-tau: what g2 is divided by
    pub normalisation: Normalise,
    /// which frames are correlated with each other
    pub within: Within,
    /// what a lag counts
    pub lag_by: LagBy,
    /// pulse ids that a lag of 1 stands for; the largest number that all distances in the first selected train are multiples
    /// of when absent
    #[schemars(range(min = 1))]
    pub pulse_step: Option<u64>,
    /// two-time: leave the shot noise of counts on the diagonal
    pub shot_noise: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            method: Method::MultiTau,
            buffers: 8,
            levels: 7,
            rings: Vec::new(),
            ring_unit: RadialUnit::RadiusMillimetres,
            mask: None,
            normalisation: Normalise::Roi,
            within: Within::Train,
            lag_by: LagBy::Pulse,
            pulse_step: None,
            shot_noise: false,
        }
    }
}
