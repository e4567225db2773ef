//! A source in one of the two runs: its files, groups and datasets.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use trainyard_format::detector::Module;
use trainyard_format::map::{DatasetMap, FileMap, GroupMap, SourceMap};
use trainyard_format::run::Run;
use trainyard_format::{Error, Place, Result};

/// A row: index in [`Side::parts`], row in the dataset.
pub(super) type RowAt = (u32, u64);

/// A key by part.
pub(super) type Parts<'a> = Vec<Option<(&'a Path, &'a DatasetMap)>>;

pub(super) struct Side<'a> {
    pub run: &'a Run,
    pub source: &'a str,
    /// (index in `Run::files`, index in `FileMap::sources`)
    pub parts: Vec<(usize, usize)>,
}

/// The same row in both runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub train: u64,
    /// of a frame
    pub pulse: Option<u64>,
    pub input: RowAt,
    pub output: RowAt,
}

impl Pair {
    /// With parts numbered as in [`Side::within`].
    pub fn within(self, input: &[u32], output: &[u32]) -> Option<Self> {
        let place =
            |(part, row): RowAt, numbers: &[u32]| Some((u32::try_from(numbers.binary_search(&part).ok()?).ok()?, row));
        Some(Pair { input: place(self.input, input)?, output: place(self.output, output)?, ..self })
    }
}

impl<'a> Side<'a> {
    pub fn of_module(run: &'a Run, module: &'a Module) -> Self {
        Side { run, source: &module.source, parts: module.parts.iter().map(|p| (p.file, p.source)).collect() }
    }

    /// # Errors
    /// `Request`: no such source.
    pub fn of_source(run: &'a Run, source: &'a str) -> Result<Self> {
        Ok(Side { run, source, parts: run.source(source)?.files.clone() })
    }

    /// The same in some files only (numbers in order), with the number that each of the parts has here; where it is in none
    /// of them, in the first: its keys are known there.
    pub fn within(&self, files: &[usize]) -> (Side<'a>, Vec<u32>) {
        // one part a file, in their order
        let own = files.iter().filter_map(|file| self.parts.binary_search_by_key(file, |&(number, _)| number).ok());
        let (mut parts, mut numbers) = (Vec::new(), Vec::new());
        for number in own {
            parts.extend(self.parts.get(number));
            numbers.extend(u32::try_from(number));
        }
        if parts.is_empty() {
            parts.extend(self.parts.first());
            numbers.extend(self.parts.first().map(|_| 0));
        }
        (Side { run: self.run, source: self.source, parts }, numbers)
    }

    /// The part that lies in the first of these files that has any of it.
    pub fn part_in(&self, files: &[u32]) -> Option<usize> {
        let part = |file: &u32| self.parts.binary_search_by_key(&(*file as usize), |&(number, _)| number).ok();
        files.iter().find_map(part)
    }

    pub fn file(&self, part: usize) -> Option<&'a FileMap> {
        self.run.files.get(self.parts.get(part)?.0).map(AsRef::as_ref)
    }

    pub fn map(&self, part: usize) -> Option<&'a SourceMap> {
        self.file(part)?.sources.get(self.parts.get(part)?.1)
    }

    pub fn group(&self, part: usize, name: &str) -> Option<&'a GroupMap> {
        self.map(part)?.groups.iter().find(|group| group.name == name)
    }

    /// Names of all index groups, sorted.
    pub fn groups(&self) -> Vec<&'a str> {
        let maps = (0..self.parts.len()).filter_map(|part| self.map(part));
        let names: BTreeSet<&str> = maps.flat_map(|map| map.groups.iter().map(|group| group.name.as_str())).collect();
        names.into_iter().collect()
    }

    /// Names of the keys of a group in any part. Scalar datasets belong to no train and are left out.
    pub fn keys(&self, group: &str) -> BTreeSet<String> {
        let groups = (0..self.parts.len()).filter_map(|part| self.group(part, group));
        groups.flat_map(|g| g.datasets.iter().filter(|d| !d.shape.is_empty()).map(|d| g.source_key(d))).collect()
    }

    /// Every key of a group, in every part; `None` where a file lacks it. Scalar datasets belong to no train and are left out.
    pub fn datasets(&self, group: &str) -> BTreeMap<String, Parts<'a>> {
        let mut keys: BTreeMap<String, Parts<'a>> = BTreeMap::new();
        for part in 0..self.parts.len() {
            let (Some(file), Some(group)) = (self.file(part), self.group(part, group)) else { continue };
            for dataset in group.datasets.iter().filter(|dataset| !dataset.shape.is_empty()) {
                let places = keys.entry(group.source_key(dataset)).or_insert_with(|| vec![None; self.parts.len()]);
                if let Some(place) = places.get_mut(part) {
                    *place = Some((file.path.as_path(), dataset));
                }
            }
        }
        keys
    }

    /// Rows of a train in a group, over all files.
    ///
    /// # Errors
    /// `Input` where the index leads beyond the numbers there are.
    pub fn rows(&self, group: &str, train: u64) -> Result<Vec<RowAt>> {
        let mut rows = Vec::new();
        for (part, &(file, _)) in self.parts.iter().enumerate() {
            let Some(position) = self.run.position(file, train) else { continue };
            let Some(found) = self.group(part, group) else { continue };
            let first = found.first.get(position).copied().unwrap_or(0);
            let count = found.count.get(position).copied().unwrap_or(0);
            // every dataset of the group, so that a wild index cannot ask for memory
            let held = found.datasets.iter().filter(|d| !d.shape.is_empty()).map(DatasetMap::rows).max().unwrap_or(0);
            let end = first.checked_add(count).filter(|&end| end <= held || count == 0);
            let (Some(end), Ok(part)) = (end, u32::try_from(part)) else {
                let what = format!("the index leads to rows {first}+{count}, there are {held}");
                return Err(Error::input(what, self.place(part).train(train)));
            };
            rows.extend((first..end).map(|row| (part, row)));
        }
        Ok(rows)
    }

    pub fn place(&self, part: usize) -> Place {
        self.file(part).map(|file| Place::file(&file.path)).unwrap_or_default().source(self.source)
    }
}

/// A key's place in every part; nowhere, where no file has it.
pub(super) fn parts_of<'a>(keys: &BTreeMap<String, Parts<'a>>, key: &str) -> Parts<'a> {
    keys.get(key).cloned().unwrap_or_default()
}
