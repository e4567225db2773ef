//! Parameters of `find-peaks`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::Problem;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// groups of pixels above one threshold
    #[default]
    Connected,
    /// groups of pixels above a threshold that follows the background by radius, judged by the background about them
    Peakfinder8,
}

/// Parameters of `find-peaks`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Config {
    /// how peaks are found
    #[serde(default)]
    pub method: Method,
    /// a pixel belongs to a peak when it is above, in the detector's unit; of peakfinder8 above that of its ring too
    pub threshold: f32,
    /// pixels that a peak has at least
    #[serde(default = "two")]
    #[schemars(range(min = 1))]
    pub min_pixels: u32,
    /// pixels that a peak has at most; 1000 when left out, 200 of peakfinder8
    #[schemars(range(min = 1))]
    pub max_pixels: Option<u32>,
    /// peaks of a frame that are listed; further ones are counted
    #[serde(default = "most")]
    #[schemars(range(min = 1))]
    pub max_peaks: u32,
    /// of peakfinder8: deviations above its ring's mean of a pixel, and signal over noise of a peak, at least; 5 when left out
    #[schemars(range(min = 0.0, max = 1e6))]
    pub snr: Option<f64>,
    /// of peakfinder8: half of the reach of the background about a peak, in pixels; 3 when left out
    #[schemars(range(min = 1, max = 1000))]
    pub background_radius: Option<u32>,
    /// of peakfinder8: pixels are used that are farther from the beam, in pixels; 0 when left out
    #[schemars(range(min = 0.0))]
    pub min_radius: Option<f64>,
    /// of peakfinder8: pixels are used that are nearer to the beam, in pixels; all when left out
    #[schemars(range(min = 0.0))]
    pub max_radius: Option<f64>,
    /// of peakfinder8: peaks are left out of which a pixel is more above the background about it; none when left out
    pub saturation: Option<f32>,
}

fn two() -> u32 {
    2
}

fn most() -> u32 {
    2048
}

impl Config {
    pub(super) fn max_pixels(&self) -> u32 {
        self.max_pixels.unwrap_or(match self.method {
            Method::Connected => 1000,
            Method::Peakfinder8 => 200,
        })
    }

    /// What is wrong with the parameters themselves.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut wrong = |key: &str, what: String| problems.push(Problem::new(&[key], what));
        if !self.threshold.is_finite() {
            wrong("threshold", "the threshold is not a finite number".into());
        }
        if self.min_pixels > self.max_pixels() {
            let (least, most) = (self.min_pixels, self.max_pixels());
            wrong("max-pixels", format!("no peak has at least {least} and at most {most} pixels"));
        }
        let own = [
            ("snr", self.snr),
            ("background-radius", self.background_radius.map(f64::from)),
            ("min-radius", self.min_radius),
            ("max-radius", self.max_radius),
            ("saturation", self.saturation.map(f64::from)),
        ];
        for (key, value) in own {
            match value {
                Some(_) if self.method == Method::Connected => {
                    let problem = Problem::new(&[key], format!("`{key}` belongs to another method"));
                    problems.push(problem.with_hint("add `method: peakfinder8`, or take this out"));
                }
                Some(value) if !value.is_finite() => {
                    problems.push(Problem::new(&[key], format!("`{key}` is not a finite number")));
                }
                _ => {}
            }
        }
        if let (Some(min), Some(max)) = (self.min_radius, self.max_radius) {
            if max <= min {
                problems.push(Problem::new(&["max-radius"], format!("no pixel lies between {min} and {max}")));
            }
        }
        problems
    }
}
