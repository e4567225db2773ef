//! The lists beside INDEX/trainId: timestamp, flag, origin.

use super::finding::Report;
use crate::map::FileMap;
use crate::words::counted;
use crate::Place;

/// Paths of the lists.
pub(super) const LISTS: [&str; 3] = ["INDEX/timestamp", "INDEX/flag", "INDEX/origin"];

/// Lists that are there are as long as the list of trains: the opener fills short ones up and says so.
pub(super) fn lengths(file: &FileMap, report: &mut Report) {
    for (dataset, text) in file.oddities.iter().filter(|(dataset, _)| LISTS.contains(&dataset.as_str())) {
        report.add(Place::file(&file.path), text.as_str()).at(dataset.as_str());
    }
}

pub(super) fn origins(file: &FileMap, report: &mut Report) {
    let rows = file.data_sources.len() as i64;
    let outside = file.origins.iter().filter(|&&origin| origin < -1 || i64::from(origin) >= rows);
    let count = outside.count();
    if count > 0 {
        let what =
            format!("{} from a row that dataSources does not have ({})", counted(count, "train"), counted(rows, "row"));
        report.add(Place::file(&file.path), what).at("INDEX/origin");
    }
}

/// Zero means unknown; among the known ones time runs forward.
pub(super) fn timestamps(file: &FileMap, report: &mut Report) {
    let known = || file.timestamps.iter().copied().enumerate().filter(|&(_, ns)| ns != 0);
    let zeros = file.timestamps.iter().take(file.trains.len()).filter(|&&ns| ns == 0).count();
    if zeros > 0 && known().next().is_some() {
        let what = format!("without a timestamp: {zeros} of {}", counted(file.trains.len(), "train"));
        report.add(Place::file(&file.path), what).at("INDEX/timestamp");
    }
    if let Some((before, after)) = known().zip(known().skip(1)).find(|(before, after)| after.1 < before.1) {
        let mut place = Place::file(&file.path);
        place.train = file.trains.get(after.0).copied();
        let what = format!("time runs backwards at {} ({} < {})", after.0, after.1, before.1);
        report.add(place, what).at("INDEX/timestamp");
    }
}
