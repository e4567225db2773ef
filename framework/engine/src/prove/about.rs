//! METADATA of every file of the output: what the input says of proposal, run, sample and dates.

use super::made_of::file_of;
use super::tally::{Check, Found};
use std::collections::HashMap;
use trainyard_format::detector::Detector;
use trainyard_format::map::FileMap;
use trainyard_format::run::{FileName, Run};
use trainyard_format::Place;

/// `program`: who made the output, as its manifest says; `equal`: its files with the same bytes as one of the input.
pub(super) fn compare(
    (input, output): (&Run, &Run),
    detector: &Detector,
    results: &str,
    program: Option<&str>,
    equal: &HashMap<usize, usize>,
) -> Vec<Found> {
    let rewritten = output.files.iter().enumerate().filter(|(number, _)| !equal.contains_key(number));
    rewritten
        .filter_map(|(_, file)| Some((file, input.files.get(file_of(input, file, detector, results)?)?)))
        .flat_map(|(file, original)| of_file(file, original, program))
        .collect()
}

fn of_file(file: &FileMap, original: &FileMap, program: Option<&str>) -> Vec<Found> {
    let (is, was) = (&file.metadata, &original.metadata);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<u32>| value.unwrap_or(0).to_string();
    // where the input states no run, its name does
    let named = FileName::of_path(&original.path).map(|name| name.run);
    let mut fields = vec![
        ("karaboFramework", text(&is.karabo_framework), text(&was.karabo_framework)),
        ("runType", text(&is.run_type), text(&was.run_type)),
        ("sample", text(&is.sample), text(&was.sample)),
        ("proposalNumber", number(is.proposal_number), number(was.proposal_number)),
        ("runNumber", number(is.run_number), number(was.run_number.or(named))),
    ];
    // where the input has no date, that of the first train is written
    let dates =
        [("creationDate", &is.creation_date, &was.creation_date), ("updateDate", &is.update_date, &was.update_date)];
    fields
        .extend(dates.map(|(name, is, was)| (name, text(is), text(was))).into_iter().filter(|date| !date.2.is_empty()));
    // that of the input, or where the file got another number the one in its name
    if let Some(name) = FileName::of_path(&file.path).filter(|_| is.sequence_number != was.sequence_number) {
        fields.push(("sequenceNumber", number(is.sequence_number), number(name.sequence)));
    }
    if let Some(program) = program.filter(|_| is.daq_library != was.daq_library) {
        fields.push(("daqLibrary", text(&is.daq_library), program.to_owned()));
    }
    let wrong = fields.into_iter().filter(|(_, is, should)| is != should);
    wrong
        .map(|(name, is, should)| {
            let what = format!("{name} is `{is}`, `{should}` in the input");
            Found::error(Check::Metadata, Place::file(&file.path), what).at(format!("METADATA/{name}"))
        })
        .collect()
}
