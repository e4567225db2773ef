//! All checks on a run, side by side over its files.

use super::finding::{Finding, Report};
use super::registry::{Scope, CHECKS, NO_FILES, OPEN};
use super::Options;
use crate::map::FileMap;
use crate::opener::OpenerPool;
use crate::Place;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Maps of files whose bytes are known to be those of a file that was mapped before, by path.
pub type Mapped = BTreeMap<PathBuf, Arc<FileMap>>;

/// Checks every file of one or more run folders, each folder for itself; a path may also be a single file.
///
/// Findings come folder by folder: what failed to open, then file by file, then what concerns files together.
pub fn validate_run(paths: &[PathBuf], pool: &OpenerPool, options: Options) -> Vec<Finding> {
    validate_mapped(paths, pool, options, &Mapped::new())
}

/// As [`validate_run`], without a walk through the files in `mapped`; what they hold is read and judged as of all others.
pub fn validate_mapped(paths: &[PathBuf], pool: &OpenerPool, options: Options, mapped: &Mapped) -> Vec<Finding> {
    paths.iter().flat_map(|path| validate_one(path, pool, options, mapped)).collect()
}

fn validate_one(path: &Path, pool: &OpenerPool, options: Options, mapped: &Mapped) -> Vec<Finding> {
    let mut findings = Vec::new();
    let listed = pool.list(path);
    let is_folder = matches!(listed, Ok(Some(_)));
    let listed = listed.map(|files| files.unwrap_or_else(|| vec![path.to_owned()]));
    let [mut opening, mut none] = [OPEN, NO_FILES].map(|check| Report::of(&check));
    let files = listed.unwrap_or_else(|error| {
        opening.failed(&error);
        Vec::new()
    });
    // while a file is open, all is asked of it
    let judged = pool.in_parallel(&files, |file| {
        let map = match mapped.get(file) {
            Some(known) => pool.map_as(file, known),
            None => pool.map_to_judge(file),
        };
        map.map(|map| {
            let findings = of_file(&map, pool, options);
            (map, findings)
        })
    });
    let (mut maps, mut per_file) = (Vec::new(), Vec::new());
    for outcome in judged {
        match outcome {
            Ok((map, found)) => {
                maps.push(map);
                per_file.extend(found);
            }
            Err(error) => opening.failed(&error),
        }
    }
    findings.append(&mut opening.found);
    if maps.is_empty() {
        none.add(Place::file(path), "no usable files");
        findings.append(&mut none.found);
        return findings;
    }
    findings.extend(per_file);
    for check in CHECKS {
        let mut report = Report::of(check);
        match check.scope {
            Scope::Run(run) => run(&maps, &mut report),
            Scope::RunData(run) => run(&maps, pool, &mut report),
            Scope::Folder(run) if is_folder => run(path, &maps, &mut report),
            _ => {}
        }
        findings.append(&mut report.found);
    }
    findings
}

fn of_file(map: &FileMap, pool: &OpenerPool, options: Options) -> Vec<Finding> {
    let mut found = Vec::new();
    for check in CHECKS {
        let mut report = Report::of(check);
        match check.scope {
            Scope::File(run) => run(map, &mut report),
            Scope::Data(run) => run(map, pool, &mut report),
            Scope::Deep(run) if options.deep => run(map, pool, &mut report),
            _ => {}
        }
        found.append(&mut report.found);
    }
    found
}
