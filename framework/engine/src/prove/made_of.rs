//! Which file of the input a file of the output takes its METADATA, its RUN values and its attributes from.

use super::side::Side;
use trainyard_format::detector::Detector;
use trainyard_format::map::{FileMap, Section};
use trainyard_format::run::Run;

/// The first train of a file.
fn first_train(file: &FileMap) -> Option<u64> {
    file.trains.iter().copied().find(|&id| id != 0)
}

/// Part of the input side with the first train of `output`: slow data are carried over file by file.
pub(super) fn part_of(input: &Side<'_>, output: &FileMap) -> Option<usize> {
    input.part_in(input.run.files_with(first_train(output)?))
}

/// Its number. Results and frames go with the detector's first file; any other file with the one its first source comes from.
pub(super) fn file_of(input: &Run, output: &FileMap, detector: &Detector, results: &str) -> Option<usize> {
    let of_detector = |name: &str| name.starts_with(results) || detector.modules.iter().any(|m| m.source == name);
    if output.sources.iter().any(|source| of_detector(&source.name)) {
        return Some(detector.modules.first()?.parts.first()?.file);
    }
    let train = first_train(output)?;
    output.sources.iter().filter(|source| source.legacy_target.is_none()).find_map(|source| {
        // sources of REDUCTION and ERRATA that several aggregators have carry the aggregator's name in the run
        let auxiliary = matches!(source.section, Section::Reduction | Section::Errata);
        let named = input.sources.iter().filter(|(name, _)| auxiliary && name.rsplit('@').next() == Some(&source.name));
        let known = input.sources.get(&source.name).into_iter().chain(named.map(|(_, entry)| entry));
        known.filter(|entry| entry.section == source.section).find_map(|entry| {
            let own = |number: &&u32| entry.files.binary_search_by_key(&(**number as usize), |&(file, _)| file).is_ok();
            Some(*input.files_with(train).iter().find(own)? as usize)
        })
    })
}
