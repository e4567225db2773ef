//! Finding a key of a source: which dataset in which files.

use super::nearest::hint;
use super::view::{Run, SourceEntry};
use crate::error::{Error, Place, Result};
use crate::map::{DatasetMap, GroupMap, Section};

/// A key in one file.
#[derive(Clone, Copy, Debug)]
pub struct KeyPart<'a> {
    /// index in [`Run::files`]
    pub file: usize,
    /// index in `FileMap::sources`
    pub source: usize,
    pub group: &'a GroupMap,
    pub dataset: &'a DatasetMap,
}

/// `image.data`: the group's name and the key inside it; CONTROL groups have no name.
pub(crate) fn full_key(group: &GroupMap, dataset: &DatasetMap) -> String {
    if group.name.is_empty() {
        dataset.key.clone()
    } else {
        format!("{}.{}", group.name.replace('/', "."), dataset.key)
    }
}

/// Whether `key` names the dataset; `.value` of CONTROL and RUN keys may be left out.
fn names(key: &str, full: &str) -> bool {
    full == key || full.strip_suffix(".value") == Some(key)
}

impl Run {
    /// All files' datasets of a key; files in which the source lacks it are left out.
    ///
    /// # Errors
    /// `Request` with the nearest name when there is no such source or key.
    pub fn key(&self, source: &str, key: &str) -> Result<Vec<KeyPart<'_>>> {
        let entry = self.source(source)?;
        if let Some(target) = entry.legacy.as_deref().filter(|target| self.sources.contains_key(*target)) {
            if target != source {
                return self.key(target, key);
            }
        }
        let parts: Vec<KeyPart<'_>> = entry.files.iter().flat_map(|&place| self.parts(entry, place, key)).collect();
        if parts.is_empty() {
            let known = self.keys(source)?;
            return Err(Error::request(
                format!("source `{source}` has no key `{key}`"),
                Place::default().source(source),
            )
            .with_hint(hint(key, known.iter().map(String::as_str))));
        }
        Ok(parts)
    }

    /// As [`key`](Self::key), in some files only (numbers in order); where none of them has it, in one that does.
    pub(super) fn key_in(&self, source: &str, key: &str, files: &[usize]) -> Result<Vec<KeyPart<'_>>> {
        let entry = self.source(source)?;
        if entry.legacy.is_some() {
            return self.key(source, key);
        }
        let own = files.iter().filter_map(|file| {
            let found = entry.files.binary_search_by_key(file, |&(number, _)| number).ok()?;
            entry.files.get(found).copied()
        });
        let mut parts: Vec<KeyPart<'_>> = own.flat_map(|place| self.parts(entry, place, key)).collect();
        if parts.is_empty() {
            parts.extend(entry.files.iter().flat_map(|&place| self.parts(entry, place, key)).next());
        }
        if parts.is_empty() {
            return self.key(source, key);
        }
        Ok(parts)
    }

    /// The datasets of a key in one file.
    fn parts<'a>(&'a self, entry: &SourceEntry, (file, source): (usize, usize), key: &str) -> Vec<KeyPart<'a>> {
        let control = entry.section == Section::Control;
        let groups = self.files.get(file).and_then(|map| map.sources.get(source)).map(|map| map.groups.as_slice());
        let parts = groups.unwrap_or_default().iter().filter_map(|group| {
            let is_named = |dataset: &&DatasetMap| match control {
                true => names(key, &full_key(group, dataset)),
                false => full_key(group, dataset) == key,
            };
            Some(KeyPart { file, source, group, dataset: group.datasets.iter().find(is_named)? })
        });
        parts.collect()
    }

    /// Every key of a source in any file, sorted; CONTROL keys as stored, with `.value` and `.timestamp`.
    pub fn keys(&self, source: &str) -> Result<Vec<String>> {
        let mut keys: Vec<String> = Vec::new();
        for &(file, position) in &self.source(source)?.files {
            let Some(map) = self.files.get(file).and_then(|map| map.sources.get(position)) else { continue };
            keys.extend(map.groups.iter().flat_map(|group| group.datasets.iter().map(move |d| full_key(group, d))));
        }
        keys.sort();
        keys.dedup();
        Ok(keys)
    }

    /// The first file's RUN dataset of a key.
    pub(super) fn run_key(&self, source: &str, key: &str) -> Result<(usize, &DatasetMap)> {
        let entry = self.source(source)?;
        let mut known: Vec<&str> = Vec::new();
        for &(file, position) in &entry.files {
            let Some(map) = self.files.get(file).and_then(|map| map.sources.get(position)) else { continue };
            if let Some(dataset) = map.run_values.iter().find(|dataset| names(key, &dataset.key)) {
                return Ok((file, dataset));
            }
            known.extend(map.run_values.iter().map(|dataset| dataset.key.as_str()));
        }
        known.sort_unstable();
        known.dedup();
        let text = format!("source `{source}` has no run value `{key}`");
        Err(Error::request(text, Place::default().source(source)).with_hint(hint(key, known)))
    }
}
