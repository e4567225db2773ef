//! Sources beside the detector: carried over, and equal for the selected trains.

use super::module::{differs, merged, train_pairs};
use super::side::{parts_of, Side};
use super::tally::{Check, Found};
use super::{attributes, rows, run_values};
use std::collections::{BTreeSet, HashMap};
use trainyard_format::detector::Detector;
use trainyard_format::map::{ElementType, Section};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::{Place, Result};

/// Trains compared at a time.
const BLOCK_TRAINS: usize = 1024;

pub(super) struct BothRuns<'a> {
    pub input: &'a Run,
    pub output: &'a Run,
    pub detector: &'a Detector,
    /// all trains of the output
    pub trains: &'a [u64],
    /// file of the output -> the input file with the same bytes
    pub equal: &'a HashMap<usize, usize>,
    pub pool: &'a OpenerPool,
}

impl BothRuns<'_> {
    /// Compares all sources that `own` (the detector's) and `results` do not hold; returns how many there were.
    /// `copied`: those the workflow asked for, `None` for all.
    ///
    /// # Errors
    /// Failures of the machine.
    pub fn compare(&self, own: &BTreeSet<&str>, results: &str, copied: Option<&[&str]>) -> Result<(u64, Vec<Found>)> {
        let beside = |run: &'_ Run, name: &str| {
            let entry = run.sources.get(name);
            entry.is_some_and(|entry| entry.legacy.is_none()) && !own.contains(name) && !name.starts_with(results)
        };
        let mut found = Vec::new();
        let mut both = Vec::new();
        let (mut left, mut unused) = (Vec::new(), Vec::new());
        for name in self.input.sources.keys().filter(|name| beside(self.input, name)) {
            match self.counterpart(name) {
                Some(other) => both.push((name.as_str(), other)),
                None if !self.has_trains(name) => {}
                None if self.detector.covers(name) => unused.push(name.as_str()),
                None => match copied {
                    Some(names) if !names.contains(&name.as_str()) => left.push(name.as_str()),
                    _ => found.push(Found::error(
                        Check::Sources,
                        Place::default().source(name.as_str()),
                        "the source was not carried over",
                    )),
                },
            }
        }
        if let Some(first) = unused.first() {
            let what = format!("{} modules of the detector were not reduced: the first is `{first}`", unused.len());
            found.push(
                Found::note(Check::Sources, Place::default(), what).hint("they are gone once the input is deleted"),
            );
        }
        if let Some(first) = left.first() {
            let what = format!("{} sources were left behind, as `copy` says: the first is `{first}`", left.len());
            found.push(
                Found::note(Check::Sources, Place::default(), what).hint("they are gone once the input is deleted"),
            );
        }
        let known: BTreeSet<&str> = both.iter().map(|(_, other)| *other).collect();
        for name in
            self.output.sources.keys().filter(|name| beside(self.output, name) && !known.contains(name.as_str()))
        {
            found.push(Found::error(
                Check::Sources,
                Place::default().source(name.as_str()),
                "the input has no such source",
            ));
        }
        let compared = self.pool.in_parallel(&both, |&(from, to)| self.source(from, to));
        for result in compared {
            found.extend(result?);
        }
        Ok((both.len() as u64, found))
    }

    /// The name in the output. Sources of REDUCTION and ERRATA carry the aggregator of their file, which may be `AUX...`.
    fn counterpart<'n>(&'n self, name: &'n str) -> Option<&'n str> {
        let found = |name: &str| self.output.sources.get_key_value(name).map(|(name, _)| name.as_str());
        found(name).or_else(|| name.contains('@').then(|| found(&format!("AUX{name}")))?)
    }

    /// Whether any of the selected trains stands in a file of the source.
    fn has_trains(&self, source: &str) -> bool {
        let files = self.input.sources.get(source).map(|entry| entry.files.as_slice()).unwrap_or_default();
        files.iter().any(|&(file, _)| self.trains.iter().any(|&train| self.input.position(file, train).is_some()))
    }

    fn source(&self, from: &str, to: &str) -> Result<Vec<Found>> {
        let (input, output) = (Side::of_source(self.input, from)?, Side::of_source(self.output, to)?);
        if self.carried_as_it_is(&input, &output) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for group in merged(input.groups(), output.groups()) {
            let (before, after) = (input.datasets(group), output.datasets(group));
            let keys = merged(before.keys().collect(), after.keys().collect());
            if keys.is_empty() {
                continue;
            }
            for key in after.keys().filter(|key| !before.contains_key(*key)) {
                let place = Place::default().source(format!("{from}/{key}"));
                found.push(Found::error(Check::Sources, place, "the output has a key that the input lacks"));
            }
            let keys: Vec<&String> = keys.into_iter().filter(|key| before.contains_key(*key)).collect();
            for trains in self.trains.chunks(BLOCK_TRAINS) {
                let pairs = train_pairs(&input, &output, group, trains, Check::Sources, &mut found)?;
                for &key in &keys {
                    let (a, b) = (parts_of(&before, key), parts_of(&after, key));
                    let place = || Place::default().source(format!("{from}/{key}"));
                    let other = a.iter().flatten().any(|(_, dataset)| matches!(dataset.element, ElementType::Other(_)));
                    if other {
                        found.push(Found::warning(Check::Sources, place(), "neither numbers nor text: not compared"));
                        continue;
                    }
                    let unequal = rows::differences(&pairs, &a, &b, self.pool)?;
                    found.extend(
                        unequal
                            .into_iter()
                            .filter_map(|(n, what)| differs(Check::Sources, pairs.get(n)?, place(), &b, &what)),
                    );
                }
            }
        }
        let section = |run: &Run, name: &str| run.sources.get(name).map_or(Section::Instrument, |entry| entry.section);
        if section(self.input, from) != section(self.output, to) {
            found.push(Found::error(
                Check::Sources,
                Place::default().source(from),
                "the source stands in another section",
            ));
        }
        found.extend(run_values::compare(&input, &output, false, self.pool)?);
        found.extend(attributes::compare(&input, &output, None));
        Ok(found)
    }

    /// Every file of the source was copied as it is, and none of the selected trains lies elsewhere.
    fn carried_as_it_is(&self, input: &Side<'_>, output: &Side<'_>) -> bool {
        let copies: Vec<usize> = output.parts.iter().filter_map(|(file, _)| self.equal.get(file).copied()).collect();
        let wanted = |file: usize| self.trains.iter().any(|&train| self.input.position(file, train).is_some());
        copies.len() == output.parts.len()
            && copies.iter().all(|copy| input.parts.iter().any(|(file, _)| file == copy))
            && input.parts.iter().all(|&(file, _)| copies.contains(&file) || !wanted(file))
    }
}
