//! Which file of the input a file of the output takes its METADATA, its RUN values and its attributes from.

use super::side::Side;
use trainyard_format::detector::Detector;
use trainyard_format::map::FileMap;
use trainyard_format::run::Run;

/// The first train of a file.
fn first_train(file: &FileMap) -> Option<u64> {
    file.trains.iter().copied().find(|&id| id != 0)
}

/// Part of the input side with the first train of `output`: slow data are carried over file by file.
pub(super) fn part_of(input: &Side<'_>, output: &FileMap) -> Option<usize> {
    let train = first_train(output)?;
    (0..input.parts.len())
        .find(|&part| input.parts.get(part).is_some_and(|&(file, _)| input.run.position(file, train).is_some()))
}

/// Results and frames go with the detector's first file; any other file with the one its first source comes from.
pub(super) fn file_of<'a>(input: &'a Run, output: &FileMap, detector: &Detector, results: &str) -> Option<&'a FileMap> {
    let file = |number: usize| input.files.get(number).map(AsRef::as_ref);
    let of_detector = |name: &str| name.starts_with(results) || detector.modules.iter().any(|m| m.source == name);
    if output.sources.iter().any(|source| of_detector(&source.name)) {
        return file(detector.modules.first()?.parts.first()?.file);
    }
    let train = first_train(output)?;
    output.sources.iter().filter(|source| source.legacy_target.is_none()).find_map(|source| {
        // sources of REDUCTION and ERRATA that several aggregators have carry the aggregator's name in the run
        let known = input.sources.iter().filter(|(name, entry)| {
            entry.section == source.section && name.rsplit('@').next() == Some(source.name.as_str())
        });
        let mut files = known.flat_map(|(_, entry)| &entry.files);
        files.find(|&&(number, _)| input.position(number, train).is_some()).and_then(|&(number, _)| file(number))
    })
}
