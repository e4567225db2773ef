//! Why a verb ended without doing its work: the text for stderr, the exit code, and the same in parts for programs.

use super::Exit;
use crate::document::plain_error;
use crate::workflow::Rejected;
use serde::Serialize;

#[derive(Clone, Debug)]
pub struct Failure {
    pub exit: Exit,
    /// `error: ...`, place, `hint: ...`; line feed at the end
    pub text: String,
    pub parts: Vec<Told>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    pub what: String,
    /// `w.yaml:3:5`, or a file, source, train
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// As `--json` shows it.
#[derive(Serialize)]
pub struct FailureView<'a> {
    exit: u8,
    errors: &'a [Told],
}

impl Failure {
    /// `what` is a lowercase fragment.
    pub fn new(exit: Exit, what: &str, hint: Option<&str>) -> Self {
        Failure::of(exit, what.into(), None, hint.map(String::from))
    }

    fn of(exit: Exit, what: String, place: Option<String>, hint: Option<String>) -> Self {
        let text = plain_error(&what, place.as_deref(), hint.as_deref());
        Failure { exit, text, parts: vec![Told { what, place, hint }] }
    }

    /// Somebody else tells why.
    pub fn silent(exit: Exit) -> Self {
        Failure { exit, text: String::new(), parts: Vec::new() }
    }

    /// Several at once: all texts, the gravest exit code. `None` when there are none.
    pub fn all(failures: impl IntoIterator<Item = Failure>) -> Option<Self> {
        failures.into_iter().reduce(|a, b| Failure {
            exit: a.exit.and(b.exit),
            text: format!("{}\n{}", a.text, b.text),
            parts: a.parts.into_iter().chain(b.parts).collect(),
        })
    }

    pub fn view(&self) -> FailureView<'_> {
        FailureView { exit: self.exit as u8, errors: &self.parts }
    }
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Self {
        match &rejected {
            Rejected::Unreadable(error) => Failure::from(error.clone()),
            Rejected::Wrong { sources, problems, .. } => {
                let told = sources.in_order(problems).into_iter().map(|problem| Told {
                    what: problem.what.clone(),
                    place: Some(sources.place(problem)),
                    hint: problem.hint.clone(),
                });
                Failure { exit: Exit::Workflow, text: rejected.to_string(), parts: told.collect() }
            }
        }
    }
}

impl From<trainyard_format::Error> for Failure {
    fn from(error: trainyard_format::Error) -> Self {
        let place = error.place().to_string();
        let place = (!place.is_empty()).then_some(place);
        Failure::of(Exit::from(&error), error.to_string(), place, error.hint().map(String::from))
    }
}
