//! How a job's script ended: `3:0` is exit code 3, `0:9` is signal 9.

use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// Exit code and signal of a job or of one of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct ExitCode {
    /// What the program returned.
    pub code: u32,
    /// The signal that ended it; 0 if none did.
    pub signal: u32,
}

impl ExitCode {
    /// The end of a program that did well.
    pub const SUCCESS: Self = Self { code: 0, signal: 0 };

    /// From the status that `wait(2)` reports, which JSON up to 0.0.38 prints as a plain number: `code << 8 | signal`.
    #[must_use]
    pub const fn from_wait_status(status: u32) -> Self {
        Self { code: (status >> 8) & 0xff, signal: status & 0x7f }
    }

    /// Whether the program did well.
    #[must_use]
    pub fn is_success(self) -> bool {
        self == Self::SUCCESS
    }
}

/// The text is not of the form `code:signal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not of the form `code:signal`")]
pub struct NotAnExitCode;

impl FromStr for ExitCode {
    type Err = NotAnExitCode;

    fn from_str(text: &str) -> Result<Self, NotAnExitCode> {
        let (code, signal) = text.trim().split_once(':').ok_or(NotAnExitCode)?;
        Ok(Self { code: code.parse().map_err(|_| NotAnExitCode)?, signal: signal.parse().map_err(|_| NotAnExitCode)? })
    }
}

impl fmt::Display for ExitCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.code, self.signal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips() {
        let killed: ExitCode = "0:9".parse().unwrap();
        assert_eq!(killed, ExitCode { code: 0, signal: 9 });
        assert_eq!(killed.to_string(), "0:9");
        assert!(!killed.is_success() && "0:0".parse::<ExitCode>().unwrap().is_success());
        for text in ["", "1", ":", "1:", "a:b", "1:2:3", "-1:0"] {
            assert!(text.parse::<ExitCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_wait_status_is_taken_apart() {
        assert_eq!(ExitCode::from_wait_status(768), ExitCode { code: 3, signal: 0 });
        assert_eq!(ExitCode::from_wait_status(9), ExitCode { code: 0, signal: 9 });
        assert_eq!(ExitCode::from_wait_status(0x8b), ExitCode { code: 0, signal: 11 }, "core dumped");
    }
}
