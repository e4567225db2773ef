//! What a sample of the written frames must meet before anything is published.

use super::Percent;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::plan::{Metric, Quality};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct QualityChoice {
    /// share of the frames that is measured: "5%"
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<Percent>,
    /// another seed takes another sample
    #[serde(default)]
    pub seed: u64,
    /// what each sampled frame must meet
    pub limits: Limits,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Limits {
    /// largest distance of an unmasked pixel from its value
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub max_error: Option<f64>,
    /// dB, at least
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psnr: Option<f64>,
    /// structural similarity, at least
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -1.0, max = 1.0))]
    pub ssim: Option<f64>,
    /// largest relative deviation of I(q), over bins with I > 5 sigma
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.0))]
    pub azimuthal_deviation: Option<f64>,
}

impl QualityChoice {
    /// Share of the frames that is measured when none is named.
    const SAMPLE: f64 = 0.05;

    pub fn limits_in_force(&self) -> Quality {
        let limits = &self.limits;
        let named = [
            (Metric::MaxError, limits.max_error),
            (Metric::Psnr, limits.psnr),
            (Metric::Ssim, limits.ssim),
            (Metric::AzimuthalDeviation, limits.azimuthal_deviation),
        ];
        Quality {
            sample: self.sample.as_ref().map_or(Self::SAMPLE, |s| s.fraction()),
            seed: self.seed,
            limits: named.into_iter().filter_map(|(metric, limit)| Some((metric, limit?))).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_of_keys_has_the_share() {
        let page = include_str!("../../../docs/reference/workflow-keys.md");
        let shown = format!("`{{sample: {}%, seed: 0,", super::QualityChoice::SAMPLE * 100.0);
        assert!(page.contains(&shown), "{shown}");
    }
}
