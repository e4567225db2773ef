//! What the map of a file tells of it alone, without reading anything: for those who have the map and go on anyway.

use super::finding::{Finding, Report, Severity};
use super::registry::{Scope, CHECKS};
use crate::map::FileMap;

/// Findings of the checks of one file that need no data and are errors.
pub fn errors_of_map(file: &FileMap) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in CHECKS {
        if let Scope::File(run) = check.scope {
            let mut report = Report::of(check);
            run(file, &mut report);
            findings.append(&mut report.found);
        }
    }
    findings.retain(|finding| finding.severity == Severity::Error);
    findings
}
