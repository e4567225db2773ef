//! METADATA of one file against its version and its name, and of all files against each other.

use super::finding::Report;
use crate::map::{FileMap, FormatVersion, Metadata};
use crate::run::FileName;
use crate::Place;

/// Fields that every version from 1.0 on has; lists that say the same.
pub(super) fn fields(file: &FileMap, report: &mut Report) {
    for (dataset, text) in file.oddities.iter().filter(|(dataset, _)| dataset.starts_with("METADATA/")) {
        report.add(Place::file(&file.path), text.as_str()).at(dataset.as_str());
    }
    if file.version == FormatVersion::Legacy {
        return;
    }
    let metadata = &file.metadata;
    let fields = [
        ("creationDate", metadata.creation_date.is_some()),
        ("updateDate", metadata.update_date.is_some()),
        ("daqLibrary", metadata.daq_library.is_some()),
        ("karaboFramework", metadata.karabo_framework.is_some()),
        ("proposalNumber", metadata.proposal_number.is_some()),
        ("runNumber", metadata.run_number.is_some()),
        ("sequenceNumber", metadata.sequence_number.is_some()),
        ("runType", metadata.run_type.is_some()),
        ("sample", metadata.sample.is_some()),
    ];
    let missing: Vec<&str> = fields.iter().filter(|field| !field.1).map(|field| field.0).collect();
    if !missing.is_empty() {
        report.add(Place::file(&file.path), format!("missing: {}", missing.join(", "))).at("METADATA");
    }
    let mut sources: Vec<&str> = file.data_sources.iter().map(String::as_str).collect();
    sources.sort_unstable();
    if let Some(pair) = sources.windows(2).find(|pair| pair[0] == pair[1]) {
        let finding = report.add(Place::file(&file.path), format!("`{}` is listed twice", pair[0]));
        finding.at("METADATA/dataSources/dataSourceId");
    }
}

pub(super) fn name(file: &FileMap, report: &mut Report) {
    let Some(name) = file.path.file_name().and_then(|name| name.to_str()).and_then(FileName::parse) else { return };
    let pairs = [
        ("runNumber", file.metadata.run_number, Some(name.run)),
        ("sequenceNumber", file.metadata.sequence_number, name.sequence),
    ];
    for (field, inside, outside) in pairs {
        if let (Some(inside), Some(outside)) = (inside, outside) {
            if inside != outside {
                let what = format!("{inside} inside, {outside} in the file name");
                report.add(Place::file(&file.path), what).at(format!("METADATA/{field}"));
            }
        }
    }
}

/// What stands once for a run is the same in all of its files: one finding for a file that differs from the first.
pub(super) fn agrees(files: &[FileMap], report: &mut Report) {
    for (field, value) in FIELDS_OF_A_RUN {
        let mut stated = files.iter().filter_map(|file| Some((file, value(&file.metadata)?)));
        let Some((first, expected)) = stated.next() else { continue };
        for (file, other) in stated.filter(|(_, other)| *other != expected) {
            let first = first.path.file_name().unwrap_or(first.path.as_os_str()).to_string_lossy();
            let what = format!("{other} here, {expected} in `{first}`");
            report.add(Place::file(&file.path), what).at(format!("METADATA/{field}"));
        }
    }
}

/// Name of a METADATA dataset, and its value.
type Field = (&'static str, fn(&Metadata) -> Option<u32>);

const FIELDS_OF_A_RUN: [Field; 2] =
    [("proposalNumber", |metadata| metadata.proposal_number), ("runNumber", |metadata| metadata.run_number)];
