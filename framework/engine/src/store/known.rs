//! What the published run has wrong through no fault of the reduction, for the manifest.

use serde::Serialize;
use std::path::Path;
use trainyard_format::validate::{Finding, Severity};

/// Findings listed by name; the others are counted.
const MOST: usize = 200;

/// Errors and warnings of the validator about the published run, each with its cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct KnownFindings {
    /// in the order of the validator
    pub listed: Vec<KnownFinding>,
    /// beyond those listed
    pub more: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct KnownFinding {
    pub id: String,
    pub severity: Severity,
    pub cause: Cause,
    /// name of the published file
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub train: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// the input has the same finding
    Input,
    /// the workflow asked for a part of the input
    Selection,
    /// neither: a warning for which we know no cause
    Unexplained,
}

impl KnownFinding {
    /// Without the path of the file's `folder`, which differs from machine to machine.
    pub fn new(finding: Finding, cause: Cause, folder: &Path) -> Self {
        let file = finding.place.file.filter(|path| path.extension().is_some());
        KnownFinding {
            id: finding.id.into_owned(),
            severity: finding.severity,
            cause,
            file: file.map(|path| path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned()),
            source: finding.place.source,
            dataset: finding.dataset,
            train: finding.place.train,
        }
    }
}

impl KnownFindings {
    pub fn push(&mut self, finding: KnownFinding) {
        if self.listed.len() < MOST {
            self.listed.push(finding);
        } else {
            self.more += 1;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_bounded_and_the_rest_is_counted() {
        let one = KnownFinding {
            id: "x".into(),
            severity: Severity::Warning,
            cause: Cause::Input,
            file: None,
            source: None,
            dataset: None,
            train: None,
        };
        let mut all = KnownFindings::default();
        (0..MOST + 3).for_each(|_| all.push(one.clone()));
        assert_eq!((all.listed.len(), all.more), (MOST, 3));
    }
}
