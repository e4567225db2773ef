//! One walk over the frames of a run as published: fates, columns and thresholds, some trains at a time.
//!
//! Nothing here grows with the run but what the plots show.

use super::envelope::{Envelope, Groups, MOST_GROUPS};
use super::histogram::Histogram;
use super::limits::Limit;
use crate::choose::{Choice, Chooser, Offer};
use crate::published::{unit_of, Published};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use trainyard_engine::plan::{FateCodes, SecondLook, COLUMNS, FATE};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{KeyValues, RunValue};
use trainyard_format::{Error, Place, Result};

/// Frames that are read at once.
const AT_ONCE: u64 = 1 << 20;
/// Most numbers of columns that are read of a run: of a longer one every n-th train.
const MOST_NUMBERS: u64 = 20_000_000;
/// Most parts of a run from which frames are drawn.
const DRAWN_PARTS: usize = 4;

pub struct Scan {
    pub groups: Groups,
    pub labels: Vec<String>,
    /// `[fate][group]`
    pub fates: Vec<Vec<u64>>,
    pub columns: Vec<ColumnScan>,
    pub thresholds: Vec<ThresholdScan>,
    /// columns were read of every n-th train
    pub every: usize,
    pub choice: Choice,
}

pub struct ColumnScan {
    pub name: String,
    pub unit: String,
    pub groups: Vec<Envelope>,
    pub kept: Histogram,
    pub dropped: Histogram,
    /// nothing but 0 and 1
    pub flag: bool,
}

/// A source with `data.score` and `data.threshold`.
pub struct ThresholdScan {
    pub source: String,
    pub groups: Vec<Envelope>,
}

impl Scan {
    /// # Errors
    /// Files that cannot be read, or hold something else than the manifest says.
    pub fn of(published: &Published, limits: &[Limit], look: SecondLook, pool: &OpenerPool) -> Result<Scan> {
        let run = &published.results;
        let fate_source = published.output_of(FATE);
        let column_source = published.output_of(COLUMNS);
        let trains = trains_of(published, &fate_source);
        let groups = Groups::of(trains.clone(), MOST_GROUPS);
        let labels = labels(published, pool)?;
        let names = published.texts("/columns");
        let unit = |name: &String| published.dataset(&column_source, &key_of(name)).map(unit_of).unwrap_or_default();
        let mut columns: Vec<ColumnScan> = names
            .iter()
            .map(|name| ColumnScan {
                name: name.clone(),
                unit: unit(name),
                groups: vec![Envelope::default(); groups.len()],
                kept: Histogram::default(),
                dropped: Histogram::default(),
                flag: true,
            })
            .collect();
        let mut thresholds = threshold_sources(published, groups.len());
        let frames = published.number("/frames/input");
        let numbers = frames.saturating_mul(columns.len().max(1) as u64);
        let every = usize::try_from(numbers.div_ceil(MOST_NUMBERS)).unwrap_or(usize::MAX).max(1);
        let per_train = (frames / trains.len().max(1) as u64).max(1);
        let batch = usize::try_from(AT_ONCE / per_train).unwrap_or(1).clamp(1, 1 << 16);
        let mut fates = vec![vec![0u64; groups.len()]; labels.len()];
        let mut chooser = Chooser::new(look);
        let drawn = drawn_trains(published, &fate_source);
        let scores: Vec<(usize, f64)> = limits
            .iter()
            .filter_map(|limit| {
                let column = columns.iter().position(|column| column.name == limit.column)?;
                (limit.unit.is_empty() || limit.unit == columns[column].unit).then_some((column, limit.at))
            })
            .collect();
        let mut position = 0;
        for trains in trains.chunks(batch) {
            let fate = run.values_of(&fate_source, "data.fate", trains, pool)?;
            let pulse = run.values_of(&fate_source, "data.pulseId", trains, pool)?;
            let read: Vec<u64> =
                trains.iter().zip(position..).filter(|(_, at)| at % every == 0).map(|(t, _)| *t).collect();
            position += trains.len();
            let mut values = Vec::with_capacity(columns.len());
            for column in &columns {
                values.push(run.values_of(&column_source, &key_of(&column.name), &read, pool)?);
            }
            let mut held: Vec<HashMap<(u64, u64), (f64, f64)>> = Vec::new();
            for threshold in &mut thresholds {
                held.push(threshold.read(published, &groups, &read, pool)?);
            }
            let read: BTreeSet<u64> = read.into_iter().collect();
            for &train in trains {
                let (Some(group), Some(fate)) = (groups.group(train), fate.of_train(train)) else { continue };
                let pulses = pulse.of_train(train).unwrap_or_default();
                let own: Vec<&[f64]> = values.iter().map(|v| v.of_train(train).unwrap_or_default()).collect();
                for (frame, (&fate, &pulse)) in fate.iter().zip(pulses).enumerate() {
                    let (fate, pulse) = (fate as u8, pulse as u64);
                    let counts = fates.get_mut(usize::from(fate)).ok_or_else(|| unknown_fate(fate, train))?;
                    counts[group] += 1;
                    if !read.contains(&train) {
                        continue;
                    }
                    for (column, values) in columns.iter_mut().zip(&own) {
                        if let Some(&value) = values.get(frame) {
                            column.add(value, group, fate);
                        }
                    }
                    // of these there is no image
                    if fate == FateCodes::INCOMPLETE || fate == FateCodes::UNREADABLE {
                        continue;
                    }
                    let value = |column: usize| own.get(column).and_then(|values| values.get(frame)).copied();
                    let judged =
                        held.iter().find_map(|of| of.get(&(train, pulse))).map(|&(score, at)| (score, Some(at)));
                    let limited = || scores.first().and_then(|&(column, at)| Some((value(column)?, Some(at))));
                    let first = || value(columns.iter().position(|column| !column.flag)?).map(|value| (value, None));
                    chooser.offer(&Offer {
                        train,
                        pulse,
                        position: frame as u64,
                        fate,
                        score: judged.or_else(limited).or_else(first),
                        drawn: drawn.contains(&train),
                        columns: &|| {
                            let named =
                                columns.iter().enumerate().filter_map(|(at, c)| Some((c.name.clone(), value(at)?)));
                            named.collect::<BTreeMap<String, f64>>()
                        },
                    });
                }
            }
        }
        Ok(Scan { groups, labels, fates, columns, thresholds, every, choice: chooser.finish() })
    }

    /// Frames of a fate.
    pub fn total(&self, fate: usize) -> u64 {
        self.fates.get(fate).map(|groups| groups.iter().sum()).unwrap_or(0)
    }
}

impl ColumnScan {
    fn add(&mut self, value: f64, group: usize, fate: u8) {
        self.flag &= value.is_nan() || value == 0.0 || value == 1.0;
        if let Some(envelope) = self.groups.get_mut(group) {
            envelope.add(value);
        }
        match fate {
            FateCodes::KEPT => self.kept.add(value),
            _ => self.dropped.add(value),
        }
    }
}

impl ThresholdScan {
    /// Score and threshold by frame.
    fn read(
        &mut self,
        published: &Published,
        groups: &Groups,
        trains: &[u64],
        pool: &OpenerPool,
    ) -> Result<HashMap<(u64, u64), (f64, f64)>> {
        let values = |key: &str| published.results.values_of(&self.source, key, trains, pool);
        let (score, threshold, pulse) = (values("data.score")?, values("data.threshold")?, values("data.pulseId")?);
        let mut held = HashMap::new();
        for &train in trains {
            let of = |values: &KeyValues| values.of_train(train).unwrap_or_default().to_vec();
            for ((score, threshold), pulse) in of(&score).into_iter().zip(of(&threshold)).zip(of(&pulse)) {
                if let Some(envelope) = groups.group(train).and_then(|group| self.groups.get_mut(group)) {
                    envelope.add(threshold);
                }
                held.insert((train, pulse as u64), (score, threshold));
            }
        }
        Ok(held)
    }
}

/// Of a column's name in `COLUMNS`.
pub fn key_of(column: &str) -> String {
    format!("data.{column}")
}

fn unknown_fate(fate: u8, train: u64) -> Error {
    Error::input(format!("a frame has the fate {fate}, which has no name"), Place::default().train(train))
}

fn threshold_sources(published: &Published, groups: usize) -> Vec<ThresholdScan> {
    let has = |source: &str, key: &str| published.dataset(source, key).is_some_and(|d| d.row_shape().is_empty());
    let sources = published.results.sources.keys().filter(|name| name.ends_with(":output"));
    let judged =
        sources.filter(|name| ["data.score", "data.threshold", "data.pulseId"].iter().all(|key| has(name, key)));
    judged.map(|source| ThresholdScan { source: source.clone(), groups: vec![Envelope::default(); groups] }).collect()
}

/// Names of the fates, by their code.
pub fn labels(published: &Published, pool: &OpenerPool) -> Result<Vec<String>> {
    let source = format!("{}/{FATE}", published.prefix);
    match published.results.run_value(&source, "codes", pool)? {
        RunValue::Texts(texts) => Ok(texts),
        RunValue::Text(text) => Ok(vec![text]),
        _ => Err(Error::input("the names of the fates are no texts", Place::default().source(source))),
    }
}

/// The selected trains, in order.
fn trains_of(published: &Published, source: &str) -> Vec<u64> {
    let files = published.results.sources.get(source).map(|entry| entry.files.as_slice()).unwrap_or_default();
    let of_file = |&(file, _): &(usize, usize)| published.results.files.get(file).map(|file| file.trains.clone());
    let mut trains: Vec<u64> = files.iter().filter_map(of_file).flatten().filter(|&train| train != 0).collect();
    trains.sort_unstable();
    trains.dedup();
    trains
}

/// Trains from which frames are drawn: those of a few files, spread over the run, so that few tables of chunks are read.
fn drawn_trains(published: &Published, source: &str) -> BTreeSet<u64> {
    let files = published.results.sources.get(source).map(|entry| entry.files.as_slice()).unwrap_or_default();
    let chosen = spread(files.len(), DRAWN_PARTS).into_iter().filter_map(|at| files.get(at));
    let of_file = |&(file, _): &(usize, usize)| published.results.files.get(file).map(|file| file.trains.clone());
    chosen.filter_map(of_file).flatten().collect()
}

/// `few` positions spread over `all`, or all.
pub fn spread(all: usize, few: usize) -> Vec<usize> {
    match all <= few {
        true => (0..all).collect(),
        false => (0..few).map(|number| (2 * number + 1) * all / (2 * few)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_are_spread_over_all() {
        assert_eq!(spread(3, 4), [0, 1, 2]);
        assert_eq!(spread(100, 4), [12, 37, 62, 87]);
        assert_eq!(spread(5, 4), [0, 1, 3, 4]);
        assert!(spread(0, 4).is_empty());
    }

    #[test]
    fn a_column_of_flags_is_known_by_its_values() {
        let mut column = ColumnScan {
            name: "hit".into(),
            unit: String::new(),
            groups: vec![Envelope::default()],
            kept: Histogram::default(),
            dropped: Histogram::default(),
            flag: true,
        };
        [0.0, 1.0, f64::NAN].into_iter().for_each(|value| column.add(value, 0, 0));
        assert!(column.flag && column.groups[0].mean() == 0.5);
        column.add(2.0, 0, 1);
        assert!(!column.flag && column.dropped.values == 1 && column.kept.values == 2);
    }
}
