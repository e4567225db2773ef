//! The datasets of one index group.

use super::finding::Report;
use crate::map::{FileMap, Section};
use crate::Place;

/// Readers take the rows of every dataset by the same index, so their lengths agree.
pub(super) fn rows(file: &FileMap, report: &mut Report) {
    for source in file.sources.iter().filter(|source| source.section != Section::Control) {
        for group in &source.groups {
            let lengths = || group.datasets.iter().map(|dataset| dataset.rows());
            if let (Some(least), Some(most)) = (lengths().min(), lengths().max()) {
                if least != most {
                    let names: Vec<&str> = group
                        .datasets
                        .iter()
                        .filter(|dataset| dataset.rows() != most)
                        .map(|dataset| dataset.key.as_str())
                        .collect();
                    let what = format!(
                        "datasets of the group have between {least} and {most} rows; short: {}",
                        names.join(", ")
                    );
                    let base = format!("/{}/{}/{}", source.section.group_name(), source.name, group.name);
                    report.add(Place::file(&file.path).source(source.name.as_str()), what).at(base);
                }
            }
        }
    }
}

pub(super) fn data(file: &FileMap, report: &mut Report) {
    for source in file.sources.iter().filter(|source| source.legacy_target.is_none()) {
        for group in &source.groups {
            if group.datasets.is_empty() && group.count.iter().any(|&n| n > 0) {
                let what = format!("the index of `{}` counts rows, but there are no datasets", group.name);
                report.add(Place::file(&file.path).source(source.name.as_str()), what);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::sample::file_with_index;
    use crate::validate::Severity;

    #[test]
    fn a_short_sibling_is_found() {
        let mut file = file_with_index(&[0, 2], &[2, 2], 4);
        let mut report = Report::new("x", Severity::Warning);
        rows(&file, &mut report);
        assert!(report.found.is_empty());

        let group = &mut file.sources[0].groups[0];
        let mut sibling = group.datasets[0].clone();
        sibling.key = "a.b".into();
        sibling.path = "/INSTRUMENT/DET/0CH0:xtdf/image/a.b".into();
        sibling.shape[0] = 3;
        group.datasets.push(sibling);
        rows(&file, &mut report);
        assert_eq!(report.found.len(), 1);
        assert!(report.found[0].what.ends_with("a.b"), "{}", report.found[0]);
    }
}
