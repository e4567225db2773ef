//! Where the pixels are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use trainyard_geometry::{Energy, Length, Overrides};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum GeometryChoice {
    File(#[schemars(extend("format" = "path"))] PathBuf),
    Adjusted(GeometryFile),
}

/// A geometry file, and what to take instead of what it states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GeometryFile {
    /// CrystFEL .geom or pyFAI .poni file
    #[schemars(extend("format" = "path"))]
    pub file: PathBuf,
    /// from the sample to the detector: "0.2 m"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "length", "exclusiveMinimum" = 0))]
    pub distance: Option<Length>,
    /// of a photon: "9.3 keV"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "energy", "exclusiveMinimum" = 0))]
    pub energy: Option<Energy>,
    /// where the direct beam meets a single-panel detector, [slow, fast] in pixels
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beam_centre: Option<[f64; 2]>,
    /// what pixels are that no panel covers: `bad`; without this word they are refused, as the mark of another detector's file
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uncovered: Option<Uncovered>,
    /// what is done about panels of modules that the detector does not have: `ignore`; without this word they are refused
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extra_panels: Option<ExtraPanels>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Uncovered {
    Bad,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExtraPanels {
    Ignore,
}

impl GeometryChoice {
    pub fn file(&self) -> &Path {
        match self {
            GeometryChoice::File(file) => file,
            GeometryChoice::Adjusted(geometry) => &geometry.file,
        }
    }

    pub fn overrides(&self) -> Overrides {
        match self {
            GeometryChoice::File(_) => Overrides::default(),
            GeometryChoice::Adjusted(geometry) => Overrides {
                distance: geometry.distance,
                energy: geometry.energy,
                beam_centre: geometry.beam_centre,
                uncovered_is_bad: geometry.uncovered == Some(Uncovered::Bad),
                ignore_extra_panels: geometry.extra_panels == Some(ExtraPanels::Ignore),
            },
        }
    }
}
