//! Parameters of `find-hits`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::Problem;
use trainyard_geometry::Energy;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// number of pixels above a threshold
    #[default]
    LitPixels,
    /// peaks that `find-peaks` found before
    Peaks,
}

/// What is hit or miss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Per {
    /// each frame
    #[default]
    Pulse,
    /// each train: a hit, with all its frames that can be, when one of them is
    Train,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// from the scores around each train
    #[default]
    Adaptive,
    /// `fixed-threshold` for all
    Fixed,
}

/// What `keep-misses` is a fraction of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MissesOf {
    /// of the hits found
    #[default]
    Hits,
    /// of the misses there are
    Misses,
}

/// Which modules' pixels are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    /// those that make the score; the others are not read for it
    #[default]
    Chosen,
    /// all of the detector
    All,
}

/// Parameters of `find-hits`.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// what is scored
    pub method: Method,
    /// what is hit or miss
    pub per: Per,
    /// of `peaks`: what the step `find-peaks` is called, when it has an `as`
    pub peaks: Option<String>,
    /// of `peaks`: peaks that a hit has at least; 15 when left out
    pub min_peaks: Option<u32>,
    /// of `peaks`: sum of the intensities of its peaks that a hit has at least
    pub min_intensity: Option<f64>,
    /// of `peaks`: resolution 1/d in 1/nm, as `find-peaks` tells it, that a hit has at least
    pub min_resolution: Option<f64>,
    /// a pixel is lit when it is above, in the detector's unit (photons, keV)
    pub threshold: f32,
    /// numbers of the modules that make the score; the default are the inner ones of AGIPD
    pub modules: Vec<u16>,
    /// which modules are read and counted
    pub count: Count,
    /// where the threshold of the scores comes from
    pub mode: Mode,
    /// how many sigma above the median a hit lies
    pub snr: f64,
    /// scores that a threshold should be made of
    #[schemars(range(min = 1, max = 100_000_000))]
    pub min_scores: usize,
    /// sigma from the lower quartile alone, for runs with many hits
    pub lower_quartile: bool,
    /// score that a hit is above, for `mode: fixed`
    pub fixed_threshold: Option<f64>,
    /// bring scores to one pulse energy
    pub normalise_by_xgm: bool,
    /// frames of weaker pulses are neither hit nor miss when scores are normalised
    pub least_energy: Energy,
    /// misses to keep, as a fraction of the hits (or of the misses, see `misses-of`); EXtra-redu's default is 1
    #[schemars(range(min = 0.0))]
    pub keep_misses: f64,
    /// what `keep-misses` is a fraction of
    pub misses_of: MissesOf,
    /// misses to keep at least, as a share of hits and misses; EXtra-redu's default is 0.01
    #[schemars(range(min = 0.0, max = 1.0))]
    pub least_misses: f64,
    /// of the sample of misses; the first train id when left out
    pub seed: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            method: Method::LitPixels,
            per: Per::Pulse,
            peaks: None,
            min_peaks: None,
            min_intensity: None,
            min_resolution: None,
            threshold: 0.7,
            modules: vec![3, 4, 8, 15],
            count: Count::Chosen,
            mode: Mode::Adaptive,
            snr: 4.0,
            min_scores: 100,
            lower_quartile: false,
            fixed_threshold: None,
            normalise_by_xgm: false,
            least_energy: Energy::from_joules(200e-6),
            keep_misses: 0.0,
            misses_of: MissesOf::Hits,
            least_misses: 0.0,
            seed: None,
        }
    }
}

impl Config {
    /// In uJ, the unit of the column; rounded to 1e-9 uJ, or 200 uJ would be a little less after the way over joules.
    pub(super) fn least_energy(&self) -> f64 {
        (self.least_energy.joules() * 1e15).round() / 1e9
    }

    /// What is wrong with the parameters themselves.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if self.modules.is_empty() {
            problems.push(Problem::new(&["modules"], "a score needs at least one module"));
        }
        if !self.threshold.is_finite() {
            problems.push(Problem::new(&["threshold"], "the threshold is not a finite number"));
        }
        if !self.snr.is_finite() {
            problems.push(Problem::new(&["snr"], "the number of sigma is not finite"));
        }
        match (self.mode, self.fixed_threshold) {
            (Mode::Fixed, None) => problems.push(
                Problem::new(&["mode"], "a fixed threshold is asked for, but not given")
                    .with_hint("add `fixed-threshold: SCORE`"),
            ),
            (Mode::Adaptive, Some(_)) => problems.push(
                Problem::new(&["fixed-threshold"], "an adaptive threshold is not fixed")
                    .with_hint("add `mode: fixed`, or take this out"),
            ),
            _ => {}
        }
        problems.extend(self.of_the_other_method());
        problems
    }

    /// Parameters that the method does not look at.
    fn of_the_other_method(&self) -> Vec<Problem> {
        let plain = Config::default();
        let (other, given): (&str, Vec<(&str, bool)>) = match self.method {
            Method::LitPixels => (
                "peaks",
                vec![
                    ("peaks", self.peaks.is_some()),
                    ("min-peaks", self.min_peaks.is_some()),
                    ("min-intensity", self.min_intensity.is_some()),
                    ("min-resolution", self.min_resolution.is_some()),
                ],
            ),
            Method::Peaks => (
                "lit-pixels",
                vec![
                    ("threshold", self.threshold != plain.threshold),
                    ("modules", self.modules != plain.modules),
                    ("count", self.count != plain.count),
                    ("mode", self.mode != plain.mode),
                    ("snr", self.snr != plain.snr),
                    ("min-scores", self.min_scores != plain.min_scores),
                    ("lower-quartile", self.lower_quartile),
                    ("fixed-threshold", self.fixed_threshold.is_some()),
                    ("normalise-by-xgm", self.normalise_by_xgm),
                ],
            ),
        };
        let given = given.into_iter().filter(|(_, given)| *given);
        given
            .map(|(key, _)| {
                Problem::new(&[key], format!("`{key}` belongs to `method: {other}`"))
                    .with_hint(format!("write `method: {other}`, or take this out"))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_energy_is_extra_redus() {
        assert_eq!(Config::default().least_energy(), crate::adaptive_threshold::LEAST_ENERGY);
        let written: Config = serde_json::from_str(r#"{"least-energy": "200 uJ"}"#).unwrap();
        assert_eq!(written.least_energy(), crate::adaptive_threshold::LEAST_ENERGY);
    }

    #[test]
    fn a_parameter_of_the_other_method_is_told() {
        let told = |text| {
            let problems = serde_json::from_str::<Config>(text).unwrap().problems();
            problems.into_iter().map(|p| p.path.join(".")).collect::<Vec<_>>()
        };
        assert_eq!(told(r#"{"min-peaks": 3, "min-resolution": 1}"#), ["min-peaks", "min-resolution"]);
        assert_eq!(told(r#"{"method": "peaks", "min-peaks": 3, "modules": [1], "snr": 3}"#), ["modules", "snr"]);
        assert_eq!(told(r#"{"method": "peaks", "per": "train", "keep-misses": 0.5}"#), [""; 0]);
    }

    #[test]
    fn mode_and_threshold_belong_together() {
        let count = |text| serde_json::from_str::<Config>(text).unwrap().problems().len();
        assert_eq!(count("{}"), 0);
        assert_eq!(count(r#"{"mode": "fixed"}"#), 1);
        assert_eq!(count(r#"{"mode": "fixed", "fixed-threshold": 300}"#), 0);
        assert_eq!(count(r#"{"fixed-threshold": 300, "modules": []}"#), 2);
    }
}
