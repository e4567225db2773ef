//! INDEX/trainId and INDEX/flag of one file.

use super::finding::{Report, Severity};
use crate::map::{FileMap, FormatVersion};
use crate::words::counted;
use crate::Place;
use std::collections::BTreeMap;

/// Trains come at 10 a second since 2017: 2^36 of them take two hundred years.
const LARGEST_PLAUSIBLE: u64 = 1 << 36;

const DATASET: &str = "INDEX/trainId";

/// A zero before the last train. Readers drop the zero but not its row, so every later train gets other rows.
pub(super) fn nonzero(file: &FileMap, report: &mut Report) {
    let last = file.trains.iter().rposition(|&id| id != 0);
    let zeros = file.trains.iter().take(last.unwrap_or(0)).filter(|&&id| id == 0).count();
    if zeros > 0 {
        let what = format!("{zeros} train ids are zero before the last train: readers shift all rows after them");
        report.add(Place::file(&file.path), what).at(DATASET);
    }
}

/// Ids, zeros left out, increase strictly.
pub(super) fn order(file: &FileMap, report: &mut Report) {
    let ids: Vec<(usize, u64)> = file.trains.iter().copied().enumerate().filter(|&(_, id)| id != 0).collect();
    let descents: Vec<_> = ids.windows(2).filter(|pair| pair[0].1 >= pair[1].1).collect();
    if let Some(first) = descents.first() {
        let what = format!(
            "train ids do not increase in {} places, first at {} ({} >= {})",
            descents.len(),
            first[0].0,
            first[0].1,
            first[1].1
        );
        report.add(Place::file(&file.path).train(first[1].1), what).at(DATASET);
    }
}

/// An id that stands more than once, next to itself or not.
pub(super) fn repeated(file: &FileMap, report: &mut Report) {
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    for &id in file.trains.iter().filter(|&&id| id != 0) {
        *times.entry(id).or_default() += 1;
    }
    let mut repeated = times.into_iter().filter(|&(_, times)| times > 1);
    if let Some((id, times)) = repeated.next() {
        let what = format!("more than once: {}, the first {times} times", counted(1 + repeated.count(), "train id"));
        report.add(Place::file(&file.path).train(id), what).at(DATASET).hint("readers refuse such a run");
    }
}

pub(super) fn plausible(file: &FileMap, report: &mut Report) {
    let absurd: Vec<u64> = file.trains.iter().copied().filter(|&id| id > LARGEST_PLAUSIBLE).collect();
    if let Some(&first) = absurd.first() {
        let what = format!("{} train ids are larger than any accelerator has reached", absurd.len());
        report.add(Place::file(&file.path).train(first), what).at(DATASET);
    }
}

/// Values other than 0 and 1 mean nothing in versions other than 1.1; how many trains are suspect is a note.
pub(super) fn flags(file: &FileMap, report: &mut Report) {
    let unknown = file.flags.iter().filter(|&&flag| flag != 0 && flag != 1).count();
    let inverted = matches!(&file.version, FormatVersion::Stated(version) if version == "1.1");
    if unknown > 0 && !inverted {
        report.add(Place::file(&file.path), format!("{unknown} flags are neither 0 nor 1")).at("INDEX/flag");
    }
    let suspect = file.flags.iter().zip(&file.trains).filter(|(&flag, &id)| flag == 0 && id != 0).count();
    if suspect > 0 {
        let what = format!("flagged as suspect: {suspect} of {}", counted(file.trains.len(), "train"));
        report.add(Place::file(&file.path), what).at("INDEX/flag").severity = Severity::Note;
    }
}
