//! Which pixels are bad.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Mask {
    /// HDF5, NPY, EDF or TIFF file of the shape of the detector, non-zero = bad
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "path"))]
    pub file: Option<PathBuf>,
    /// pixels below this value are bad
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below: Option<f32>,
    /// pixels above this value are bad
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above: Option<f32>,
    /// NaN and infinite pixels are bad
    pub non_finite: bool,
    /// heed the detector's own `image.mask`
    pub detector: bool,
}

impl Default for Mask {
    fn default() -> Self {
        Mask { file: None, below: None, above: None, non_finite: true, detector: true }
    }
}
