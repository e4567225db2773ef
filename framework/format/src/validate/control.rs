//! CONTROL sources: one row a train, and the times at which values were set.

use super::finding::{Report, Severity};
use crate::map::{ElementType, FileMap, Section, SourceMap};
use crate::opener::OpenerPool;
use crate::words::counted;
use crate::Place;

fn sources(file: &FileMap) -> impl Iterator<Item = &SourceMap> {
    file.sources.iter().filter(|source| source.section == Section::Control && source.legacy_target.is_none())
}

fn place(file: &FileMap, source: &SourceMap) -> Place {
    Place::file(&file.path).source(source.name.as_str())
}

pub(super) fn count(file: &FileMap, report: &mut Report) {
    for source in sources(file) {
        for group in &source.groups {
            let some = group.count.iter().filter(|&&n| n > 0).count();
            if let Some(train) = group.count.iter().position(|&n| n > 1) {
                let mut place = place(file, source);
                place.train = file.trains.get(train).copied();
                report
                    .add(place, format!("{} rows in one train", group.count[train]))
                    .at(format!("INDEX/{}", source.name));
            } else if some != 0 && some != group.count.len() {
                let what = format!("a value in {some} of {} only", counted(group.count.len(), "train"));
                report.add(place(file, source), what).at(format!("INDEX/{}", source.name)).severity = Severity::Warning;
            }
        }
    }
}

/// A timestamp may repeat but not decrease; zeros are only allowed after the last one.
pub(super) fn timestamps(file: &FileMap, pool: &OpenerPool, report: &mut Report) {
    let datasets = sources(file).flat_map(|source| {
        source.groups.iter().flat_map(move |group| group.datasets.iter().map(move |dataset| (source, dataset)))
    });
    let (owners, paths): (Vec<&SourceMap>, Vec<&str>) = datasets
        .filter(|(_, dataset)| {
            dataset.path.ends_with("/timestamp") && dataset.element == ElementType::U64 && dataset.shape.len() == 1
        })
        .map(|(source, dataset)| (source, dataset.path.as_str()))
        .unzip();
    if paths.is_empty() {
        return;
    }
    let orders = match pool.time_orders(&file.path, &paths) {
        Ok(orders) => orders,
        Err(error) => return report.failed(&error),
    };
    for ((source, path), order) in owners.into_iter().zip(paths).zip(orders) {
        if order.zeros_inside > 0 {
            let what = format!("{} timestamps are zero before the last train", order.zeros_inside);
            report.add(place(file, source), what).at(path);
        }
        if let Some((row, before, after)) = order.decrease {
            let what = format!("timestamps decrease, first at {row} ({after} < {before})");
            report.add(place(file, source), what).at(path);
        }
    }
}
