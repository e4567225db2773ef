//! Results of the steps: values are not computed again, but their rows belong to the frames that the fates tell of.
//!
//! | rows | must be |
//! |---|---|
//! | by frame | every kept frame, and every frame that a later `keep` dropped, once, in the order of the fates |
//! | entries of a list | of frames of their train, in the order of the fates |
//! | by train | at most one a train, under its id |
//! | columns | every frame, for each column that the manifest names |
//! | `nFrames` of the fates | kept frames of each train |
//!
//! A source that no step of the manifest leaves is nobody's.

use super::claim::Claim;
use super::fates::{Fate, FateTable};
use super::gaps::Gap;
use super::tally::{Check, Found};
use crate::plan::COLUMNS;
use std::collections::{BTreeSet, HashMap};
use trainyard_format::map::Section;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::{Error, Place, Result};

/// Trains whose rows are held at a time.
const BLOCK_TRAINS: usize = 256;

pub(super) struct Results<'a> {
    pub run: &'a Run,
    pub table: &'a FateTable<'a>,
    pub claim: Option<&'a Claim>,
    /// what their names begin with: `SPB_DET_AGIPD1M-1/REDU/`
    pub prefix: &'a str,
    pub pool: &'a OpenerPool,
}

/// The columns that tell which frame or train a row is of.
struct Ids {
    train: Vec<u64>,
    /// pulse and cell, of rows by frame
    frame: Option<Vec<(u64, u64)>>,
}

impl Results<'_> {
    /// # Errors
    /// Failures of the machine.
    pub fn compare(&self, trains: &[u64]) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        let own = self.run.sources.iter().filter(|(name, _)| name.starts_with(self.prefix));
        let fates = self.table.source.trim_end_matches(":output");
        for (name, entry) in own.filter(|(name, _)| **name != self.table.source) {
            if name != fates {
                let maps = || entry.files.iter().filter_map(|&(file, at)| self.run.files.get(file)?.sources.get(at));
                let of_trains = maps().filter(|_| entry.section == Section::Control).flat_map(|map| &map.groups);
                let values = maps().map(|map| map.run_values.len()).sum::<usize>()
                    + of_trains.map(|group| group.datasets.len()).sum::<usize>();
                found.push(Found::gap(Gap::ResultValues, values as u64, name.as_str()));
            }
            if !self.is_made(name) {
                found.push(self.wrong(name, "no step of the manifest leaves such results"));
            } else if entry.section == Section::Instrument {
                for block in trains.chunks(BLOCK_TRAINS) {
                    match self.rows(name, block).and_then(|rows| Ok((rows, self.lists(name, block)?))) {
                        Ok((rows, entries)) => {
                            found.extend(rows);
                            found.extend(entries);
                        }
                        Err(error @ Error::Resource { .. }) => return Err(error),
                        Err(error) => found.push(self.wrong(name, format!("its rows cannot be told: {error}"))),
                    }
                }
            }
        }
        found.extend(self.columns());
        found.extend(self.counts(trains)?);
        Ok(found)
    }

    fn wrong(&self, source: &str, what: impl Into<String>) -> Found {
        Found::error(Check::Results, Place::default().source(source), what)
    }

    /// Whether a step of the manifest leaves this source; without one nothing is known.
    fn is_made(&self, source: &str) -> bool {
        let Some(claim) = self.claim else { return true };
        let device = source.strip_suffix(":output").unwrap_or(source);
        let of_columns = device.strip_prefix(self.prefix) == Some(COLUMNS) && !claim.columns.is_empty();
        of_columns || device == self.table.source.trim_end_matches(":output") || claim.number_of(device).is_some()
    }

    /// Columns that the manifest names and the run lacks.
    fn columns(&self) -> Vec<Found> {
        let source = format!("{}{COLUMNS}:output", self.prefix);
        let named = self.claim.map(|claim| &claim.columns[..]).unwrap_or_default();
        let lacking = named.iter().filter(|name| self.run.key(&source, &format!("data.{name}")).is_err());
        lacking.map(|name| self.wrong(&source, format!("the column `{name}` is not there"))).collect()
    }

    fn rows(&self, source: &str, trains: &[u64]) -> Result<Vec<Found>> {
        let number = self.claim.and_then(|claim| claim.number_of(source.strip_suffix(":output").unwrap_or(source)));
        let expected = self.table.rows(trains, self.pool)?;
        let train_column = self.run.group_rows(source, "data.trainId", trains, self.pool)?;
        let by_frame = self.run.key(source, "data.pulseId").is_ok();
        let frame = if by_frame {
            let column = |key: &str| -> Result<Vec<u64>> {
                self.table.integers(&self.run.group_rows(source, key, trains, self.pool)?)
            };
            Some(column("data.pulseId")?.into_iter().zip(column("data.cellId")?).collect())
        } else {
            None
        };
        let ids = Ids { train: self.table.integers(&train_column)?, frame };
        let mut found = vec![Found::gap(Gap::ResultRows, ids.train.len() as u64, source)];
        let places: HashMap<u64, usize> = train_column.trains.iter().enumerate().map(|(at, &id)| (id, at)).collect();
        let place = |train: u64| {
            let mut place = Place::default().source(source).train(train);
            place.file = self.file_of(source, train);
            place
        };
        for &train in trains {
            let at = places.get(&train).copied();
            let ends = at.and_then(|at| Some((*train_column.starts.get(at)?, *train_column.starts.get(at + 1)?)));
            let (start, end) = ends.unwrap_or((0, 0));
            let stated = ids.train.get(start..end).unwrap_or_default();
            if let Some(other) = stated.iter().find(|&&id| id != train) {
                let what = format!("a row of the train states train {other}");
                found.push(Found::error(Check::Results, place(train), what).at("data/trainId"));
            }
            let Some(frames) = &ids.frame else {
                if stated.len() > 1 {
                    let what = format!("{} rows of one train", stated.len());
                    found.push(Found::error(Check::Results, place(train), what));
                }
                continue;
            };
            let fates = expected.get(&train).map(Vec::as_slice).unwrap_or_default();
            let rows = frames.get(start..end).unwrap_or_default();
            if let Some(what) = unlike(rows, fates, |fate| self.is_due(source, fate, number)) {
                found.push(Found::error(Check::Results, place(train), what));
            }
        }
        Ok(found)
    }

    /// Groups beside `data`: any number of entries a frame.
    fn lists(&self, source: &str, trains: &[u64]) -> Result<Vec<Found>> {
        let entry = self.run.sources.get(source);
        let files = entry.map(|entry| &entry.files[..]).unwrap_or_default();
        let maps = files.iter().filter_map(|&(file, at)| self.run.files.get(file)?.sources.get(at));
        let groups: BTreeSet<&str> = maps.flat_map(|map| &map.groups).map(|group| group.name.as_str()).collect();
        let mut found = Vec::new();
        for group in groups.into_iter().filter(|group| *group != "data") {
            let expected = self.table.rows(trains, self.pool)?;
            let ids = self.run.group_rows(source, &format!("{group}.trainId"), trains, self.pool)?;
            let pulses = self.run.group_rows(source, &format!("{group}.pulseId"), trains, self.pool)?;
            let (stated, pulses) = (self.table.integers(&ids)?, self.table.integers(&pulses)?);
            found.push(Found::gap(Gap::ResultRows, stated.len() as u64, source));
            for (at, &train) in ids.trains.iter().enumerate() {
                let Some(range) = ids.starts.get(at).zip(ids.starts.get(at + 1)).map(|(a, b)| *a..*b) else { continue };
                let own = stated.get(range.clone()).unwrap_or_default();
                let fates = expected.get(&train).map(Vec::as_slice).unwrap_or_default();
                let mut left = fates.iter().map(|fate| fate.pulse).peekable();
                let mut wrong = own.iter().any(|&id| id != train).then(|| "of another train".to_string());
                for &pulse in pulses.get(range).unwrap_or_default() {
                    while left.peek().is_some_and(|next| *next != pulse) {
                        left.next();
                    }
                    if left.peek().is_none() {
                        wrong.get_or_insert_with(|| {
                            format!("of pulse {pulse}, which the train lacks or which is out of order")
                        });
                    }
                }
                if let Some(what) = wrong {
                    let mut place = Place::default().source(source).train(train);
                    place.file = self.file_of(source, train);
                    found.push(Found::error(Check::Results, place, format!("an entry of `{group}` is {what}")));
                }
            }
        }
        Ok(found)
    }

    /// Whether a frame of this fate has passed the step `number`: nothing dropped it, or a later `keep`.
    fn is_due(&self, source: &str, fate: &Fate, number: Option<usize>) -> bool {
        let all = source.strip_prefix(self.prefix).and_then(|own| own.strip_suffix(":output")) == Some(COLUMNS);
        if self.table.is_alive(fate.fate) || all {
            return true;
        }
        self.table.keep_of(fate.fate).zip(number).is_some_and(|(keep, number)| keep > number)
    }

    fn counts(&self, trains: &[u64]) -> Result<Vec<Found>> {
        let source = self.table.source.trim_end_matches(":output");
        let mut found = Vec::new();
        for block in trains.chunks(BLOCK_TRAINS) {
            let counted = match self.run.values_of(source, "nFrames.value", block, self.pool) {
                Ok(counted) => counted,
                Err(error @ Error::Resource { .. }) => return Err(error),
                Err(error) => return Ok(vec![self.wrong(source, format!("frames by train are not told: {error}"))]),
            };
            let rows = self.table.rows(block, self.pool)?;
            for &train in block {
                let kept = rows.get(&train).map_or(0, |rows| rows.iter().filter(|row| row.fate == 0).count());
                let told = counted.scalar(train);
                if told != Some(kept as f64) {
                    let told = told.map_or("no number".to_owned(), |told| told.to_string());
                    let mut place = Place::default().source(format!("{source}/nFrames")).train(train);
                    place.file = self.file_of(source, train);
                    let what = format!("nFrames is {told}, {kept} frames of the train have the fate `kept`");
                    found
                        .push(Found::error(Check::Results, place, what).at(format!("/CONTROL/{source}/nFrames/value")));
                }
            }
        }
        Ok(found)
    }

    fn file_of(&self, source: &str, train: u64) -> Option<std::path::PathBuf> {
        let files = &self.run.sources.get(source)?.files;
        let own = |number: &&u32| files.binary_search_by_key(&(**number as usize), |&(file, _)| file).is_ok();
        let number = *self.run.files_with(train).iter().find(own)? as usize;
        Some(self.run.files.get(number)?.path.clone())
    }
}

/// What is wrong with the rows of a train: they are among its frames in their order, and none that is due is missing.
fn unlike(rows: &[(u64, u64)], fates: &[Fate], is_due: impl Fn(&Fate) -> bool) -> Option<String> {
    let known: BTreeSet<(u64, u64)> = fates.iter().map(|fate| (fate.pulse, fate.cell)).collect();
    if let Some((pulse, cell)) = rows.iter().find(|id| !known.contains(id)) {
        return Some(format!("a row is of pulse {pulse}, cell {cell}: the train has no such frame"));
    }
    let mut left = fates.iter();
    for &(pulse, cell) in rows {
        loop {
            match left.next() {
                Some(fate) if (fate.pulse, fate.cell) == (pulse, cell) => break,
                Some(fate) if is_due(fate) => {
                    return Some(format!("the row of pulse {} is not in its place", fate.pulse))
                }
                Some(_) => {}
                None => return Some(format!("the row of pulse {pulse} stands twice, or out of order")),
            }
        }
    }
    left.find(|fate| is_due(fate)).map(|fate| format!("pulse {} has no row", fate.pulse))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_follow_the_fates() {
        let fate = |pulse: u64, fate: u64| Fate { pulse, cell: pulse, fate };
        let fates = [fate(1, 0), fate(2, 3), fate(3, 0), fate(4, 1)];
        let told = |rows: &[u64]| {
            let rows: Vec<(u64, u64)> = rows.iter().map(|&pulse| (pulse, pulse)).collect();
            unlike(&rows, &fates, |fate| fate.fate == 0)
        };
        assert_eq!(told(&[1, 3]), None);
        assert_eq!(told(&[1, 2, 3, 4]), None, "a step may stand before the `keep`");
        assert!(told(&[1]).is_some_and(|what| what.contains("pulse 3 has no row")));
        assert!(told(&[3, 1]).is_some_and(|what| what.contains("pulse 1 is not in its place")));
        assert!(told(&[1, 3, 3]).is_some_and(|what| what.contains("twice")));
        assert!(told(&[1, 3, 9]).is_some_and(|what| what.contains("no such frame")));
    }
}
