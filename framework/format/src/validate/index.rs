//! `first` and `count` of every index group.
//!
//! Readers fetch `first[a] .. first[a] + sum(count[a..b])` of consecutive trains in one go, so rows must lie without gaps:
//! with one, a train read in a block gives other rows than the same train read alone, and no error.

use super::finding::Report;
use crate::map::{FileMap, GroupMap, Section, SourceMap};
use crate::words::counted;
use crate::Place;
use std::cmp::Ordering;

/// Every group of every source that has its own data, with its path under INDEX.
fn groups(file: &FileMap) -> impl Iterator<Item = (&SourceMap, &GroupMap, String)> {
    let own = file.sources.iter().filter(|source| source.legacy_target.is_none());
    own.flat_map(|source| {
        source.groups.iter().map(move |group| {
            let path = match group.name.as_str() {
                "" => format!("INDEX/{}", source.name),
                name => format!("INDEX/{}/{name}", source.name),
            };
            (source, group, path)
        })
    })
}

fn place(file: &FileMap, source: &SourceMap) -> Place {
    Place::file(&file.path).source(source.name.as_str())
}

pub(super) fn length(file: &FileMap, report: &mut Report) {
    let trains = file.trains.iter().filter(|&&id| id != 0).count() as u64;
    for (source, group, path) in groups(file) {
        let what = match (group.stored_index.first, group.stored_index.count) {
            (Some(first), Some(count)) if first != count => format!("first has {first} entries, count {count}"),
            (Some(first), Some(_)) if first != trains => format!("the index has {first} entries for {trains} trains"),
            (Some(_), Some(_)) => continue,
            _ => "first and count are not one-dimensional".to_owned(),
        };
        report.add(place(file, source), what).at(path);
    }
}

pub(super) fn contiguous(file: &FileMap, report: &mut Report) {
    for (source, group, path) in groups(file) {
        // A short index is filled with zeros in the map; only what the file holds is judged.
        let stored = usize::try_from(group.stored_index.first.unwrap_or(0)).unwrap_or(usize::MAX);
        let rows: Vec<(u64, u64)> = group.first.iter().copied().zip(group.count.iter().copied()).take(stored).collect();
        if let Some(&(first, _)) = rows.first().filter(|row| row.0 != 0) {
            report.add(place(file, source), format!("the index begins at row {first}, not 0")).at(path.as_str());
        }
        let steps = || rows.windows(2).enumerate().map(|(i, pair)| (i, pair[0].0.saturating_add(pair[0].1), pair[1].0));
        for (kind, order) in [("gaps", Ordering::Greater), ("overlaps", Ordering::Less)] {
            let mut found = steps().filter(|&(_, end, next)| next.cmp(&end) == order);
            if let Some((i, end, next)) = found.next() {
                let mut place = place(file, source);
                place.train = file.trains.get(i + 1).copied();
                let what = format!(
                    "{} {kind} in the index, first at {i}: rows end at {end}, the next train begins at {next}",
                    1 + found.count()
                );
                report.add(place, what).at(path.as_str());
            }
        }
    }
}

/// One finding for each dataset of an INSTRUMENT group, one for a CONTROL source.
pub(super) fn inside_data(file: &FileMap, report: &mut Report) {
    for (source, group, _) in groups(file) {
        let ends = group.first.iter().zip(&group.count).enumerate();
        let Some((train, end)) =
            ends.map(|(i, (first, count))| (i, first.saturating_add(*count))).max_by_key(|end| end.1)
        else {
            continue;
        };
        for dataset in group.datasets.iter().filter(|dataset| end > dataset.rows()) {
            let mut place = place(file, source);
            place.train = file.trains.get(train).copied();
            let what = format!("the index leads to row {end}, the dataset has {}", dataset.rows());
            report.add(place, what).at(dataset.path.as_str());
            if source.section == Section::Control {
                break;
            }
        }
    }
}

/// Rows that belong to no train. Groups with one row a train may be padded to the length of a padded train list.
pub(super) fn orphans(file: &FileMap, report: &mut Report) {
    for (source, group, path) in groups(file) {
        let end =
            group.first.iter().zip(&group.count).map(|(first, count)| first.saturating_add(*count)).max().unwrap_or(0);
        let Some(rows) = group.datasets.iter().map(|dataset| dataset.rows()).max() else { continue };
        let slow = group.count.iter().all(|&n| n <= 1) && rows <= file.stored_trains;
        if rows > end && !slow {
            let what = format!("of no train: {} of {}", rows - end, counted(rows, "row"));
            report.add(place(file, source), what).at(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::sample::file_with_index;
    use crate::validate::Severity;

    fn run(check: fn(&FileMap, &mut Report), first: &[u64], count: &[u64], rows: u64) -> usize {
        let mut report = Report::new("x", Severity::Error);
        check(&file_with_index(first, count, rows), &mut report);
        report.found.len()
    }

    #[test]
    fn gaps_overlaps_and_a_late_begin_are_told_apart() {
        assert_eq!(run(contiguous, &[0, 2, 2], &[2, 0, 3], 5), 0);
        assert_eq!(run(contiguous, &[0, 3], &[2, 2], 5), 1);
        assert_eq!(run(contiguous, &[0, 1], &[2, 2], 5), 1);
        assert_eq!(run(contiguous, &[1, 3], &[2, 2], 5), 1);
        // an empty train that does not carry the cursor
        assert_eq!(run(contiguous, &[0, 0, 2], &[2, 0, 2], 4), 2);
        assert_eq!(run(contiguous, &[0, u64::MAX], &[2, 2], 5), 1);
    }

    #[test]
    fn an_index_past_the_end_and_rows_past_the_index() {
        assert_eq!(run(inside_data, &[0, 2], &[2, 2], 4), 0);
        assert_eq!(run(inside_data, &[0, 2], &[2, 2], 3), 1);
        assert_eq!(run(inside_data, &[0, u64::MAX], &[2, 2], 3), 1);
        assert_eq!(run(orphans, &[0, 2], &[2, 2], 4), 0);
        assert_eq!(run(orphans, &[0, 2], &[2, 1], 4), 1);
    }
}
