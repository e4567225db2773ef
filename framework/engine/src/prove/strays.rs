//! Nothing stands in the files of the output that a reduction does not write: no group, dataset or link beside what METADATA
//! lists, no attribute where the format has none. Files that are the input's, byte for byte, hold what the input holds.

use super::tally::{Check, Found};
use std::collections::{BTreeSet, HashMap};
use trainyard_format::map::{FileMap, Section};
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::Run;
use trainyard_format::{Place, Result};

const METADATA: [&str; 10] = [
    "creationDate",
    "daqLibrary",
    "dataFormatVersion",
    "karaboFramework",
    "proposalNumber",
    "runNumber",
    "runType",
    "sample",
    "sequenceNumber",
    "updateDate",
];
const LISTS: [&str; 5] = [
    "dataSources/dataSourceId",
    "dataSources/deviceId",
    "dataSources/root",
    "auxiliarySources/ERRATA",
    "auxiliarySources/REDUCTION",
];
const INDEX: [&str; 4] = ["trainId", "timestamp", "flag", "origin"];

/// `equal`: files of the output that are files of the input.
///
/// # Errors
/// Failures of the machine.
pub(super) fn compare(output: &Run, equal: &HashMap<usize, usize>, pool: &OpenerPool) -> Result<Vec<Found>> {
    let own: Vec<&FileMap> =
        output.files.iter().enumerate().filter(|(n, _)| !equal.contains_key(n)).map(|(_, f)| &**f).collect();
    let looked = pool.in_parallel(&own, |file| -> Result<Vec<Found>> {
        match pool.objects(&file.path) {
            Ok(objects) => Ok(strays(file, &objects)),
            Err(error) => Ok(vec![Found::damage(Check::Files, error)?]),
        }
    });
    let mut found = Vec::new();
    for result in looked {
        found.extend(result?);
    }
    Ok(found)
}

fn strays(file: &FileMap, objects: &[(String, Vec<String>)]) -> Vec<Found> {
    let known = Known::of(file);
    let mut found = Vec::new();
    for (path, attributes) in objects {
        let what = if !known.objects.contains(path) {
            "no reduction writes this: METADATA lists no source that it belongs to".into()
        } else if let Some(first) = attributes.first().filter(|_| known.bare.contains(path)) {
            format!("no reduction writes the attribute `{first}` there")
        } else {
            continue;
        };
        found.push(Found::error(Check::Files, Place::file(&file.path), what).at(path.as_str()));
    }
    found
}

/// What a file may hold, by path.
struct Known {
    objects: BTreeSet<String>,
    /// those that have no attributes
    bare: BTreeSet<String>,
}

impl Known {
    fn of(file: &FileMap) -> Self {
        let mut known = Known { objects: BTreeSet::new(), bare: BTreeSet::new() };
        for section in ["METADATA", "INDEX", "RUN", "CONTROL", "INSTRUMENT"] {
            known.add(&format!("/{section}"), true);
        }
        METADATA.iter().chain(&LISTS).for_each(|name| known.add(&format!("/METADATA/{name}"), true));
        INDEX.iter().for_each(|name| known.add(&format!("/INDEX/{name}"), true));
        for source in &file.sources {
            let (section, name) = (source.section.group_name(), &source.name);
            known.add(&format!("/{section}/{name}"), true);
            if source.legacy_target.is_some() {
                known.add(&format!("/INDEX/{name}"), true);
            }
            if source.section == Section::Control || !source.run_values.is_empty() {
                known.add(&format!("/RUN/{name}"), false);
            }
            for group in &source.groups {
                let below = if group.name.is_empty() { String::new() } else { format!("/{}", group.name) };
                known.add(&format!("/{section}/{name}{below}"), true);
                known.add(&format!("/INDEX/{name}{below}/first"), true);
                known.add(&format!("/INDEX/{name}{below}/count"), true);
                for (key, _) in &group.key_attributes {
                    known.add(&format!("/{section}/{name}{below}/{}", key.replace('.', "/")), false);
                }
            }
            let datasets = source.groups.iter().flat_map(|group| &group.datasets).chain(&source.run_values);
            datasets.for_each(|dataset| known.add(&dataset.path, false));
        }
        known
    }

    /// An object with the groups on the way to it; `bare`: none of them has attributes. What is compared elsewhere, attribute by
    /// attribute, is not.
    fn add(&mut self, path: &str, bare: bool) {
        let ends = path.match_indices('/').map(|(at, _)| at.max(1)).chain([path.len()]);
        for end in ends {
            let Some(part) = path.get(..end) else { continue };
            if self.objects.insert(part.to_owned()) && bare {
                self.bare.insert(part.to_owned());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_format::map::{FileStamp, FormatVersion, GroupMap, Metadata, SourceMap, StoredIndex};

    fn file() -> FileMap {
        let group = GroupMap {
            name: "image".into(),
            first: Vec::new(),
            count: Vec::new(),
            stored_index: StoredIndex::default(),
            datasets: Vec::new(),
            key_attributes: vec![("a.b".into(), Vec::new())],
        };
        let source = SourceMap {
            section: Section::Instrument,
            name: "A/B:out".into(),
            groups: vec![group],
            legacy_target: None,
            run_values: Vec::new(),
        };
        FileMap {
            path: "x.h5".into(),
            stamp: FileStamp { size: 0, mtime_ns: 0, ctime_ns: 0 },
            version: FormatVersion::Legacy,
            metadata: Metadata::default(),
            data_sources: Vec::new(),
            trains: Vec::new(),
            stored_trains: 0,
            timestamps: Vec::new(),
            flags: Vec::new(),
            origins: Vec::new(),
            sources: vec![source],
            oddities: Vec::new(),
        }
    }

    #[test]
    fn what_no_source_has_is_told_and_attributes_where_none_are() {
        let told = |path: &str, attributes: &[&str]| {
            let attributes = attributes.iter().map(|&name| name.to_owned()).collect();
            strays(&file(), &[(path.to_owned(), attributes)]).len()
        };
        for path in
            ["/", "/METADATA", "/METADATA/dataSources/root", "/INDEX/A/B:out/image/first", "/INSTRUMENT/A/B:out/image"]
        {
            assert_eq!((told(path, &[]), told(path, &["note"])), (0, 1), "{path}");
        }
        assert_eq!(
            (told("/INSTRUMENT/A/B:out/image/a/b", &["unit"]), told("/INSTRUMENT/A/B:out/image/a", &[])),
            (0, 0)
        );
        for path in [
            "/foreign",
            "/INDEX/A/C",
            "/INSTRUMENT/A/C:out",
            "/METADATA/author",
            "/RUN/A/B:out",
            "/INSTRUMENT/A/B:out/data",
        ] {
            assert_eq!(told(path, &[]), 1, "{path}");
        }
    }
}
