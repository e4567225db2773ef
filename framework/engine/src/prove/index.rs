//! INDEX of every file of the output: timestamp, flag and origin of a train are those of the first input file, in name
//! order, that has the train.
//!
//! Origins are compared by the name of the source: the number is a row of the file's own list. An origin whose source is
//! not in the file is -1, the time server. A file that was carried over as it is may tell what its own original tells.

use super::made_of::file_of;
use super::tally::{Check, Found};
use std::collections::HashMap;
use trainyard_format::detector::Detector;
use trainyard_format::map::FileMap;
use trainyard_format::run::{Run, TrainInfo};
use trainyard_format::Place;

/// `equal`: files of the output with the same bytes as a file of the input.
pub(super) fn compare(
    (input, output): (&Run, &Run),
    detector: &Detector,
    results: &str,
    equal: &HashMap<usize, usize>,
) -> Vec<Found> {
    let rewritten = output.files.iter().enumerate().filter(|(number, _)| !equal.contains_key(number));
    rewritten.flat_map(|(_, file)| of_file(input, file, file_of(input, file, detector, results))).collect()
}

fn of_file(input: &Run, file: &FileMap, original: Option<usize>) -> Vec<Found> {
    let mut first: [Option<(u64, String)>; 3] = Default::default();
    let mut more = [0u64; 3];
    for (position, &id) in file.trains.iter().enumerate().filter(|(_, &id)| id != 0) {
        // a train that the input lacks is told elsewhere
        let Some(train) = input.train(id) else { continue };
        let is = told(file, position);
        let original = || original.and_then(|number| Some(told(input.files.get(number)?, input.position(number, id)?)));
        for (list, (is, should)) in is.iter().zip(expected(train, file)).enumerate() {
            if *is == should || original().is_some_and(|told| told.get(list) == Some(is)) {
                continue;
            }
            if let (Some(first), Some(more)) = (first.get_mut(list), more.get_mut(list)) {
                match first {
                    None => *first = Some((id, format!("the train has {is}, in the input {should}"))),
                    Some(_) => *more += 1,
                }
            }
        }
    }
    let lists = ["INDEX/timestamp", "INDEX/flag", "INDEX/origin"];
    lists
        .into_iter()
        .zip(first.into_iter().zip(more))
        .filter_map(|(list, (first, more))| {
            let (train, what) = first?;
            let what = if more > 0 { format!("{what}; {more} more") } else { what };
            Some(Found::error(Check::Index, Place::file(&file.path).train(train), what).at(list))
        })
        .collect()
}

/// Timestamp, flag, origin as words.
fn told(file: &FileMap, position: usize) -> [String; 3] {
    let origin = file.origins.get(position).and_then(|&origin| usize::try_from(origin).ok());
    let origin = origin.and_then(|origin| file.data_sources.get(origin)).map(String::as_str);
    words(file.timestamps.get(position).copied().unwrap_or(0), file.flags.get(position).copied().unwrap_or(1), origin)
}

fn expected(train: &TrainInfo, file: &FileMap) -> [String; 3] {
    let origin = train.origin.as_deref().filter(|origin| file.data_sources.iter().any(|source| source == origin));
    words(train.timestamp, train.flag, origin)
}

fn words(timestamp: u64, flag: i32, origin: Option<&str>) -> [String; 3] {
    let origin = origin.map_or("the time server as origin".to_owned(), |origin| format!("the origin `{origin}`"));
    [format!("the timestamp {timestamp}"), format!("the flag {flag}"), origin]
}
