//! RUN: one value a key, with a first dimension of 1, of the type that CONTROL has.

use super::finding::Report;
use crate::map::{ElementType, FileMap, Section};
use crate::Place;

/// Of `(500,)` readers silently show element 0, a scalar breaks them.
pub(super) fn shape(file: &FileMap, report: &mut Report) {
    for source in &file.sources {
        for dataset in source.run_values.iter().filter(|dataset| dataset.shape.first() != Some(&1)) {
            let what = format!("the shape of a RUN value begins with 1, this one is {:?}", dataset.shape);
            report.add(Place::file(&file.path).source(source.name.as_str()), what).at(dataset.path.as_str());
        }
    }
}

/// Both hold the same property: RUN its value when the run began, CONTROL one a train.
pub(super) fn agree(file: &FileMap, report: &mut Report) {
    for source in file.sources.iter().filter(|source| source.section == Section::Control) {
        for began in source.run_values.iter().filter(|began| began.shape.first() == Some(&1)) {
            let keys = source.groups.iter().flat_map(|group| &group.datasets);
            let Some(later) = keys.into_iter().find(|later| later.key == began.key) else { continue };
            if same_type(began.element, later.element) && began.shape.get(1..) == later.shape.get(1..) {
                continue;
            }
            let what = format!(
                "the RUN value is {:?} of shape {:?}, rows of the CONTROL key are {:?} of shape {:?}",
                began.element,
                began.shape.get(1..).unwrap_or_default(),
                later.element,
                later.shape.get(1..).unwrap_or_default()
            );
            report.add(Place::file(&file.path).source(source.name.as_str()), what).at(began.path.as_str());
        }
    }
}

/// Strings may be stored either way.
fn same_type(one: ElementType, other: ElementType) -> bool {
    one == other || (one.is_text() && other.is_text())
}
