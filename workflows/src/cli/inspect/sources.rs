//! Sources: their groups of rows, and the values they had for the whole run.

use super::keys::KeyLine;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use trainyard_format::map::GroupMap;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{Run, RunValue, SourceEntry};

#[derive(Clone, Debug, Serialize)]
pub struct SourceLine {
    pub name: String,
    pub section: &'static str,
    /// the name that holds the data now, when this is an old name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_of: Option<String>,
    pub files: usize,
    pub groups: Vec<GroupLine>,
    pub run_values: Vec<String>,
    /// by key; what cannot be read is an object with `error`
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Value>,
}

/// Index groups of one name over all files of a source.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GroupLine {
    pub name: String,
    /// trains with at least one row
    pub trains: usize,
    pub rows: u64,
    /// rows of the trains that have any
    pub least_per_train: u64,
    pub most_per_train: u64,
    pub keys: Vec<KeyLine>,
}

impl SourceLine {
    pub fn of(run: &Run, name: &str, entry: &SourceEntry) -> Self {
        let maps: Vec<_> = entry.files.iter().filter_map(|&(file, at)| run.files.get(file)?.sources.get(at)).collect();
        let mut groups: Vec<GroupLine> = Vec::new();
        for group in maps.iter().flat_map(|map| &map.groups) {
            match groups.iter_mut().find(|line| line.name == group.name) {
                Some(line) => line.add(group),
                None => {
                    let mut line = GroupLine { name: group.name.clone(), ..GroupLine::default() };
                    line.add(group);
                    groups.push(line);
                }
            }
        }
        let run_values = maps.first().map(|map| map.run_values.iter().map(|value| value.key.clone()).collect());
        SourceLine {
            name: name.into(),
            section: entry.section.group_name(),
            alias_of: entry.legacy.clone(),
            files: maps.len(),
            groups,
            run_values: run_values.unwrap_or_default(),
            values: BTreeMap::new(),
        }
    }
}

impl GroupLine {
    fn add(&mut self, group: &GroupMap) {
        for &count in group.count.iter().filter(|&&count| count > 0) {
            self.least_per_train = if self.trains == 0 { count } else { self.least_per_train.min(count) };
            self.most_per_train = self.most_per_train.max(count);
            self.trains += 1;
            self.rows = self.rows.saturating_add(count);
        }
        for dataset in &group.datasets {
            match self.keys.iter_mut().find(|line| line.key == dataset.key) {
                Some(line) => line.add(dataset),
                None => self.keys.push(KeyLine::of(dataset, group)),
            }
        }
    }
}

/// Reads the values that hold for the whole run: one small read each.
pub fn read_values(sources: &mut [SourceLine], run: &Run, pool: &OpenerPool) {
    let wanted: Vec<(usize, String, String)> = sources
        .iter()
        .enumerate()
        .filter(|(_, source)| source.alias_of.is_none())
        .flat_map(|(n, source)| source.run_values.iter().map(move |key| (n, source.name.clone(), key.clone())))
        .collect();
    let read = pool.in_parallel(&wanted, |(_, source, key)| match run.run_value(source, key, pool) {
        Ok(value) => json(value),
        Err(error) => serde_json::json!({ "error": error.to_string() }),
    });
    for ((number, _, key), value) in wanted.into_iter().zip(read) {
        if let Some(source) = sources.get_mut(number) {
            source.values.insert(key, value);
        }
    }
}

fn json(value: RunValue) -> Value {
    match value {
        RunValue::Number(value) => number(value),
        RunValue::Numbers(values) => values.into_iter().map(number).collect(),
        RunValue::Text(text) => text.into(),
        RunValue::Texts(texts) => texts.into(),
    }
}

/// Integers as such, as far as f64 holds them.
fn number(value: f64) -> Value {
    const EXACT: f64 = (1u64 << 53) as f64;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        (value as i64).into()
    } else {
        value.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_format::map::{DatasetMap, ElementType, Layout, StoredIndex};

    #[test]
    fn a_group_sums_over_files() {
        let dataset = |rows, bytes| DatasetMap {
            key: "data".into(),
            path: "/INSTRUMENT/a/image/data".into(),
            element: ElementType::U16,
            big_endian: false,
            shape: vec![rows, 512, 128],
            max_shape: vec![u64::MAX, 512, 128],
            layout: Layout::Chunked { chunk: vec![1, 512, 128] },
            filters: vec![trainyard_codec::Filter {
                id: 32008,
                flags: 1,
                values: vec![0, 4, 2, 0, 2],
                name: String::new(),
            }],
            attributes: vec![],
            stored_bytes: bytes,
        };
        let group = |count: Vec<u64>, bytes| GroupMap {
            name: "image".into(),
            first: vec![0; count.len()],
            stored_index: StoredIndex::default(),
            datasets: vec![dataset(count.iter().sum(), bytes)],
            count,
            key_attributes: vec![],
        };
        let mut line = GroupLine::default();
        line.add(&group(vec![0, 4, 3], 100_000));
        line.add(&group(vec![2, 0], 50_000));
        assert_eq!((line.trains, line.rows, line.least_per_train, line.most_per_train), (3, 9, 2, 4));
        let [key] = line.keys.as_slice() else { panic!("one key") };
        assert_eq!((key.rows, key.stored_bytes, key.raw_bytes), (9, 150_000, 9 * 131_072));
        assert_eq!(key.ratio.map(|ratio| (ratio * 100.0).round()), Some(786.0));
        assert_eq!(key.storage(), "bitshuffle-lz4, chunks [1, 512, 128]");
        assert_eq!(key.shape, [512, 128]);
        let [filter] = key.filter_parameters.as_slice() else { panic!("one filter") };
        assert_eq!((filter.id, filter.values.len(), filter.optional), (32008, 5, true));
    }
}
