//! All checks on a run, side by side over its files.

use super::finding::{Finding, Report};
use super::registry::{Scope, CHECKS, NO_FILES, OPEN};
use super::Options;
use crate::map::FileMap;
use crate::opener::OpenerPool;
use crate::Place;
use std::path::{Path, PathBuf};

/// Checks every file of one or more run folders, each folder for itself; a path may also be a single file.
///
/// Findings come folder by folder: what failed to open, then file by file, then what concerns files together.
pub fn validate_run(paths: &[PathBuf], pool: &OpenerPool, options: Options) -> Vec<Finding> {
    paths.iter().flat_map(|path| validate_one(path, pool, options)).collect()
}

fn validate_one(path: &Path, pool: &OpenerPool, options: Options) -> Vec<Finding> {
    let mut findings = Vec::new();
    let listed = pool.list(path);
    let is_folder = matches!(listed, Ok(Some(_)));
    let listed = listed.map(|files| files.unwrap_or_else(|| vec![path.to_owned()]));
    let [mut opening, mut none] = [OPEN, NO_FILES].map(|check| Report::of(&check));
    let files = listed.unwrap_or_else(|error| {
        opening.failed(&error);
        Vec::new()
    });
    let mut maps: Vec<FileMap> = Vec::new();
    for map in pool.maps_to_judge(&files) {
        match map {
            Ok(map) => maps.push(map),
            Err(error) => opening.failed(&error),
        }
    }
    findings.append(&mut opening.found);
    if maps.is_empty() {
        none.add(Place::file(path), "no usable files");
        findings.append(&mut none.found);
        return findings;
    }
    let per_file = pool.in_parallel(&maps, |map| {
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
    });
    findings.extend(per_file.into_iter().flatten());
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
