//! Hit or miss, once all scores are known.

use super::config::{Config, MissesOf, Mode, Per};
use super::peaks::{self, Criteria};
use crate::adaptive_threshold::{keep_misses, normalise, thresholds, MissBase, MissOptions, Options, Threshold};
use std::ops::Range;
use trainyard_engine::algorithm::{Decide, Decision, OutputDecl, RunValues, RunView, Spread};
use trainyard_format::map::ElementType;
use trainyard_format::words::counted;
use trainyard_format::Result;

pub(super) struct Judge {
    pub(super) config: Config,
    /// of hits by peaks
    pub(super) criteria: Option<Criteria>,
    /// number of the column with the scores
    pub(super) score: usize,
    /// number of the column with the energies, when scores are normalised by them
    pub(super) energy: Option<usize>,
}

/// The frames that are still there, one behind the other, with all that is known of them.
struct Verdicts {
    /// their numbers in the table
    frames: Vec<usize>,
    /// ranges of `frames`
    trains: Vec<Range<usize>>,
    /// `NaN` where there is none
    score: Vec<f64>,
    /// may be hit or miss
    good: Vec<bool>,
    hit: Vec<bool>,
    /// by train
    thresholds: Vec<Option<Threshold>>,
}

impl Judge {
    fn judge(&self, table: &RunView<'_>) -> Verdicts {
        let mut frames = Vec::new();
        let mut trains = Vec::with_capacity(table.trains.len());
        for train in 0..table.trains.len() {
            let start = frames.len();
            frames.extend(table.frames_of(train).filter(|&frame| table.alive[frame]));
            trains.push(start..frames.len());
        }
        let column = |number: usize| frames.iter().map(|&f| table.columns.values[number][f]).collect::<Vec<f64>>();
        let mut score = column(self.score);
        let mut good: Vec<bool> = score.iter().map(|s| !s.is_nan()).collect();
        if let Some(energy) = self.energy {
            let strong =
                normalise(&mut score, &column(energy), &trains, self.config.min_scores, self.config.least_energy());
            good.iter_mut().zip(strong).for_each(|(good, strong)| *good &= strong);
        }
        score.iter_mut().for_each(|s| *s = s.trunc());
        let fixed = |value| Threshold { value, mu: f64::NAN, sigma: f64::NAN };
        let thresholds = match (&self.criteria, self.config.mode) {
            (Some(criteria), _) => vec![Some(fixed(criteria.count.1)); trains.len()],
            (None, Mode::Adaptive) => {
                let Config { snr, min_scores, lower_quartile, .. } = self.config;
                thresholds(&score, &good, &trains, &Options { snr, min_scores, lower_quartile })
            }
            (None, Mode::Fixed) => vec![self.config.fixed_threshold.map(fixed); trains.len()],
        };
        let mut hit = vec![false; frames.len()];
        for (train, threshold) in trains.iter().zip(&thresholds) {
            let Some(threshold) = threshold else { continue };
            let is_hit = |f: usize| match &self.criteria {
                Some(criteria) => criteria.hit(|column| table.columns.values[column][frames[f]]) == Some(true),
                None => score[f] > threshold.value,
            };
            train.clone().for_each(|f| hit[f] = good[f] && is_hit(f));
            if self.config.per == Per::Train && hit[train.clone()].contains(&true) {
                train.clone().for_each(|f| hit[f] = good[f]);
            }
        }
        Verdicts { frames, trains, score, good, hit, thresholds }
    }

    fn misses(&self, table: &RunView<'_>, verdicts: &Verdicts) -> Vec<bool> {
        let Verdicts { frames, trains, good, hit, .. } = verdicts;
        let candidates: Vec<bool> = good.iter().zip(hit).map(|(good, hit)| *good && !*hit).collect();
        let mut ids = Vec::with_capacity(frames.len());
        for (train, &train_id) in trains.iter().zip(table.trains) {
            ids.extend(frames[train.clone()].iter().map(|&frame| (train_id, table.pulse_id[frame])));
        }
        let options = MissOptions {
            fraction: self.config.keep_misses,
            base: match self.config.misses_of {
                MissesOf::Hits => MissBase::Hits,
                MissesOf::Misses => MissBase::Misses,
            },
            least: self.config.least_misses,
            seed: self.config.seed.or(table.trains.first().copied()).unwrap_or(0),
        };
        match self.config.per {
            Per::Pulse => keep_misses(&ids, hit, &candidates, trains, &options),
            Per::Train => whole_trains(table.trains, hit, &candidates, trains, &options),
        }
    }
}

/// Misses drawn train by train: all that a train has, or none.
fn whole_trains(
    ids: &[u64],
    hit: &[bool],
    candidates: &[bool],
    trains: &[Range<usize>],
    options: &MissOptions,
) -> Vec<bool> {
    let any = |flags: &[bool]| trains.iter().map(|train| flags[train.clone()].contains(&true)).collect::<Vec<bool>>();
    let ids: Vec<(u64, u64)> = ids.iter().map(|&train| (train, 0)).collect();
    let alone: Vec<Range<usize>> = (0..trains.len()).map(|train| train..train + 1).collect();
    let drawn = keep_misses(&ids, &any(hit), &any(candidates), &alone, options);
    let mut kept = vec![false; hit.len()];
    for (train, _) in trains.iter().zip(&drawn).filter(|(_, drawn)| **drawn) {
        kept[train.clone()].copy_from_slice(&candidates[train.clone()]);
    }
    kept
}

impl Decide for Judge {
    fn decide(&self, table: &RunView<'_>, out: &mut Decision<'_>) -> Result<()> {
        let verdicts = self.judge(table);
        let misses = self.misses(table, &verdicts);
        for (train, threshold) in verdicts.trains.iter().zip(&verdicts.thresholds) {
            let threshold = threshold.map_or(f64::NAN, |t| t.value);
            for at in train.clone() {
                let (frame, score) = (verdicts.frames[at], verdicts.score[at]);
                let flag = |set: bool| if verdicts.good[at] { f64::from(u8::from(set)) } else { f64::NAN };
                out.columns[0][frame] = flag(verdicts.hit[at]);
                out.columns[1][frame] = flag(misses[at]);
                out.columns[2][frame] = score;
                out.row(frame, |row| {
                    row.f64(&[score]);
                    row.u8(&[u8::from(verdicts.hit[at])]);
                    row.u8(&[u8::from(misses[at])]);
                    row.f64(&[threshold]);
                });
            }
        }
        self.tell(table, &verdicts, &mut out.values);
        Ok(())
    }
}

impl Judge {
    fn tell(&self, table: &RunView<'_>, verdicts: &Verdicts, values: &mut RunValues) {
        let config = &self.config;
        if self.criteria.is_some() {
            peaks::run_values(config, values);
        } else {
            self.of_lit_pixels(values);
        }
        values.text("per", if config.per == Per::Train { "train" } else { "pulse" });
        values.f64("keepMisses", &[], &[config.keep_misses], "");
        let hits = verdicts.hit.iter().filter(|h| **h).count();
        values.u64("hits", &[], &[hits as u64], "");
        let good = verdicts.good.iter().filter(|g| **g).count();
        values.u64("framesJudged", &[], &[good as u64], "");
        if let Some(text) = nothing(table, verdicts) {
            values.warn(text);
        }
        let by_train = |f: fn(&Threshold) -> f64| -> Vec<f64> {
            verdicts.thresholds.iter().map(|t| t.as_ref().map_or(f64::NAN, f)).collect()
        };
        let trains = &[table.trains.len()];
        values.u64("trainId", trains, table.trains, "");
        values.f64("threshold", trains, &by_train(|t| t.value), "");
        values.f64("mu", trains, &by_train(|t| t.mu), "");
        values.f64("sigma", trains, &by_train(|t| t.sigma), "");
    }
}

impl Judge {
    fn of_lit_pixels(&self, values: &mut RunValues) {
        let config = &self.config;
        let modules: Vec<u64> = config.modules.iter().map(|&m| u64::from(m)).collect();
        values.text("method", "lit-pixels");
        values.text("mode", if config.mode == Mode::Adaptive { "adaptive" } else { "fixed" });
        values.f64("pixelThreshold", &[], &[f64::from(config.threshold)], "");
        values.u64("modules", &[modules.len()], &modules, "");
        values.f64("snr", &[], &[config.snr], "");
        values.u64("minScores", &[], &[config.min_scores as u64], "");
        values.u64("lowerQuartile", &[], &[u64::from(config.lower_quartile)], "");
        values.u64("normaliseByXgm", &[], &[u64::from(config.normalise_by_xgm)], "");
    }
}

/// Why no frame is a hit, when none is.
fn nothing(table: &RunView<'_>, verdicts: &Verdicts) -> Option<String> {
    let frames = verdicts.frames.len();
    if frames == 0 || verdicts.hit.iter().any(|hit| *hit) {
        return None;
    }
    let Some(scores) = Spread::of(verdicts.score.iter().copied()) else {
        return Some(format!("none of {frames} frames has a score: the chosen modules have no good pixel"));
    };
    let thresholds = Spread::of(verdicts.thresholds.iter().flatten().map(|t| t.value));
    let thresholds = match thresholds {
        Some(thresholds) => format!("thresholds {thresholds}"),
        None => format!("none of {} has a threshold", counted(table.trains.len(), "train")),
    };
    let judged = verdicts.good.iter().filter(|good| **good).count();
    Some(format!("none of {frames} frames is a hit ({judged} were judged): scores {scores}; {thresholds}"))
}

pub(super) fn outputs() -> Vec<OutputDecl> {
    let output = |key: &str, element, description: &str| OutputDecl::new(key, element, &[], description);
    vec![
        output(
            "score",
            ElementType::F64,
            "lit pixels, as if none were masked, NaN without good pixels; or number of peaks",
        ),
        output("hit", ElementType::U8, "1: a hit"),
        output("miss", ElementType::U8, "1: a miss drawn to be kept"),
        output("threshold", ElementType::F64, "what the score is compared with; NaN where there is none"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_engine::algorithm::{ColumnDecl, Columns, KeepStep, Rows, Step, Verdict};

    /// columns, rows by frame, run values
    type Judged = (Vec<Vec<f64>>, Vec<Option<Vec<u8>>>, RunValues);

    /// A step of which the declaration alone counts.
    struct Unused;

    impl KeepStep for Unused {
        fn verdict(&self, _: &[f64]) -> Result<Verdict> {
            Ok(Verdict::Keep)
        }
        fn condition(&self) -> String {
            String::new()
        }
    }

    /// Trains of 50, 0 and 50 frames: every fifth scores 1000.9, the others 100 to 103; columns: score, energy.
    struct Table {
        starts: Vec<usize>,
        ids: Vec<u64>,
        cells: Vec<u16>,
        alive: Vec<bool>,
        columns: Columns,
    }

    impl Table {
        fn new() -> Self {
            let score = |i: u32| if i.is_multiple_of(5) { 1000.9 } else { 100.0 + f64::from(i % 4) };
            Table {
                starts: vec![0, 50, 50, 100],
                ids: (0..100).map(|i| i % 50).collect(),
                cells: vec![0; 100],
                alive: vec![true; 100],
                columns: Columns { values: vec![(0..100).map(score).collect(), vec![1000.0; 100]] },
            }
        }

        fn judged(&self, judge: &Judge) -> Judged {
            let table = RunView {
                trains: &[11, 12, 13],
                starts: &self.starts,
                pulse_id: &self.ids,
                cell_id: &self.cells,
                alive: &self.alive,
                columns: &self.columns,
                folds: &[],
            };
            let step = Step::keep(Unused).making(["a", "b", "c"].map(|c| ColumnDecl::number(c, "")));
            let step = step.with_rows(Rows::ByFrame(outputs()));
            let mut out = Decision::new(&step, 100, 3);
            judge.decide(&table, &mut out).unwrap();
            let decided = out.end().unwrap();
            let mut rows = vec![None; 100];
            decided.rows.of(0..100).for_each(|(frame, row)| rows[frame] = Some(row.to_vec()));
            (decided.columns, rows, decided.values)
        }
    }

    fn judge(config: &str, energy: Option<usize>) -> Judge {
        Judge { config: serde_json::from_str(config).unwrap(), criteria: None, score: 0, energy }
    }

    fn number(column: &[f64]) -> usize {
        column.iter().filter(|v| **v == 1.0).count()
    }

    #[test]
    fn hits_stand_out_and_misses_are_drawn() {
        let table = Table::new();
        let (columns, rows, _) = table.judged(&judge(r#"{"min-scores": 50, "keep-misses": 0.5}"#, None));
        assert_eq!((number(&columns[0]), number(&columns[1])), (20, 10));
        assert!((0..100).all(|i| (columns[0][i] == 1.0) == (i % 5 == 0) && columns[0][i] + columns[1][i] <= 1.0));
        assert_eq!(columns[2][0], 1000.0, "cut to an integer");
        let row = rows[0].as_ref().unwrap();
        assert_eq!((row.len(), &row[..8], row[8]), (18, &1000f64.to_le_bytes()[..], 1));
    }

    #[test]
    fn what_is_not_judged_has_no_value() {
        let mut table = Table::new();
        table.alive[0] = false;
        table.columns.values[0][5] = f64::NAN;
        table.columns.values[1][10] = 199.0;
        table.columns.values[1][15] = f64::NAN;
        let (columns, rows, values) = table.judged(&judge(r#"{"normalise-by-xgm": true}"#, Some(1)));
        assert!([0, 5, 10, 15].iter().all(|&i| columns[0][i].is_nan() && columns[1][i].is_nan()));
        assert_eq!(number(&columns[0]), 16);
        assert!(rows[0].is_none() && rows[5].is_some());
        assert!(columns[2][5].is_nan() && columns[2][10] == 1000.0);
        let judged = values.values.iter().find(|(key, ..)| key == "framesJudged").unwrap();
        assert!(matches!(&judged.1, trainyard_engine::algorithm::RunValue::Number { bytes, .. } if bytes[0] == 96));
    }

    #[test]
    fn a_train_is_a_hit_with_all_its_frames_or_drawn_whole() {
        let mut table = Table::new();
        // no hit in the last train, one in the first
        table.columns.values[0].iter_mut().skip(1).for_each(|score| *score = score.min(103.0));
        let text = r#"{"per": "train", "mode": "fixed", "fixed-threshold": 500, "keep-misses": 1}"#;
        let (columns, ..) = table.judged(&judge(text, None));
        assert!((0..100).all(|i| (columns[0][i] == 1.0, columns[1][i] == 1.0) == (i < 50, i >= 50)));
        let (columns, ..) = table.judged(&judge(&text.replace(", \"keep-misses\": 1", ""), None));
        assert_eq!((number(&columns[0]), number(&columns[1])), (50, 0));
    }

    #[test]
    fn a_fixed_threshold_is_exceeded_not_reached() {
        let at = |threshold| {
            let config = format!(r#"{{"mode": "fixed", "fixed-threshold": {threshold}}}"#);
            number(&Table::new().judged(&judge(&config, None)).0[0])
        };
        assert_eq!((at(1000.0), at(999.5), at(50.0)), (0, 20, 100));
    }
}
