//! Opening a run: maps of all files, the union of their trains, the sources over files.

use super::consistency;
use super::view::{Run, SourceEntry, TrainInfo};
use super::FileName;
use crate::detector::is_detector_source;
use crate::error::{Error, Place, Result};
use crate::map::{FileMap, Section};
use crate::opener::OpenerPool;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenPolicy {
    /// leave damaged files out (they are listed in [`Run::skipped`]) instead of failing; failures of the machine always
    /// fail
    pub skip_bad: bool,
    /// take single files in place of folders too; together they count as one folder
    pub files: bool,
}

impl Run {
    /// Opens every `*.h5` of the folders but hidden ones and virtual overviews.
    ///
    /// With several folders (raw and proc, say) a detector's source is taken from the *last* folder that has it, any
    /// other source from the *first*: slow data come from raw while images come from proc.
    ///
    /// # Errors
    /// The first bad file in name order; a folder that is not there or without usable files.
    pub fn open(folders: &[PathBuf], pool: &OpenerPool, policy: OpenPolicy) -> Result<Run> {
        let (mut files, mut origin, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
        let mut single = None;
        for (number, folder) in folders.iter().enumerate() {
            let (number, paths) = match pool.list(folder)? {
                Some(paths) => (number, paths),
                None if policy.files => (*single.get_or_insert(number), vec![folder.clone()]),
                None => return Err(Error::request("there is no such folder", Place::file(folder))),
            };
            for map in maps(&paths, pool) {
                match map.and_then(|map| consistency::within_file(&map).map(|()| map)) {
                    Ok(map) => {
                        files.push(Arc::new(map));
                        origin.push(number);
                    }
                    Err(error @ Error::Input { .. }) => skipped.push(error),
                    Err(error) => return Err(error),
                }
            }
        }
        skipped.extend(consistency::between_files(&mut files, &mut origin));
        if !policy.skip_bad {
            if let Some(first) = skipped.first() {
                let more = skipped.len() - 1;
                let error = first.clone();
                return Err(if more > 0 { error.with_hint(format!("{more} more files are bad")) } else { error });
            }
        }
        if files.is_empty() {
            let place = folders.first().map(Place::file).unwrap_or_default();
            let error = Error::input("there is no usable EuXFEL file in the folder", place);
            return Err(match skipped.first() {
                Some(first) => error.with_hint(format!("the first of {} bad files: {first}", skipped.len())),
                None => error,
            });
        }
        Ok(assemble(folders.to_vec(), files, &origin, skipped))
    }
}

/// Where one file finds the storage blocked, the others are not asked any more: each would take its full time.
fn maps(paths: &[PathBuf], pool: &OpenerPool) -> Vec<Result<FileMap>> {
    let blocked: OnceLock<Error> = OnceLock::new();
    pool.in_parallel(paths, |path| match blocked.get() {
        Some(error) => Err(error.clone()),
        None => pool.map(path).inspect_err(|error| {
            if !matches!(error, Error::Input { .. }) {
                let _ = blocked.set(error.clone());
            }
        }),
    })
}

fn assemble(folders: Vec<PathBuf>, files: Vec<Arc<FileMap>>, origin: &[usize], skipped: Vec<Error>) -> Run {
    let positions = files.iter().map(|file| positions(file)).collect();
    let trains = trains(&files);
    let mut problems: Vec<Error> = Vec::new();
    for file in &files {
        problems.extend(file.oddities.iter().map(|(path, text)| {
            Error::input(format!("{path}: {text}"), Place::file(&file.path).source(path.as_str()))
        }));
    }
    let sources = sources(&files, origin, &mut problems);
    Run { folders, files, trains, sources, skipped, problems, positions, holders: OnceLock::new() }
}

fn positions(file: &FileMap) -> Vec<(u64, usize)> {
    let mut positions: Vec<(u64, usize)> =
        file.trains.iter().enumerate().filter(|&(_, &id)| id != 0).map(|(position, &id)| (id, position)).collect();
    positions.sort_unstable();
    positions
}

fn trains(files: &[Arc<FileMap>]) -> Vec<TrainInfo> {
    let mut trains: BTreeMap<u64, TrainInfo> = BTreeMap::new();
    for file in files {
        for (position, &id) in file.trains.iter().enumerate().filter(|&(_, &id)| id != 0) {
            trains.entry(id).or_insert_with(|| TrainInfo {
                id,
                timestamp: file.timestamps.get(position).copied().unwrap_or(0),
                flag: file.flags.get(position).copied().unwrap_or(1),
                origin: file
                    .origins
                    .get(position)
                    .and_then(|&origin| usize::try_from(origin).ok())
                    .and_then(|origin| file.data_sources.get(origin).cloned()),
            });
        }
    }
    trains.into_values().collect()
}

/// Where one source stands: (folder, aggregator, file, source in the file).
type Standing = (usize, String, usize, usize);

fn sources(files: &[Arc<FileMap>], origin: &[usize], problems: &mut Vec<Error>) -> BTreeMap<String, SourceEntry> {
    let mut standings: BTreeMap<(Section, &str), Vec<Standing>> = BTreeMap::new();
    for (number, file) in files.iter().enumerate() {
        let aggregator = FileName::of(file).aggregator;
        let folder = origin.get(number).copied().unwrap_or(0);
        for (position, source) in file.sources.iter().enumerate() {
            standings.entry((source.section, source.name.as_str())).or_default().push((
                folder,
                aggregator.clone(),
                number,
                position,
            ));
        }
    }
    let mut sources = BTreeMap::new();
    for ((section, name), mut found) in standings {
        let folders = found.iter().map(|standing| standing.0);
        let chosen = if is_detector_source(name) { folders.max() } else { folders.min() };
        found.retain(|standing| Some(standing.0) == chosen);
        let aggregators: BTreeSet<String> = found.iter().map(|standing| standing.1.clone()).collect();
        let auxiliary = matches!(section, Section::Reduction | Section::Errata);
        if aggregators.len() > 1 && auxiliary {
            for aggregator in &aggregators {
                let own = found.iter().filter(|standing| standing.1 == *aggregator);
                add(&mut sources, files, problems, section, format!("{aggregator}@{name}"), own);
            }
        } else {
            if aggregators.len() > 1 {
                let list: Vec<&str> = aggregators.iter().map(String::as_str).collect();
                let text = format!("the source stands in files of several aggregators: {}", list.join(", "));
                problems.push(Error::input(text, Place::default().source(name)));
            }
            add(&mut sources, files, problems, section, name.to_owned(), found.iter());
        }
    }
    sources
}

fn add<'a>(
    sources: &mut BTreeMap<String, SourceEntry>,
    files: &[Arc<FileMap>],
    problems: &mut Vec<Error>,
    section: Section,
    name: String,
    found: impl Iterator<Item = &'a Standing>,
) {
    let found: Vec<(usize, usize)> = found.map(|&(_, _, file, source)| (file, source)).collect();
    let map = |&(file, source): &(usize, usize)| files.get(file)?.sources.get(source);
    let legacy = found.iter().find_map(|place| map(place)?.legacy_target.clone());
    match sources.entry(name) {
        std::collections::btree_map::Entry::Vacant(entry) => {
            entry.insert(SourceEntry { section, files: found, legacy });
        }
        std::collections::btree_map::Entry::Occupied(entry) => {
            let text = format!("`{}` is a source of both {:?} and {section:?}", entry.key(), entry.get().section);
            problems.push(Error::input(text, Place::default().source(entry.key().as_str())));
        }
    }
}
