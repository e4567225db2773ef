//! Findings, one for each thing that is wrong however often it is: the first place, and how many more there are.

use super::gaps::{Gap, Gaps, NotCompared};
use std::borrow::Cow;
use std::collections::HashMap;
use trainyard_format::validate::{Finding, Severity};
use trainyard_format::{Error, Place};

/// What a finding is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Check {
    Input,
    Files,
    Manifest,
    Fates,
    Frames,
    Pixels,
    Values,
    Sources,
    Index,
    Metadata,
    Attributes,
    Results,
}

impl Check {
    fn id(self) -> &'static str {
        match self {
            Check::Input => "against-input",
            Check::Files => "against-files",
            Check::Manifest => "against-manifest",
            Check::Fates => "against-fates",
            Check::Frames => "against-frames",
            Check::Pixels => "against-pixels",
            Check::Values => "against-values",
            Check::Sources => "against-sources",
            Check::Index => "against-index",
            Check::Metadata => "against-metadata",
            Check::Attributes => "against-attributes",
            Check::Results => "against-results",
        }
    }
}

/// One thing found; threads collect these, the tally takes them in order.
#[derive(Clone, Debug)]
pub(super) struct Found {
    check: Check,
    severity: Severity,
    place: Place,
    dataset: Option<String>,
    what: String,
    hint: Option<String>,
    /// of what was not compared: no finding, but counted
    gap: Option<(Gap, u64)>,
}

impl Found {
    pub fn error(check: Check, place: Place, what: impl Into<String>) -> Self {
        Found { check, severity: Severity::Error, place, dataset: None, what: what.into(), hint: None, gap: None }
    }

    /// So much of a kind was not compared; `example`: the first of it, where it has a name.
    pub fn gap(gap: Gap, count: u64, example: impl Into<String>) -> Self {
        let note = Found::note(Check::Input, Place::default(), example);
        Found { gap: Some((gap, count)), ..note }
    }

    /// It tells of what was not compared, not of what is wrong.
    pub fn is_gap(&self) -> bool {
        self.gap.is_some()
    }

    pub fn warning(check: Check, place: Place, what: impl Into<String>) -> Self {
        Found { severity: Severity::Warning, ..Found::error(check, place, what) }
    }

    pub fn note(check: Check, place: Place, what: impl Into<String>) -> Self {
        Found { severity: Severity::Note, ..Found::error(check, place, what) }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Absolute HDF5 path.
    pub fn at(mut self, dataset: impl Into<String>) -> Self {
        self.dataset = Some(dataset.into());
        self
    }

    /// Damage that hinders a comparison.
    ///
    /// # Errors
    /// Failures of the machine go on as they are.
    pub fn damage(check: Check, error: Error) -> Result<Self, Error> {
        match error {
            Error::Input { .. } => {
                let mut found = Found::error(check, error.place().clone(), error.to_string());
                found.hint = error.hint().map(str::to_owned);
                Ok(found)
            }
            other => Err(other),
        }
    }
}

#[derive(Default)]
pub(super) struct Tally {
    gaps: Gaps,
    found: Vec<(Found, u64, Option<u64>)>,
    known: HashMap<(Check, Severity, Option<String>), usize>,
}

impl Tally {
    pub fn add(&mut self, found: Found) {
        if let Some((gap, count)) = found.gap {
            self.gaps.add(gap, count, (!found.what.is_empty()).then_some(found.what));
            return;
        }
        let key = (found.check, found.severity, found.place.source.clone());
        match self.known.get(&key).and_then(|&position| self.found.get_mut(position)) {
            // what stands nowhere in particular is told each time
            Some((_, more, last)) if found.place.source.is_some() => {
                *more += 1;
                *last = found.place.train.or(*last);
            }
            _ => {
                self.known.insert(key, self.found.len());
                self.found.push((found, 0, None));
            }
        }
    }

    pub fn extend(&mut self, found: impl IntoIterator<Item = Found>) {
        found.into_iter().for_each(|found| self.add(found));
    }

    pub fn finish(self) -> (Vec<Finding>, Vec<NotCompared>) {
        let finding = |(found, more, last): (Found, u64, Option<u64>)| {
            let up_to = last.map(|train| format!(", up to train {train}")).unwrap_or_default();
            let what = if more > 0 && found.severity != Severity::Note {
                format!("{}; {more} more{up_to}", found.what)
            } else {
                found.what
            };
            Finding {
                id: Cow::Borrowed(found.check.id()),
                severity: found.severity,
                place: found.place,
                dataset: found.dataset,
                what,
                hint: found.hint,
            }
        };
        (self.found.into_iter().map(finding).collect(), self.gaps.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_is_told_and_the_others_are_counted() {
        let mut tally = Tally::default();
        for train in [7, 8, 9] {
            tally.add(Found::error(Check::Pixels, Place::default().source("a/b").train(train), format!("at {train}")));
        }
        tally.add(Found::note(Check::Pixels, Place::default().source("a/b"), "a note"));
        tally.add(Found::error(Check::Pixels, Place::default().source("a/c").train(7), "elsewhere"));
        let (findings, not_compared) = tally.finish();
        assert!(not_compared.is_empty());
        let told: Vec<(&str, Option<u64>)> = findings.iter().map(|f| (f.what.as_str(), f.place.train)).collect();
        assert_eq!(told, [("at 7; 2 more, up to train 9", Some(7)), ("a note", None), ("elsewhere", Some(7))]);
    }
}
