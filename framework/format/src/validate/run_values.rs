//! RUN: one value a key, with a first dimension of 1.

use super::finding::Report;
use crate::map::FileMap;
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
