//! Small datasets of one source over the files of the input: rows of chosen trains or frames, gathered and written in one
//! piece.

use crate::plan::Job;
use trainyard_format::map::{GroupMap, Section, SourceMap};
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

    /// Counts by train, and all rows that the trains have in a group.
    ///
    /// # Errors
    /// An index that leads outside the datasets.
    pub fn of_trains(&self, group: &str, trains: &[u64]) -> Result<(Vec<u64>, Selection)> {
        let mut counts = vec![0; trains.len()];
        let mut rows = Vec::new();
        for (counted, train) in counts.iter_mut().zip(trains) {
            for (number, &(file, _)) in self.parts.iter().enumerate() {
                let Some(found) = self.group(number, group) else { continue };
                let Some(position) = self.job.run.position(file, *train) else { continue };
                let (first, count) = (found.first[position], found.count[position]);
                let held = found.datasets.iter().filter(|d| !d.shape.is_empty()).map(|d| d.rows()).min().unwrap_or(0);
                let Some(end) = first.checked_add(count).filter(|&end| count == 0 || end <= held) else {
                    let place = Place::file(&self.job.run.files[file].path).source(format!("{}/{group}", self.name));
                    let what = format!("the index leads to rows {first}+{count}, the datasets have {held}");
                    return Err(Error::input(what, place.train(*train)));
                };
                rows.extend((first..end).map(|row| (number, row)));
                *counted = count;
                break;
            }
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
        keys.iter().try_for_each(|key| self.copy_key(writer, group, key, selection))
    }

    fn copy_key(&self, writer: &mut FileWriter, group: &str, key: &str, selection: &Selection) -> Result<()> {
        let dataset_of = |part: usize| self.group(part, group).and_then(|group| group.dataset(key));
        let Some(first) = (0..self.parts.len()).find_map(dataset_of) else { return Ok(()) };
        let (element, shape) = (first.element, first.row_shape());
        // runs of rows of one part are asked for together
        let mut runs = Vec::new();
        for run in selection.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(part, _)) = run.first() else { continue };
            let path = &self.job.run.files[self.parts[part].0].path;
            let place = || Place::file(path).source(format!("{}/{key}", self.name));
            let dataset = dataset_of(part);
            let dataset = dataset.ok_or_else(|| Error::input("the key is missing in one of the files", place()))?;
            let (this, rows) = (dataset.element, dataset.row_shape());
            if rows != shape || (this != element && !(this.is_text() && element.is_text())) {
                let what = format!("rows are {this:?} {rows:?}, in an earlier file {element:?} {shape:?}");
                return Err(Error::input(what, place()));
            }
            runs.push((path, &dataset.path, ranges(run)));
        }
        if element.is_text() && shape.is_empty() && self.section == Section::Instrument {
            let mut texts = Vec::new();
            for (path, dataset, ranges) in runs {
                texts.extend(self.job.pool.strings(path, dataset, &ranges)?);
            }
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            return writer.strings(self.name, key, &texts, &first.attributes);
        }
        if !element.is_number() || shape.contains(&0) {
            let why = if element.is_number() { "its rows hold no values" } else { "it is neither number nor text" };
            writer.note(&format!("{}/{key}", self.name), format!("left out: {why}"));
            return Ok(());
        }
        let mut bytes = Vec::new();
        for (path, dataset, ranges) in runs {
            bytes.extend_from_slice(&self.job.pool.rows(path, dataset, &ranges)?.bytes);
        }
        let values = Values::new(element, shape, &bytes).with_attributes(&first.attributes);
        writer.rows_in(self.section, self.name, key, &values)
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
