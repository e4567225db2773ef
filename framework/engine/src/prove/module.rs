//! One module of the detector: its pixels, the other keys of their group, its other groups.

use super::bound::Bound;
use super::claim::Pixels;
use super::gaps::Gap;
use super::pixels::Comparison;
use super::proof::Counts;
use super::reach::{Open, Reach};
use super::rows::{self, Datasets};
use super::side::{parts_of, Pair, Parts, Side};
use super::tally::{Check, Found};
use crate::read::{is_stream, StreamPart};
use std::path::Path;
use trainyard_format::detector::Detector;
use trainyard_format::map::{Attribute, DatasetMap};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::{Error, Place, Result};

/// What holds for the pixels of every module.
pub(super) struct PixelRule<'a> {
    /// steps that gave them other values: nothing to compare with
    pub changed_by: &'a [&'a str],
    /// into another type, shape or unit, and with what else
    pub becomes: Option<&'a Pixels>,
    /// the bound that the workflow allows: kind and number
    pub promised: Option<(&'a str, f64)>,
    pub replaced_with: Option<f64>,
}

/// One module in both runs.
pub(super) struct BothModules<'a> {
    pub detector: &'a Detector,
    pub input: Side<'a>,
    pub output: Side<'a>,
    pub open: (&'a Open, &'a Open),
    pub runs: (&'a Run, &'a Run),
    pub pool: &'a OpenerPool,
    pub rule: &'a PixelRule<'a>,
    /// rows that were made again
    pub made_again: u64,
    /// the workflow skips damage
    pub skips: bool,
}

impl BothModules<'_> {
    /// Compares the rows of kept frames, and the other groups for `trains`.
    ///
    /// # Errors
    /// Failures of the machine.
    pub fn compare(&self, trains: &[u64], pairs: &[Pair], counts: &mut Counts) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        for group in merged(self.input.groups(), self.output.groups()) {
            let (input, output) = (self.input.datasets(group), self.output.datasets(group));
            if input.is_empty() && output.is_empty() {
                continue;
            }
            let of_frames = group == self.detector.group;
            let mut by_train = Vec::new();
            if !of_frames {
                let sides = (&self.input, &self.output);
                by_train =
                    train_pairs(sides, group, trains, self.skips.then_some(self.pool), Check::Values, &mut found)?;
            }
            let pairs = if of_frames { pairs } else { &by_train };
            for key in merged(input.keys().collect(), output.keys().collect()) {
                self.key(key, (parts_of(&input, key), parts_of(&output, key)), of_frames, pairs, counts, &mut found)?;
            }
        }
        Ok(found)
    }

    fn key(
        &self,
        key: &str,
        (input, output): (Parts<'_>, Parts<'_>),
        of_frames: bool,
        pairs: &[Pair],
        counts: &mut Counts,
        found: &mut Vec<Found>,
    ) -> Result<()> {
        let place = || Place::default().source(format!("{}/{key}", self.input.source));
        let sample =
            |side: &[Option<(&Path, &DatasetMap)>]| side.iter().flatten().next().map(|(_, dataset)| (*dataset).clone());
        let becomes = self.rule.becomes.filter(|_| of_frames && !self.rule.changed_by.is_empty());
        let group = self.detector.group.as_str();
        if becomes.is_some_and(|becomes| becomes.makes(group, key)) && sample(&output).is_some() {
            // with the pixels
            return Ok(());
        }
        if becomes.is_some_and(|becomes| becomes.drops(group, key)) && sample(&output).is_none() {
            found.push(Found::gap(Gap::LeftBehind, 1, format!("{}/{key}", self.input.source)));
            return Ok(());
        }
        let (Some(from), Some(to)) = (sample(&input), sample(&output)) else {
            let what = match sample(&input) {
                Some(dataset) if dataset.element.is_number() => {
                    Found::error(Check::Values, place(), "the output lacks the key")
                }
                Some(_) => {
                    found.push(Found::gap(Gap::Keys, 1, format!("{}/{key}", self.input.source)));
                    Found::note(Check::Values, place(), "no number, and not in the output")
                }
                None => Found::error(Check::Values, place(), "the output has a key that the input lacks"),
            };
            found.push(what);
            return Ok(());
        };
        if !(of_frames && is_stream(key, &from, self.detector)) {
            let unequal = rows::differences(pairs, &input, &output, self.pool)?;
            found.extend(
                unequal
                    .into_iter()
                    .filter_map(|(n, what)| differs(Check::Values, pairs.get(n)?, place(), &output, &what)),
            );
            return Ok(());
        }
        let image = key == self.detector.pixel_key;
        let check = if image { Check::Pixels } else { Check::Values };
        if image && !self.rule.changed_by.is_empty() {
            let steps = self.rule.changed_by.join("`, `");
            let what = format!("`{steps}` gave pixels other values, as the workflow asked: some are made again, the others not compared");
            found.push(Found::note(check, Place::default().source(format!("{}/{key}", self.detector.name)), what));
            let others = (pairs.len() as u64).saturating_sub(self.made_again);
            counts.rows_made_again += self.made_again;
            counts.rows_not_compared += others;
            found.push(Found::gap(Gap::ChangedPixels, others, ""));
            return Ok(());
        }
        let layout = |dataset: &DatasetMap| (dataset.element, dataset.shape.get(1..).map(<[u64]>::to_vec));
        if let Some((path, odd)) =
            input.iter().chain(&output).flatten().find(|(_, dataset)| layout(dataset) != layout(&from))
        {
            let what =
                format!("rows are {:?} {:?}, elsewhere {:?} {:?}", odd.element, odd.shape, from.element, from.shape);
            let mut place = place();
            place.file = Some(path.to_path_buf());
            found.push(Found::error(check, place, what));
            return Ok(());
        }
        let Some(row_bytes) = to.row_bytes().and_then(|bytes| usize::try_from(bytes).ok()).filter(|&n| n > 0) else {
            found.push(Found::error(check, place(), "the shape of a row is too large, or empty"));
            return Ok(());
        };
        let mut bounds: Vec<Option<Bound>> = output
            .iter()
            .map(|dataset| Bound::stated(&dataset.filter(|_| image)?.1.attributes, self.rule.replaced_with))
            .collect();
        if image {
            self.promise(&from, &output, &bounds, pairs, &place, found);
        }
        if self.rule.promised.is_none() {
            // one that came with the input holds against what that was made of
            bounds.fill(None);
        }
        let parts = |side: &Side<'_>, datasets: &[Option<(&Path, &DatasetMap)>]| -> Vec<Option<StreamPart>> {
            let numbered = side.parts.iter().zip(datasets);
            numbered.map(|((file, _), dataset)| Some(StreamPart::of(*file, dataset.as_ref()?.1, row_bytes))).collect()
        };
        let (from_parts, to_parts) = (parts(&self.input, &input), parts(&self.output, &output));
        let used = |row: fn(&Pair) -> u32| {
            let mut used: Vec<u32> = pairs.iter().map(row).collect();
            used.dedup();
            used.sort_unstable();
            used.dedup();
            used
        };
        let (from_used, to_used) = (used(|pair| pair.input.0), used(|pair| pair.output.0));
        let from_reach = reaches(self.open.0, self.runs.0, &from_parts, &from_used, row_bytes, self.pool);
        let to_reach = reaches(self.open.1, self.runs.1, &to_parts, &to_used, row_bytes, self.pool);
        let (from_reach, to_reach) = match (from_reach, to_reach) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(error), _) | (_, Err(error)) => {
                found.push(Found::damage(check, error)?);
                return Ok(());
            }
        };
        let comparison = Comparison {
            element: from.element,
            row_bytes,
            input: &from_reach,
            output: &to_reach,
            bounds: &bounds,
            pool: self.pool,
        };
        let unequal = comparison.differences(pairs, counts)?;
        found
            .extend(unequal.into_iter().filter_map(|(n, what)| differs(check, pairs.get(n)?, place(), &output, &what)));
        Ok(())
    }

    /// The bound that datasets state is the one of the manifest, or without one that of the input.
    fn promise(
        &self,
        from: &DatasetMap,
        output: &[Option<(&Path, &DatasetMap)>],
        bounds: &[Option<Bound>],
        pairs: &[Pair],
        place: &dyn Fn() -> Place,
        found: &mut Vec<Found>,
    ) {
        let used = |part: usize| pairs.iter().any(|pair| usize::try_from(pair.output.0) == Ok(part));
        let lossy = |attributes: &[Attribute]| attributes.iter().any(|attribute| attribute.name.starts_with("lossy"));
        for (part, (dataset, bound)) in output.iter().zip(bounds).enumerate() {
            let Some(dataset) = dataset.filter(|_| used(part)) else { continue };
            let mut place = place();
            place.file = Some(dataset.0.to_path_buf());
            let stated = bound.as_ref().map(|bound| (bound.kind.name(), bound.bound));
            let told =
                |bound: Option<(&str, f64)>| bound.map_or("none".to_owned(), |(kind, bound)| format!("{kind} {bound}"));
            let earlier = bound.is_some() && *bound == Bound::stated(&from.attributes, self.rule.replaced_with);
            if self.rule.promised.is_none() && earlier {
                continue;
            }
            if stated.is_none() && lossy(&dataset.1.attributes) {
                found.push(Found::error(Check::Pixels, place, "the attributes of lossy compression state no bound"));
            } else if self.rule.promised != stated {
                let what = format!("the bound is {}, by the workflow {}", told(stated), told(self.rule.promised));
                found.push(Found::error(Check::Pixels, place, what));
            }
        }
    }
}

fn reaches<'a>(
    open: &Open,
    run: &'a Run,
    parts: &'a [Option<StreamPart>],
    used: &[u32],
    row_bytes: usize,
    pool: &OpenerPool,
) -> Result<Vec<Option<Reach<'a>>>> {
    let numbered = parts.iter().zip(0u32..);
    numbered
        .map(|(part, number)| match part {
            Some(part) if used.contains(&number) => open.reach(run, part, row_bytes, pool).map(Some),
            _ => Ok(None),
        })
        .collect()
}

/// Rows of `group` that belong together, train by train; counts that differ are reported. A train whose rows cannot be read
/// may have none where the workflow skips damage.
///
/// # Errors
/// Failures of the machine.
pub(super) fn train_pairs(
    (input, output): (&Side<'_>, &Side<'_>),
    group: &str,
    trains: &[u64],
    skips: Option<&OpenerPool>,
    check: Check,
    found: &mut Vec<Found>,
) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    let name = || if group.is_empty() { input.source.to_owned() } else { format!("{}/{group}", input.source) };
    let place = |train: u64| Place::default().source(name()).train(train);
    let lost = |train: u64| Found::warning(check, place(train), "the input's rows cannot be read, the output has none");
    for &train in trains {
        let (from, to) = match (input.rows(group, train), output.rows(group, train)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(Error::Input { .. }), Ok(to)) if to.is_empty() && skips.is_some() => {
                found.push(lost(train));
                continue;
            }
            (Err(error), _) | (_, Err(error)) => {
                found.push(Found::damage(check, error)?);
                continue;
            }
        };
        if from.len() != to.len() {
            if let Some(pool) = skips.filter(|_| to.is_empty()) {
                if !rows::can_be_read(&from, input.datasets(group).values(), pool)? {
                    found.push(lost(train));
                    continue;
                }
            }
            let what = format!("the output has {} rows, the input {}", to.len(), from.len());
            found.push(Found::error(check, place(train), what));
            continue;
        }
        pairs.extend(from.into_iter().zip(to).map(|(input, output)| Pair { train, pulse: None, input, output }));
    }
    Ok(pairs)
}

/// A row that differs, by train and pulse; the file and dataset are those of the output.
pub(super) fn differs(check: Check, pair: &Pair, place: Place, output: &Datasets<'_>, what: &str) -> Option<Found> {
    let row = pair.pulse.map_or_else(|| format!("row {}", pair.output.1), |pulse| format!("pulse {pulse}"));
    let mut place = place.train(pair.train);
    let there = usize::try_from(pair.output.0).ok().and_then(|part| output.get(part).copied().flatten());
    place.file = there.map(|(path, _)| path.to_path_buf());
    let found = Found::error(check, place, format!("{row}: {what}"));
    Some(match there {
        Some((_, dataset)) => found.at(&dataset.path),
        None => found,
    })
}

/// Both sorted lists in one.
pub(super) fn merged<T: Ord>(a: Vec<T>, b: Vec<T>) -> Vec<T> {
    let mut all = a;
    all.extend(b);
    all.sort_unstable();
    all.dedup();
    all
}
