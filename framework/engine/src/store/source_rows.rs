//! Small datasets of one source over the files of the input: rows of chosen trains or frames, gathered and written in one
//! piece.

use super::LostRows;
use crate::plan::Job;
use std::collections::BTreeMap;
use std::path::Path;
use trainyard_format::map::{DatasetMap, GroupMap, Section, SourceMap};
use trainyard_format::write::{FileWriter, Values};
use trainyard_format::{Error, Place, Result};

/// (position in [`SourceRows::parts`], row)
pub type Selection = Vec<(usize, u64)>;

pub struct SourceRows<'j> {
    pub job: &'j Job,
    pub section: Section,
    pub name: &'j str,
    /// (index in `Run::files`, index in `FileMap::sources`)
    pub parts: Vec<(usize, usize)>,
    /// rows of whole trains that are left out
    pub lost: &'j LostRows,
}

impl<'j> SourceRows<'j> {
    pub fn map(&self, part: usize) -> Option<&'j SourceMap> {
        let &(file, source) = self.parts.get(part)?;
        self.job.run.files.get(file)?.sources.get(source)
    }

    pub fn group(&self, part: usize, name: &str) -> Option<&'j GroupMap> {
        self.map(part)?.groups.iter().find(|group| group.name == name)
    }

    /// Names of all index groups, sorted.
    pub fn groups(&self) -> Vec<&'j str> {
        let maps = (0..self.parts.len()).filter_map(|part| self.map(part));
        let mut names: Vec<&str> = maps.flat_map(|map| map.groups.iter().map(|group| group.name.as_str())).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// By file.
    fn parts_of(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut parts_of: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, &(file, _)) in self.parts.iter().enumerate() {
            parts_of.entry(file).or_default().push(number);
        }
        parts_of
    }

    /// The first part that has the train and the group.
    fn part_of(&self, parts_of: &BTreeMap<usize, Vec<usize>>, group: &str, train: u64) -> Option<usize> {
        let with = self.job.run.files_with(train).iter().filter_map(|&file| parts_of.get(&(file as usize)));
        let has = |&number: &usize| {
            self.group(number, group).is_some() && self.job.run.position(self.parts[number].0, train).is_some()
        };
        with.flatten().copied().filter(has).min()
    }

    /// The file that the rows of a train come from.
    pub fn file_of(&self, group: &str, train: u64) -> Option<usize> {
        Some(self.parts.get(self.part_of(&self.parts_of(), group, train)?)?.0)
    }

    /// Counts by train, and all rows that the trains have in a group.
    ///
    /// # Errors
    /// An index that leads outside the datasets.
    pub fn of_trains(&self, group: &str, trains: &[u64]) -> Result<(Vec<u64>, Selection)> {
        let mut counts = vec![0; trains.len()];
        let mut rows = Vec::new();
        let parts_of = self.parts_of();
        for (counted, train) in counts.iter_mut().zip(trains) {
            let Some(number) = self.part_of(&parts_of, group, *train) else { continue };
            let (file, _) = self.parts[number];
            let (Some(found), Some(position)) = (self.group(number, group), self.job.run.position(file, *train)) else {
                continue;
            };
            if self.lost.holds(file, self.name, group, *train) {
                continue;
            }
            let (first, count) = (found.first[position], found.count[position]);
            let held = found.datasets.iter().filter(|d| !d.shape.is_empty()).map(|d| d.rows()).min().unwrap_or(0);
            let Some(end) = first.checked_add(count).filter(|&end| count == 0 || end <= held) else {
                let place = Place::file(&self.job.run.files[file].path).source(format!("{}/{group}", self.name));
                let what = format!("the index leads to rows {first}+{count}, the datasets have {held}");
                return Err(Error::input(what, place.train(*train)));
            };
            rows.extend((first..end).map(|row| (number, row)));
            *counted = count;
        }
        Ok((counts, rows))
    }

    /// Writes the selected rows of every key of a group but those in `except`.
    ///
    /// # Errors
    /// I/O errors; keys that cannot be read.
    pub fn copy(
        &self,
        writer: &mut FileWriter,
        group: &str,
        selection: &Selection,
        except: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let keys = self.keys(group, except);
        self.piecewise(group, &keys, selection, |some| self.copy_keys(writer, group, some, selection))
    }

    /// Reads the rows that trains have in a group and lets go of them.
    ///
    /// # Errors
    /// An index or a key that cannot be read.
    pub fn try_to_read(&self, group: &str, trains: &[u64]) -> Result<()> {
        let (_, selection) = self.of_trains(group, trains)?;
        let keys = self.keys(group, |_| false);
        self.piecewise(group, &keys, &selection, |some| self.read_keys(group, some, &selection).map(drop))
    }

    /// Some keys after the other, as many as fit.
    fn piecewise(
        &self,
        group: &str,
        keys: &[String],
        selection: &Selection,
        mut each: impl FnMut(&[String]) -> Result<()>,
    ) -> Result<()> {
        let mut rest = keys;
        while !rest.is_empty() {
            let (some, after) = rest.split_at(self.fitting(group, rest, selection.len()));
            each(some)?;
            rest = after;
        }
        Ok(())
    }

    fn keys(&self, group: &str, except: impl Fn(&str) -> bool) -> Vec<String> {
        let mut keys: Vec<String> = Vec::new();
        for part in 0..self.parts.len() {
            let Some(group) = self.group(part, group) else { continue };
            for dataset in group.datasets.iter().filter(|dataset| !dataset.shape.is_empty()) {
                let key = group.source_key(dataset);
                if !except(&key) && !keys.contains(&key) {
                    keys.push(key);
                }
            }
        }
        keys
    }

    fn first_dataset(&self, group: &str, key: &str) -> Option<&'j DatasetMap> {
        (0..self.parts.len()).find_map(|part| self.group(part, group).and_then(|group| group.dataset(key)))
    }

    /// How many of the keys are read at once, each file asked once for all of them.
    fn fitting(&self, group: &str, keys: &[String], rows: usize) -> usize {
        let row_bytes = |key: &String| self.first_dataset(group, key).and_then(DatasetMap::row_bytes).unwrap_or(0);
        let mut bytes = 0u64;
        let fits = |key: &&String| {
            bytes = bytes.saturating_add(row_bytes(key).saturating_mul(rows as u64));
            bytes <= MOST_BYTES
        };
        keys.iter().take_while(fits).count().max(1)
    }

    fn copy_keys(&self, writer: &mut FileWriter, group: &str, keys: &[String], selection: &Selection) -> Result<()> {
        for Column { key, first, values } in self.read_keys(group, keys, selection)? {
            match values {
                ColumnValues::Bytes(bytes) => {
                    let values =
                        Values::new(first.element, first.row_shape(), &bytes).with_attributes(&first.attributes);
                    writer.rows_in(self.section, self.name, key, &values)?;
                }
                ColumnValues::Texts(texts) => {
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    writer.strings(self.name, key, &texts, &first.attributes)?;
                }
                ColumnValues::Nothing => {
                    let number = first.element.is_number();
                    let why = if number { "its rows hold no values" } else { "it is neither number nor text" };
                    writer.note(&format!("{}/{key}", self.name), format!("left out: {why}"));
                }
            }
        }
        Ok(())
    }

    fn read_keys<'k>(&self, group: &str, keys: &'k [String], selection: &Selection) -> Result<Vec<Column<'j, 'k>>> {
        let mut columns = Vec::with_capacity(keys.len());
        for key in keys {
            let Some(first) = self.first_dataset(group, key) else { continue };
            self.check_key(group, key, first, selection)?;
            columns.push(Column { key, first, values: self.values_of(first) });
        }
        // runs of rows of one part are asked for together
        let runs: Vec<&[(usize, u64)]> = selection.chunk_by(|a, b| a.0 == b.0).collect();
        let read = self.job.pool.in_parallel(&runs, |run| self.read_run(group, &columns, run));
        for run in read {
            columns.iter_mut().zip(run?).for_each(|(column, more)| column.values.append(more));
        }
        Ok(columns)
    }

    /// Every file that rows come from has the key, with rows alike.
    fn check_key(&self, group: &str, key: &str, first: &DatasetMap, selection: &Selection) -> Result<()> {
        let (element, shape) = (first.element, first.row_shape());
        for run in selection.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(part, _)) = run.first() else { continue };
            let place = || Place::file(self.path(part)).source(format!("{}/{key}", self.name));
            let dataset = self.group(part, group).and_then(|group| group.dataset(key));
            let dataset = dataset.ok_or_else(|| Error::input("the key is missing in one of the files", place()))?;
            let (this, rows) = (dataset.element, dataset.row_shape());
            if rows != shape || (this != element && !(this.is_text() && element.is_text())) {
                let what = format!("rows are {this:?} {rows:?}, in an earlier file {element:?} {shape:?}");
                return Err(Error::input(what, place()));
            }
        }
        Ok(())
    }

    fn path(&self, part: usize) -> &'j Path {
        &self.job.run.files[self.parts[part].0].path
    }

    /// What is read of such a key, nothing of it yet.
    fn values_of(&self, first: &DatasetMap) -> ColumnValues {
        let (element, shape) = (first.element, first.row_shape());
        if element.is_text() && shape.is_empty() && self.section == Section::Instrument {
            ColumnValues::Texts(Vec::new())
        } else if element.is_number() && !shape.contains(&0) {
            ColumnValues::Bytes(Vec::new())
        } else {
            ColumnValues::Nothing
        }
    }

    /// The rows of a run, of each column.
    fn read_run(&self, group: &str, columns: &[Column<'j, '_>], run: &[(usize, u64)]) -> Result<Vec<ColumnValues>> {
        let Some(&(part, _)) = run.first() else { return Ok(Vec::new()) };
        let (path, ranges) = (self.path(part), ranges(run));
        let group = self.group(part, group);
        let dataset = |key: &str| {
            let dataset = group.and_then(|group| group.dataset(key));
            dataset.ok_or_else(|| Error::bug("a key has vanished", Place::file(path).source(key)))
        };
        let numbers = columns.iter().filter(|column| matches!(column.values, ColumnValues::Bytes(_)));
        let wanted = numbers.map(|column| dataset(column.key).map(|dataset| (dataset.path.clone(), ranges.clone())));
        let wanted = wanted.collect::<Result<Vec<_>>>()?;
        let rows = if wanted.is_empty() { Vec::new() } else { self.job.pool.rows_of(path, wanted)? };
        let mut rows = rows.into_iter();
        let read = |column: &Column<'_, '_>| -> Result<ColumnValues> {
            Ok(match column.values {
                ColumnValues::Bytes(_) => ColumnValues::Bytes(rows.next().map(|rows| rows.bytes).unwrap_or_default()),
                ColumnValues::Texts(_) => {
                    ColumnValues::Texts(self.job.pool.strings(path, &dataset(column.key)?.path, &ranges)?)
                }
                ColumnValues::Nothing => ColumnValues::Nothing,
            })
        };
        columns.iter().map(read).collect()
    }
}

/// Keys are read together up to about this size.
const MOST_BYTES: u64 = 64 << 20;

struct Column<'j, 'k> {
    key: &'k str,
    /// in the first file that has it
    first: &'j DatasetMap,
    values: ColumnValues,
}

enum ColumnValues {
    Bytes(Vec<u8>),
    Texts(Vec<String>),
    /// such values are left out
    Nothing,
}

impl ColumnValues {
    fn append(&mut self, more: ColumnValues) {
        match (self, more) {
            (ColumnValues::Bytes(bytes), ColumnValues::Bytes(more)) => bytes.extend(more),
            (ColumnValues::Texts(texts), ColumnValues::Texts(more)) => texts.extend(more),
            _ => {}
        }
    }
}

/// Neighbouring rows as (first, count).
fn ranges(selection: &[(usize, u64)]) -> Vec<(u64, u64)> {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for &(_, row) in selection {
        match ranges.last_mut() {
            Some((first, count)) if *first + *count == row => *count += 1,
            _ => ranges.push((row, 1)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    #[test]
    fn neighbours_share_a_range() {
        let rows = [(0, 3), (0, 4), (0, 5), (0, 9), (0, 2)];
        assert_eq!(super::ranges(&rows), vec![(3, 3), (9, 1), (2, 1)]);
    }
}
