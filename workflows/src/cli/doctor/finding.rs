//! What is said of one thing: it works, it does not, or that could not be told.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Ok,
    Not,
    CouldNotTell,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Not => "not",
            State::CouldNotTell => "?",
        }
    }
}

#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    pub what: String,
    pub state: State,
    pub found: String,
    /// what to do
    pub advice: Option<String>,
    /// every run needs it
    pub needed: bool,
}

impl Finding {
    fn new(what: &str, state: State, found: impl Into<String>) -> Self {
        // what others wrote must not break the line
        let found = found.into().split_whitespace().collect::<Vec<_>>().join(" ");
        Finding { what: what.into(), state, found, advice: None, needed: false }
    }

    pub fn ok(what: &str, found: impl Into<String>) -> Self {
        Self::new(what, State::Ok, found)
    }

    pub fn not(what: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Finding { advice: Some(advice.into()), ..Self::new(what, State::Not, found) }
    }

    pub fn could_not_tell(what: &str, found: impl Into<String>) -> Self {
        Self::new(what, State::CouldNotTell, found)
    }

    pub fn needed(mut self) -> Self {
        self.needed = true;
        self
    }
}
