//! Why a verb ended without doing its work: the text for stderr, and the exit code.

use super::Exit;
use crate::document::plain_error;
use crate::workflow::Rejected;

#[derive(Clone, Debug)]
pub struct Failure {
    pub exit: Exit,
    /// `error: ...`, place, `hint: ...`; line feed at the end
    pub text: String,
}

impl Failure {
    /// `what` is a lowercase fragment.
    pub fn new(exit: Exit, what: &str, hint: Option<&str>) -> Self {
        Failure { exit, text: plain_error(what, None, hint) }
    }

    /// Several at once: all texts, the gravest exit code. `None` when there are none.
    pub fn all(failures: impl IntoIterator<Item = Failure>) -> Option<Self> {
        failures
            .into_iter()
            .reduce(|a, b| Failure { exit: a.exit.and(b.exit), text: format!("{}\n{}", a.text, b.text) })
    }
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Self {
        let exit = match &rejected {
            Rejected::Unreadable(error) => Exit::from(error),
            Rejected::Wrong { .. } => Exit::Workflow,
        };
        Failure { exit, text: rejected.to_string() }
    }
}

impl From<trainyard_format::Error> for Failure {
    fn from(error: trainyard_format::Error) -> Self {
        let exit = Exit::from(&error);
        let place = error.place().to_string();
        let place = (!place.is_empty()).then_some(place);
        Failure { exit, text: plain_error(&error.to_string(), place.as_deref(), error.hint()) }
    }
}
