//! REDUCTION and ERRATA in the detector's own files: records of what was done to the frames before.
//!
//! Such sources are named by aggregator where several files have them (`AGIPD03@...`), so they stay in the files that the
//! frames of the module go to.

use super::source_rows::SourceRows;
use super::LostRows;
use crate::plan::Job;
use std::collections::{BTreeMap, BTreeSet};
use trainyard_format::map::{Section, SourceMap};
use trainyard_format::write::FileWriter;
use trainyard_format::Result;

/// Whether a source of a file goes where the frames of that file go.
pub fn goes_along(job: &Job, file: usize, source: &SourceMap) -> bool {
    let written = job.writes_frames() && job.detector.modules.iter().flat_map(|m| &m.parts).any(|p| p.file == file);
    let numbers = || source.groups.iter().flat_map(|g| &g.datasets).all(|d| d.element.is_number());
    let record = matches!(source.section, Section::Reduction | Section::Errata);
    written && record && source.legacy_target.is_none() && numbers()
}

/// Writes the records of some modules, whose frames go to one file.
///
/// # Errors
/// I/O errors; keys that cannot be read.
pub fn write_auxiliary(
    job: &Job,
    writer: &mut FileWriter,
    modules: &[usize],
    trains: &[u64],
    lost: &LostRows,
) -> Result<()> {
    for (section, name, parts) in records(job, modules) {
        let source = SourceRows { job, section, name, parts, lost };
        for group in source.groups() {
            let (counts, selection) = source.of_trains(group, trains)?;
            writer.index(section, name, group, &counts)?;
            source.copy(writer, group, &selection, |_| false)?;
        }
    }
    Ok(())
}

/// The records of some modules: section, name, and where they stand.
pub(super) fn records<'j>(
    job: &'j Job,
    modules: &[usize],
) -> impl Iterator<Item = (Section, &'j str, Vec<(usize, usize)>)> {
    let files: BTreeSet<usize> =
        modules.iter().flat_map(|&m| &job.detector.modules[m].parts).map(|part| part.file).collect();
    let carried = job.carried_sources();
    let mut records: BTreeMap<(Section, &str), Vec<(usize, usize)>> = BTreeMap::new();
    for file in files {
        for (position, source) in job.run.files[file].sources.iter().enumerate() {
            if carried.contains(&(file, position)) && goes_along(job, file, source) {
                records.entry((source.section, source.name.as_str())).or_default().push((file, position));
            }
        }
    }
    records.into_iter().map(|((section, name), parts)| (section, name, parts))
}
