//! One thing that is wrong, or worth knowing, and where.

use super::registry::UNREADABLE;
use super::Check;
use crate::{Error, Place};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Readers fail, or return wrong data.
    Error,
    /// Readers work, but something is missing or contradicts itself.
    Warning,
    /// Worth knowing; nothing is wrong.
    Note,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// the check, as in [`super::CHECKS`]
    pub id: Cow<'static, str>,
    pub severity: Severity,
    pub place: Place,
    /// absolute HDF5 path
    pub dataset: Option<String>,
    pub what: String,
    pub hint: Option<String>,
}

/// `error[index-contiguous]: 2 gaps, ...` and then where and what to do, as the command line prints it.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        write!(f, "{severity}[{}]: {}", self.id, self.what)?;
        let place = self.place.to_string();
        match (place.is_empty(), &self.dataset) {
            (false, Some(dataset)) => write!(f, "\n  --> {place} [{dataset}]")?,
            (false, None) => write!(f, "\n  --> {place}")?,
            (true, Some(dataset)) => write!(f, "\n  --> [{dataset}]")?,
            (true, None) => {}
        }
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

/// Collects the findings of one check.
#[derive(Debug)]
pub(super) struct Report {
    id: &'static str,
    severity: Severity,
    hint: Option<&'static str>,
    pub found: Vec<Finding>,
}

impl Report {
    pub fn of(check: &Check) -> Self {
        Report { id: check.id, severity: check.severity, hint: Some(check.hint), found: Vec::new() }
    }

    /// For one check alone.
    #[cfg(test)]
    pub fn new(id: &'static str, severity: Severity) -> Self {
        Report { id, severity, hint: None, found: Vec::new() }
    }

    /// Adds a finding; the result can be refined.
    pub fn add(&mut self, place: Place, what: impl Into<String>) -> &mut Finding {
        self.found.push(Finding {
            id: Cow::Borrowed(self.id),
            severity: self.severity,
            place,
            dataset: None,
            what: what.into(),
            hint: self.hint.map(str::to_owned),
        });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Adds what reading data for the check failed with.
    pub fn failed(&mut self, error: &Error) {
        let finding = self.add(error.place().clone(), error.to_string());
        finding.severity = Severity::Error;
        if matches!(error, Error::Resource { .. }) {
            finding.id = Cow::Borrowed(UNREADABLE.id);
            finding.hint(UNREADABLE.hint);
        }
        if let Some(hint) = error.hint() {
            finding.hint(hint);
        }
    }
}

impl Finding {
    /// Whether storage, permission or a plug-in is at fault: nothing is known of the file then.
    pub fn is_unreadable(&self) -> bool {
        self.id == UNREADABLE.id
    }

    pub(super) fn at(&mut self, dataset: impl Into<String>) -> &mut Self {
        self.dataset = Some(dataset.into());
        self
    }

    pub(super) fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }
}
