//! The validator on what is about to be published: errors and warnings must have a cause outside of us.
//!
//! | cause | how it is known |
//! |---|---|
//! | the input has it | the same check finds the same source and dataset in the input |
//! | | `INDEX/timestamp` and `INDEX/flag`, which every file takes from the train list of the input |
//! | | rows were put in the order of train ids that the input does not keep, and times go another way |
//! | | a file of the input was left out as damaged, and now a module or sequence is missing |
//! | the workflow selects | modules that it leaves out are missing, of another detector those without its trains |
//!
//! An error without a cause is a bug of ours, or damage in the input when that has errors too, and nothing is published.
//! A warning without one is told and listed as `unexplained`: hours of work are not thrown away for it. The input is only
//! looked at when the output has findings, and never deeply: a clean run costs one validation of the output, in which files that
//! are copies of the input by all their bytes are not walked through again. Place, not
//! wording, is compared, because rows and counts change with the selection. Nothing here depends on how often the run was
//! resumed.

use crate::plan::Job;
use crate::publish::WorkFolder;
use crate::store::{Cause, KnownFinding, KnownFindings};
use std::collections::BTreeSet;
use std::path::PathBuf;
use trainyard_format::validate::{validate_mapped, Finding, Mapped, Options, Severity};
use trainyard_format::{Error, Result};

/// The check whether a file can be opened.
const OPEN: &str = "open";

/// Findings told one by one when publication is refused.
const MOST_TOLD: usize = 20;

/// # Errors
/// An error that nothing outside of us explains; a file that the machine keeps from being read.
pub fn explain(job: &Job, work: &WorkFolder, copies: &Mapped) -> Result<KnownFindings> {
    let grave = |findings: Vec<Finding>| findings.into_iter().filter(|f| f.severity != Severity::Note);
    let shallow = Options { deep: false };
    let inner = work.inner.iter().map(|name| work.finished().join(name));
    let folders: Vec<PathBuf> = std::iter::once(work.finished()).chain(inner).collect();
    // a run each
    let of_run = |folder: &PathBuf| validate_mapped(std::slice::from_ref(folder), &job.pool, shallow, copies);
    let found: Vec<Finding> = grave(folders.iter().flat_map(of_run).collect()).collect();
    told_all(&found)?;
    let mut known = KnownFindings::default();
    if found.is_empty() {
        return Ok(known);
    }
    // what is in the files of the input was found when the run was opened
    let mapped: Mapped = job.run.files.iter().map(|file| (file.path.clone(), file.clone())).collect();
    let of_input: Vec<Finding> = grave(validate_mapped(&job.run.folders, &job.pool, shallow, &mapped)).collect();
    told_all(&of_input)?;
    let damaged = of_input.iter().any(|finding| finding.severity == Severity::Error);
    let input = of_input.iter().map(Subject::of).collect();
    let (mut ours, mut told) = (None, 0usize);
    for finding in found {
        match cause(job, &finding, &input) {
            Some(cause) => known.push(KnownFinding::new(finding, cause, &work.finished())),
            None if finding.severity == Severity::Warning => {
                tracing::warn!("{finding}");
                known.push(KnownFinding::new(finding, Cause::Unexplained, &work.finished()));
            }
            None => {
                if let (OPEN, Some(path)) = (&*finding.id, &finding.place.file) {
                    // blocked storage is no bug
                    job.pool.map(path)?;
                }
                if told < MOST_TOLD {
                    tracing::error!("{finding}");
                }
                told += 1;
                ours.get_or_insert(finding);
            }
        }
    }
    match ours {
        None => Ok(known),
        Some(first) => {
            let more = if told > 1 { format!("; {} more", told - 1) } else { String::new() };
            let what = format!("the reduced run does not validate: {}: {}{more}", first.id, first.what);
            if damaged {
                return Err(Error::input(what, first.place)
                    .with_hint("nothing was published; the input has errors too: see `trainyard validate` of it"));
            }
            Err(Error::bug(what, first.place)
                .with_hint("nothing was published; the input does not explain what `trainyard validate` finds here"))
        }
    }
}

/// Storage that did not answer is no bug, and no cause of anything.
fn told_all(findings: &[Finding]) -> Result<()> {
    match findings.iter().find(|finding| finding.is_unreadable()) {
        None => Ok(()),
        Some(Finding { what, place, .. }) => {
            let what = format!("the reduced run could not be validated: {what}");
            Err(Error::resource(what, place.clone()).with_hint("run again to resume"))
        }
    }
}

/// What a finding is about, whatever its wording.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Subject {
    id: String,
    source: Option<String>,
    dataset: Option<String>,
    /// of what has neither: the wording up to its colon
    text: Option<String>,
}

impl Subject {
    fn of(finding: &Finding) -> Self {
        let nameless = finding.place.source.is_none() && finding.dataset.is_none();
        let text = nameless.then(|| finding.what.split(':').next().unwrap_or_default().to_owned());
        Subject {
            id: finding.id.to_string(),
            source: finding.place.source.clone(),
            dataset: finding.dataset.clone(),
            text,
        }
    }
}

fn cause(job: &Job, finding: &Finding, input: &BTreeSet<Subject>) -> Option<Cause> {
    match &*finding.id {
        // a file of ours that cannot be opened is never the input's fault
        OPEN | "no-files" => None,
        _ if input.contains(&Subject::of(finding)) => Some(Cause::Input),
        _ if matches!(finding.dataset.as_deref(), Some("INDEX/timestamp" | "INDEX/flag")) => Some(Cause::Input),
        "control-timestamps" if input.iter().any(|subject| subject.id == "train-ids-order") => Some(Cause::Input),
        "modules-present" | "sequences" if !job.run.skipped.is_empty() => Some(Cause::Input),
        "modules-present" if is_partial(job, finding.place.source.as_deref()) => Some(Cause::Selection),
        _ => None,
    }
}

/// Whether the workflow asked for some modules of the detector only, or left out files of another one.
fn is_partial(job: &Job, detector: Option<&str>) -> bool {
    let asked = |key: &&str| job.workflow.get(*key).is_some_and(|value| !value.is_null());
    let own = job.detector.modules.first().map(|module| module.source.as_str()).unwrap_or_default();
    let reduced = detector.is_some_and(|name| own.starts_with(name));
    let keys: &[&str] = if reduced { &["modules", "detector"] } else { &["copy", "trains"] };
    keys.iter().any(asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use trainyard_format::Place;

    fn finding(place: Place, dataset: Option<&str>, what: &str) -> Finding {
        Finding {
            id: "x".into(),
            severity: Severity::Warning,
            place,
            dataset: dataset.map(Into::into),
            what: what.into(),
            hint: None,
        }
    }

    #[test]
    fn files_and_numbers_do_not_count_but_places_do() {
        let subject = |place, dataset, what| Subject::of(&finding(place, dataset, what));
        let at = |file: &str| Place::file(file).source("A").train(7);
        assert_eq!(subject(at("a.h5"), Some("d"), "3 rows"), subject(at("b.h5").train(9), Some("d"), "2 rows"));
        assert_ne!(subject(at("a.h5"), Some("d"), "3 rows"), subject(at("a.h5"), Some("e"), "3 rows"));
        let series = |file: &str, what| subject(Place::file(file), None, what);
        assert_eq!(series("in", "sequences of RAW DA01: 0"), series("out", "sequences of RAW DA01: 1"));
        assert_ne!(series("in", "sequences of RAW DA01: 0"), series("out", "sequences of RAW DA02: 0"));
    }
}
