//! Hits by the peaks that `find-peaks` found: how many, how strong, how far out.

use super::config::Config;
use trainyard_engine::algorithm::{Context, Frame, FrameOut, FrameStep, Problem, RunValues};
use trainyard_format::Result;

/// Peaks that make a hit when nothing else is said.
const PEAKS: u32 = 15;

/// What a frame must reach: (column, value) each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Criteria {
    pub(super) count: (usize, f64),
    others: Vec<(usize, f64)>,
}

impl Criteria {
    pub(super) fn new(config: &Config, context: &Context) -> std::result::Result<Self, Vec<Problem>> {
        let name = config.peaks.as_deref().unwrap_or("peaks");
        let mut problems = Vec::new();
        let mut reached = |key: &str, what: &str, value: f64| {
            let column = format!("{name}.{what}");
            let number = context.column(&column);
            if number.is_none() {
                let hint = match what {
                    "resolution" => "it needs the geometry with a photon energy, and `find-peaks` before this step",
                    _ => "put `- find-peaks: {...}` before this step; `peaks` names it where it has an `as`",
                };
                problems.push(Problem::new(&[key], format!("there is no column `{column}`")).with_hint(hint));
            }
            (number.unwrap_or(0), value)
        };
        let count = reached("method", "count", f64::from(config.min_peaks.unwrap_or(PEAKS)));
        let intensity = config.min_intensity.map(|value| reached("min-intensity", "intensity", value));
        let resolution = config.min_resolution.map(|value| reached("min-resolution", "resolution", value));
        let others = intensity.into_iter().chain(resolution).collect();
        if problems.is_empty() {
            Ok(Criteria { count, others })
        } else {
            Err(problems)
        }
    }

    pub(super) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        std::iter::once(self.count.0).chain(self.others.iter().map(|(column, _)| *column))
    }

    /// Whether a frame with these values in its columns is a hit; `None` where its peaks were not looked for.
    pub(super) fn hit(&self, value: impl Fn(usize) -> f64) -> Option<bool> {
        let count = value(self.count.0);
        let others = || self.others.iter().all(|&(column, least)| value(column) >= least);
        (!count.is_nan()).then(|| count >= self.count.1 && others())
    }
}

/// Parameters that are told, as run values.
pub(super) fn run_values(config: &Config, values: &mut RunValues) {
    values.text("method", "peaks");
    values.u64("minPeaks", &[], &[u64::from(config.min_peaks.unwrap_or(PEAKS))], "");
    values.f64("minIntensity", &[], &[config.min_intensity.unwrap_or(f64::NAN)], "");
    values.f64("minResolution", &[], &[config.min_resolution.unwrap_or(f64::NAN)], "");
}

/// Frame by frame, in the pass that finds the peaks: where no misses are drawn and no train is judged as a whole.
pub(super) struct AtOnce {
    pub(super) criteria: Criteria,
    pub(super) config: Config,
}

impl FrameStep for AtOnce {
    /// frames judged, hits
    type Partial = [u64; 2];
    type Working = ();

    fn working(&self) {}

    fn begin(&self) -> [u64; 2] {
        [0; 2]
    }

    fn frame(&self, frame: &Frame<'_>, (): &mut (), out: &mut FrameOut<'_>, judged: &mut [u64; 2]) -> Result<()> {
        let hit = self.criteria.hit(|column| frame.column(column));
        let (count, least) = self.criteria.count;
        let score = frame.column(count);
        let flag = |set: bool| hit.map_or(f64::NAN, |_| f64::from(u8::from(set)));
        let is_hit = hit == Some(true);
        let made = [flag(is_hit), flag(false), score];
        out.columns.iter_mut().zip(made).for_each(|(column, value)| *column = value);
        out.row.f64(&[score]);
        out.row.u8(&[u8::from(is_hit)]);
        out.row.u8(&[0]);
        out.row.f64(&[least]);
        judged[0] += u64::from(hit.is_some());
        judged[1] += u64::from(is_hit);
        Ok(())
    }

    fn merge(&self, into: &mut [u64; 2], next: [u64; 2]) -> Result<()> {
        *into = [into[0] + next[0], into[1] + next[1]];
        Ok(())
    }

    fn finish(&self, [judged, hits]: [u64; 2], values: &mut RunValues) -> Result<()> {
        run_values(&self.config, values);
        values.u64("hits", &[], &[hits], "");
        values.u64("framesJudged", &[], &[judged], "");
        if hits == 0 && judged > 0 {
            values.warn(format!("none of {judged} frames is a hit: none has the peaks asked for"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_engine::algorithm::testing::Stage;
    use trainyard_engine::algorithm::ColumnDecl;

    fn criteria(config: &str, columns: &[&str]) -> std::result::Result<Criteria, Vec<Problem>> {
        let columns: Vec<_> = columns.iter().map(|name| ColumnDecl::number(*name, "")).collect();
        let context = Stage::agipd(1).context("find-hits", &columns, None);
        Criteria::new(&serde_json::from_str(config).unwrap(), &context)
    }

    #[test]
    fn every_criterion_is_reached_not_exceeded() {
        let all = r#"{"method": "peaks", "min-peaks": 3, "min-intensity": 50, "min-resolution": 2}"#;
        let found = criteria(all, &["peaks.count", "peaks.intensity", "peaks.resolution"]).unwrap();
        let hit = |values: [f64; 3]| found.hit(|column| values[column - 3]);
        assert_eq!(hit([3.0, 50.0, 2.0]), Some(true));
        for (at, less) in [(0, 2.0), (1, 49.9), (2, 1.9), (2, f64::NAN)] {
            let mut values = [3.0, 50.0, 2.0];
            values[at] = less;
            assert_eq!(hit(values), Some(false), "{values:?}");
        }
        assert_eq!(hit([f64::NAN, 50.0, 2.0]), None);
        assert_eq!(criteria(r#"{"method": "peaks"}"#, &["peaks.count"]).unwrap().count.1, 15.0);
    }

    #[test]
    fn a_missing_column_is_told() {
        let told = criteria(r#"{"method": "peaks", "peaks": "strong", "min-resolution": 2}"#, &["peaks.count"]);
        let told: Vec<_> = told.unwrap_err().into_iter().map(|p| p.what).collect();
        assert_eq!(told, ["there is no column `strong.count`", "there is no column `strong.resolution`"]);
    }
}
