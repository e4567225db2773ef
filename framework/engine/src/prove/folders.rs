//! Run folders inside the output, of steps that write frames beyond the first: each is proved as the output itself is, and all of
//! them agree on what was taken.

use super::claim::{Claim, Folder};
use super::fates::FateTable;
use super::proof::Counts;
use super::results::Results;
use super::run::Proving;
use super::taken::Taken;
use super::tally::{Check, Found, Tally};
use super::{about, index, legacy};
use crate::plan::{FateCodes, COLUMNS};
use crate::publish::is_plain;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use trainyard_format::map::FileMap;
use trainyard_format::opener::OpenerPool;
use trainyard_format::run::{OpenPolicy, Run};
use trainyard_format::words::counted;
use trainyard_format::{Error, Place, Result};

/// Run folders inside a reduced run, as its manifest names them; none where it is no folder that can be listed, or has no
/// manifest that can be understood.
///
/// # Errors
/// Failures of the machine.
pub fn inner_folders(output: &Path, pool: &OpenerPool) -> Result<Vec<PathBuf>> {
    if !matches!(pool.list(output), Ok(Some(_))) {
        return Ok(Vec::new());
    }
    match Claim::read(output) {
        Ok(claim) => {
            let folders = claim.into_iter().flat_map(|claim| claim.folders);
            Ok(folders.filter(|folder| is_plain(&folder.folder)).map(|folder| output.join(folder.folder)).collect())
        }
        Err(error @ Error::Resource { .. }) => Err(error),
        Err(_) => Ok(Vec::new()),
    }
}

/// `main` is the output itself, with the trains that stand in it.
///
/// # Errors
/// Failures of the machine.
pub(super) fn prove(
    main: &Proving<'_>,
    output: &Path,
    trains: &[u64],
    tally: &mut Tally,
    counts: &mut Counts,
) -> Result<()> {
    let folders = main.claim.map(|claim| claim.folders.as_slice()).unwrap_or_default();
    let mut runs = Vec::new();
    for folder in folders {
        let path = output.join(&folder.folder);
        match open(&path, is_plain(&folder.folder), main) {
            Ok(run) => runs.push((folder, path, run)),
            Err(error) => tally.add(Found::damage(Check::Files, error)?),
        }
    }
    let mut tables: Vec<FateTable<'_>> = Vec::new();
    for (_, path, run) in &runs {
        match FateTable::find(run, main.before, &main.detector.name, main.pool) {
            Ok(table) if table.source == main.table.source => {
                if table.dropped != main.table.dropped {
                    let what = "it tells of other dropped modules than the output";
                    tally.add(Found::error(Check::Fates, Place::file(path), what));
                }
                tables.push(table);
            }
            Ok(table) => {
                let what = format!("its fates are `{}`, those of the output `{}`", table.source, main.table.source);
                tally.add(Found::error(Check::Fates, Place::file(path), what));
            }
            Err(error @ Error::Resource { .. }) => return Err(error),
            Err(error) => tally.add(Found::error(Check::Fates, error.place().clone(), error.to_string())),
        }
    }
    if tables.len() < folders.len() {
        return Ok(());
    }
    for (number, ((folder, path, run), table)) in runs.iter().zip(&tables).enumerate() {
        let inner = Proving { after: run, table, writer: number + 1, ..*main };
        one(&inner, main, (folder, path), trains, tally, counts)?;
    }
    let all: Vec<&FateTable<'_>> = std::iter::once(main.table).chain(&tables).collect();
    match main.asked {
        Some(asked) => Taken { asked, tables: &all, pool: main.pool }.compare(trains, tally, counts),
        None => Ok(()),
    }
}

fn open(path: &Path, plain: bool, main: &Proving<'_>) -> Result<Run> {
    let found = std::fs::symlink_metadata(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::input("the run folder was published and is not here", Place::file(path)),
        _ => Error::io("look at", path, &error),
    })?;
    if !plain || !found.is_dir() {
        return Err(Error::input("it is no folder inside the output", Place::file(path)));
    }
    Run::open(&[path.to_path_buf()], main.pool, OpenPolicy { skip_bad: false, files: false })
}

/// All that is in one of them.
fn one(
    inner: &Proving<'_>,
    main: &Proving<'_>,
    (folder, path): (&Folder, &PathBuf),
    trains: &[u64],
    tally: &mut Tally,
    counts: &mut Counts,
) -> Result<()> {
    let (results, run) = (inner.results(), inner.after);
    let mut own: Vec<u64> = inner.table.sequences()?.into_iter().flatten().collect();
    own.sort_unstable();
    if own != trains || !run.trains.iter().map(|train| train.id).eq(trains.iter().copied()) {
        let what = "its trains are not those of the output";
        tally.add(Found::error(Check::Fates, Place::file(path), what));
    }
    let mut own = Counts::default();
    let written = inner.written(tally)?;
    let by_code = inner.frames(written.as_ref(), tally, &mut own)?;
    counts.rows_equal_as_stored += own.rows_equal_as_stored;
    counts.rows_equal_decoded += own.rows_equal_decoded;
    counts.rows_within_bound += own.rows_within_bound;
    counts.rows_not_compared += own.rows_not_compared;
    let is = by_code.get(&FateCodes::KEPT).copied().unwrap_or(0);
    if is != folder.frames {
        let what =
            format!("in `{}` there are {}, the manifest counts {}", folder.folder, counted(is, "frame"), folder.frames);
        tally.add(Found::error(Check::Fates, Place::file(path), what));
    }
    let program = inner.claim.map(|claim| claim.library());
    let none = HashMap::new();
    tally.extend(index::compare((inner.before, run), inner.detector, results, &none));
    tally.extend(about::compare((inner.before, run), inner.detector, results, program.as_deref(), &none));
    tally.extend(legacy::compare(inner.before, run));
    let of_steps = Results { run, table: inner.table, claim: inner.claim, prefix: results, pool: inner.pool };
    // what is not computed again is told for the output itself
    tally.extend(of_steps.compare(trains)?.into_iter().filter(|found| !found.is_gap()));
    let known = |name: &str| {
        let redu = name.strip_prefix(results).map(|name| name.trim_end_matches(":output"));
        matches!(redu, Some("FATE" | COLUMNS)) || inner.detector.modules.iter().any(|module| module.source == name)
    };
    for (name, _) in run.sources.iter().filter(|(name, entry)| entry.legacy.is_none() && !known(name)) {
        let what = "such a source has no place beside frames that a step chose";
        tally.add(Found::error(Check::Sources, Place::file(path).source(name.as_str()), what));
    }
    tally.extend(columns(inner, main)?);
    Ok(())
}

/// Columns are the same as in the output itself, file by file.
fn columns(inner: &Proving<'_>, main: &Proving<'_>) -> Result<Vec<Found>> {
    let source = format!("{}{COLUMNS}:output", inner.results());
    let paths = |file: &FileMap| -> Vec<String> {
        let own = file.sources.iter().filter(|map| map.name == source);
        own.flat_map(|map| &map.groups).flat_map(|group| &group.datasets).map(|dataset| dataset.path.clone()).collect()
    };
    let mut found = Vec::new();
    for file in main.after.files.iter().filter(|file| !paths(file).is_empty()) {
        let other = inner.after.files.iter().find(|other| other.path.file_name() == file.path.file_name());
        let wrong = |path: &Path, what: &str| Found::error(Check::Results, Place::file(path).source(&source), what);
        let Some(other) = other.filter(|other| paths(other) == paths(file)) else {
            found.push(wrong(&file.path, "not all its columns stand in every run folder of the output"));
            continue;
        };
        let digests = |file: &FileMap| inner.pool.digests(&file.path, &paths(file));
        match (digests(file), digests(other)) {
            (Ok(here), Ok(there)) if here == there => {}
            (Ok(_), Ok(_)) => found.push(wrong(&other.path, "columns differ from those of the output")),
            (Err(error), _) | (_, Err(error)) => found.push(Found::damage(Check::Results, error)?),
        }
    }
    Ok(found)
}
