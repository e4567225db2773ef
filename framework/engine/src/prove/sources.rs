//! Sources beside the detector: carried over, and equal for the selected trains.

use super::gaps::Gap;
use super::module::{differs, merged, train_pairs};
use super::side::{parts_of, Side};
use super::tally::{Check, Found};
use super::{attributes, rows, run_values};
use std::collections::{BTreeSet, HashMap, HashSet};
use trainyard_format::detector::Detector;
use trainyard_format::map::{ElementType, Section};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::words::counted;
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
    /// the workflow skips damage
    pub skips: bool,
    pub pool: &'a OpenerPool,
}

/// Some trains and the files of both runs that have any of them.
struct Block<'a> {
    trains: &'a [u64],
    input: Vec<usize>,
    output: Vec<usize>,
}

/// What is the same for every source.
struct Shared<'a> {
    blocks: Vec<Block<'a>>,
    /// files of the input that have any of the selected trains
    wanted: BTreeSet<usize>,
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
        let block = |trains| Block { trains, input: self.input.files_of(trains), output: self.output.files_of(trains) };
        let blocks: Vec<Block<'_>> = self.trains.chunks(BLOCK_TRAINS).map(block).collect();
        let wanted = blocks.iter().flat_map(|block| block.input.iter().copied()).collect();
        let shared = Shared { blocks, wanted };
        let mut found = Vec::new();
        let mut both = Vec::new();
        let (mut left, mut unused) = (Vec::new(), Vec::new());
        for name in self.input.sources.keys().filter(|name| beside(self.input, name)) {
            match self.counterpart(name) {
                Some(other) => both.push((name.as_str(), other)),
                None if !self.has_trains(name, &shared) => {}
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
            found.push(Found::gap(Gap::Modules, unused.len() as u64, *first));
            let what =
                format!("of the detector not reduced: {}, the first is `{first}`", counted(unused.len(), "module"));
            found.push(
                Found::note(Check::Sources, Place::default(), what).hint("they are gone once the input is deleted"),
            );
        }
        if let Some(first) = left.first() {
            found.push(Found::gap(Gap::Copy, left.len() as u64, *first));
            let what =
                format!("left behind, as `copy` says: {}, the first is `{first}`", counted(left.len(), "source"));
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
        let compared = self.pool.in_parallel(&both, |&(from, to)| self.source(from, to, &shared));
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
    fn has_trains(&self, source: &str, shared: &Shared<'_>) -> bool {
        let files = self.input.sources.get(source).map(|entry| entry.files.as_slice()).unwrap_or_default();
        files.iter().any(|(file, _)| shared.wanted.contains(file))
    }

    fn source(&self, from: &str, to: &str, shared: &Shared<'_>) -> Result<Vec<Found>> {
        let (input, output) = (Side::of_source(self.input, from)?, Side::of_source(self.output, to)?);
        if self.carried_as_it_is(&input, &output, shared) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let own = self.input.sources.get(from).map(|entry| entry.section);
        let record = matches!(own, Some(Section::Reduction | Section::Errata));
        for group in merged(input.groups(), output.groups()) {
            let (before, after) = (input.keys(group), output.keys(group));
            for key in after.difference(&before) {
                let place = Place::default().source(format!("{from}/{key}"));
                found.push(Found::error(Check::Sources, place, "the output has a key that the input lacks"));
            }
            if before.is_empty() {
                continue;
            }
            for block in &shared.blocks {
                let ((input, _), (output, _)) = (input.within(&block.input), output.within(&block.output));
                // records of what was done to the frames go with them; other slow data are never skipped
                let skips = (self.skips && record).then_some(self.pool);
                let pairs = train_pairs((&input, &output), group, block.trains, skips, Check::Sources, &mut found)?;
                let (before, after) = (input.datasets(group), output.datasets(group));
                for key in merged(before.keys().collect(), after.keys().collect()) {
                    let (a, b) = (parts_of(&before, key), parts_of(&after, key));
                    let place = || Place::default().source(format!("{from}/{key}"));
                    let other = a.iter().flatten().any(|(_, dataset)| matches!(dataset.element, ElementType::Other(_)));
                    if other {
                        found.push(Found::warning(Check::Sources, place(), "neither numbers nor text: not compared"));
                        found.push(Found::gap(Gap::Keys, 1, format!("{from}/{key}")));
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
    fn carried_as_it_is(&self, input: &Side<'_>, output: &Side<'_>, shared: &Shared<'_>) -> bool {
        let copies: HashSet<usize> =
            output.parts.iter().filter_map(|(file, _)| self.equal.get(file).copied()).collect();
        let own = |file: &usize| input.parts.binary_search_by_key(file, |&(number, _)| number).is_ok();
        copies.len() == output.parts.len()
            && copies.iter().all(own)
            && input.parts.iter().all(|(file, _)| copies.contains(file) || !shared.wanted.contains(file))
    }
}
