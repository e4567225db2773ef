//! The files of a run together: which trains and sequences they hold, and what lies beside them.

use super::finding::{Report, Severity};
use super::lists::LISTS;
use crate::bounded::{look, read_named};
use crate::map::{FileMap, Section};
use crate::run::FileName;
use crate::words::counted;
use crate::Place;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// Longest cache of EXtra-data that is read.
const LONGEST_CACHE: u64 = 1 << 30;

/// What the opener found odd, unless another check judges it.
pub(super) fn structure(file: &FileMap, report: &mut Report) {
    for (dataset, text) in &file.oddities {
        let index = dataset.starts_with("INDEX/") && (dataset.ends_with("/first") || dataset.ends_with("/count"));
        let judged = index || dataset.starts_with("METADATA/") || dataset == "INDEX/trainId";
        if !judged && !LISTS.contains(&dataset.as_str()) {
            report.add(Place::file(&file.path), text.as_str()).at(dataset.as_str());
        }
    }
}

pub(super) fn empty(file: &FileMap, report: &mut Report) {
    if file.trains.iter().all(|&id| id == 0) {
        report.add(Place::file(&file.path), "the file has no trains");
    }
}

/// Readers refuse a run in which a source has a train twice.
pub(super) fn train_once(files: &[FileMap], report: &mut Report) {
    let mut holders: BTreeMap<(Section, &str), Vec<usize>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        for source in file.sources.iter().filter(|source| source.legacy_target.is_none()) {
            holders.entry((source.section, source.name.as_str())).or_default().push(index);
        }
    }
    // Most sources share their files with many others: each set of files is looked at once.
    let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
    for ((section, source), holders) in holders {
        let auxiliary = matches!(section, Section::Reduction | Section::Errata);
        if holders.len() < 2 || auxiliary || !seen.insert(holders.clone()) {
            continue;
        }
        let mut first_file: HashMap<u64, usize> = HashMap::new();
        let mut twice: BTreeMap<(usize, usize), (u64, usize)> = BTreeMap::new();
        for &index in &holders {
            for &train in files[index].trains.iter().filter(|&&train| train != 0) {
                let first = *first_file.entry(train).or_insert(index);
                if first != index {
                    twice.entry((first, index)).or_insert((train, 0)).1 += 1;
                }
            }
        }
        for ((first, second), (train, count)) in twice {
            let what = format!("also in `{}`: {}", name_of(&files[first]), counted(count, "train"));
            report.add(Place::file(&files[second].path).source(source).train(train), what);
        }
    }
}

fn name_of(file: &FileMap) -> String {
    file.path.file_name().unwrap_or(file.path.as_os_str()).to_string_lossy().into_owned()
}

/// A file and its sequence number.
type Member<'a> = (&'a FileMap, Option<u32>);

/// Files whose names follow the facility's pattern, by class and aggregator.
fn series(files: &[FileMap]) -> BTreeMap<(String, String), Vec<Member<'_>>> {
    let mut series: BTreeMap<_, Vec<Member>> = BTreeMap::new();
    for file in files {
        if let Some(name) = FileName::parse(&name_of(file)) {
            series.entry((name.class, name.aggregator)).or_default().push((file, name.sequence));
        }
    }
    series
}

pub(super) fn sequences(files: &[FileMap], report: &mut Report) {
    for ((class, aggregator), members) in series(files) {
        let numbers: BTreeSet<u32> = members.iter().filter_map(|(_, sequence)| *sequence).collect();
        let Some(&last) = numbers.last() else { continue };
        let missing: Vec<String> = (0..last).filter(|n| !numbers.contains(n)).take(11).map(|n| n.to_string()).collect();
        if !missing.is_empty() {
            let more = if missing.len() > 10 { " ..." } else { "" };
            let what = format!(
                "sequences of {class} {aggregator} that are not there: {}{more}",
                missing[..missing.len().min(10)].join(", ")
            );
            let folder = members.first().and_then(|(file, _)| file.path.parent()).unwrap_or(Path::new(""));
            report.add(Place::file(folder), what);
        }
    }
}

pub(super) fn trains_agree(files: &[FileMap], report: &mut Report) {
    let all: BTreeSet<u64> = files.iter().flat_map(|file| file.trains.iter().copied()).filter(|&id| id != 0).collect();
    for ((class, aggregator), members) in series(files) {
        let own: BTreeSet<u64> = members.iter().flat_map(|(file, _)| file.trains.iter().copied()).collect();
        let mut missing = all.iter().filter(|train| !own.contains(train));
        if let Some(&first) = missing.next() {
            let count = 1 + missing.count();
            let what = format!("{class} {aggregator} lacks {count} of the {} of the run", counted(all.len(), "train"));
            let folder = members.first().and_then(|(file, _)| file.path.parent()).unwrap_or(Path::new(""));
            report.add(Place::file(folder).train(first), what);
        }
    }
}

/// An entry of EXtra-data's cache counts when size and modification time are those of the file; then it must agree.
pub(super) fn map_cache(folder: &Path, files: &[FileMap], report: &mut Report) {
    let path = folder.join("karabo_data_map.json");
    let text = match look(&path)
        .and_then(|about| about.map(|_| read_named("the cache of EXtra-data", &path, LONGEST_CACHE)).transpose())
    {
        Ok(Some(text)) => text,
        Ok(None) => return,
        Err(error) => return report.failed(&error),
    };
    let entries: Vec<serde_json::Value> = match serde_json::from_slice(&text) {
        Ok(entries) => entries,
        Err(error) => {
            let finding = report.add(Place::file(&path), format!("the cache of EXtra-data cannot be read: {error}"));
            finding.severity = Severity::Warning;
            return;
        }
    };
    for entry in entries {
        let Some(file) = files.iter().find(|file| entry["filename"] == name_of(file).as_str()) else { continue };
        let same_time = entry["mtime"].as_f64().is_some_and(|seconds| is_time(seconds, file.stamp.mtime_ns));
        let valid = entry["size"] == file.stamp.size && same_time;
        if valid && !agrees(&entry, file) {
            report.add(Place::file(&path), format!("the entry of `{}` disagrees with the file", name_of(file)));
        }
    }
}

/// Python adds seconds and fractions as f64, which near the present are 0.24 µs apart: other roundings of the same time
/// are other numbers.
fn is_time(seconds: f64, mtime_ns: i128) -> bool {
    (seconds - mtime_ns as f64 / 1e9).abs() < 1e-6
}

fn agrees(entry: &serde_json::Value, file: &FileMap) -> bool {
    let trains: Option<Vec<u64>> =
        entry["train_ids"].as_array().map(|ids| ids.iter().filter_map(|id| id.as_u64()).collect());
    let own: Vec<u64> = file.trains.iter().copied().filter(|&id| id != 0).collect();
    let listed = |key: &str| -> Option<BTreeSet<&str>> {
        entry[key].as_array().map(|names| names.iter().filter_map(|name| name.as_str()).collect())
    };
    let of = |section: Section| -> BTreeSet<&str> {
        // old names are listed with the others
        let sources = file.sources.iter().filter(|source| source.section == section);
        sources.map(|source| source.name.as_str()).collect()
    };
    trains == Some(own)
        && listed("control_sources") == Some(of(Section::Control))
        && listed("instrument_sources") == Some(of(Section::Instrument))
}

#[cfg(test)]
mod tests {
    use super::is_time;

    #[test]
    fn a_time_as_python_rounds_it_is_the_same_time() {
        assert!(is_time(1795263018.964999, 1_795_263_018_964_999_052));
        assert!(!is_time(1795263018.964989, 1_795_263_018_964_999_052));
    }
}
