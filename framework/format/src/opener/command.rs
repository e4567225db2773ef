//! How children are started and what they may use.

use crate::error::{Error, Place, Result};
use std::path::PathBuf;
use std::time::Duration;

/// The program that calls [`serve`](super::serve). The pool adds `--memory BYTES` and, for reading, `--plugins`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenerCommand {
    pub program: PathBuf,
    pub args: Vec<String>,
}

impl OpenerCommand {
    /// This executable, started as `PROGRAM opener`.
    pub fn own() -> Result<Self> {
        let program = std::env::current_exe().map_err(|error| {
            Error::resource(format!("failed to find our own executable: {error}"), Place::default())
        })?;
        Ok(OpenerCommand { program, args: vec!["opener".into()] })
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// for one request
    pub time: Duration,
    /// address space of one child, bytes; a reply may take a quarter of it
    pub memory: u64,
}

/// Seconds that an answer about a file may take.
const VARIABLE: &str = "TRAINYARD_STORAGE_TIMEOUT";

impl Default for Limits {
    fn default() -> Self {
        Limits { time: Duration::from_secs(120), memory: 4 << 30 }
    }
}

impl Limits {
    /// The usual limits, with the time that the environment sets.
    ///
    /// # Errors
    /// [`Error::Request`] when that is no time.
    pub fn from_environment() -> Result<Self> {
        let usual = Limits::default();
        let Some(text) = std::env::var_os(VARIABLE) else { return Ok(usual) };
        let text = text.to_string_lossy();
        match time(&text) {
            Some(time) => Ok(Limits { time, ..usual }),
            None => Err(Error::request(format!("{VARIABLE} is `{text}`"), Place::default())
                .with_hint("it must be a number of seconds above 0, such as 120 or 0.5")),
        }
    }

    /// Largest payload of a reply: the child holds the values, their serialised form and libhdf5's buffers at once.
    pub fn reply(&self) -> u64 {
        self.memory / 4
    }
}

fn time(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_positive_number_of_seconds() {
        assert_eq!(time("120"), Some(Duration::from_secs(120)));
        let page = include_str!("../../../../docs/reference/environment.md");
        let shown = format!("; {} when not set |", Limits::default().time.as_secs());
        assert!(page.contains(&shown), "{shown}");
        assert_eq!(time(" 0.5 "), Some(Duration::from_millis(500)));
        for wrong in ["", "0", "-1", "NaN", "inf", "1e300", "2 min"] {
            assert_eq!(time(wrong), None, "{wrong}");
        }
    }
}
