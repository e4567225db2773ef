//! What can go wrong, grouped by who has to act.

use crate::Failure;
use std::time::Duration;

/// A failure of this crate, or of the command it ran. Fragments complete "failed to ...: "; see [`Error::hint`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The command is not on this machine, or may not be run: whoever sets up the machine or `PATH`.
    #[error("`{program}` cannot be run ({looked_in}): {source}")]
    NotInstalled {
        /// The command's name.
        program: &'static str,
        /// Where it was looked for.
        looked_in: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The command ran and refused: see [`Error::failure`] for what the text means, as far as it is known.
    #[error("`{program}` failed with {}: {stderr}", status.map_or("a signal".to_owned(), |code| format!("exit code {code}")))]
    CommandFailed {
        /// The command's name.
        program: &'static str,
        /// Its exit code; none when a signal ended it.
        status: Option<i32>,
        /// What it wrote to its standard error, at most 4 KiB.
        stderr: String,
    },
    /// The command did not end in time and was killed: usually `slurmctld` or `slurmdbd` does not answer.
    #[error("`{program}` did not answer within {} s and was killed", after.as_secs_f64())]
    TimedOut {
        /// The command's name.
        program: &'static str,
        /// The limit it ran under.
        after: Duration,
    },
    /// The command printed something this crate does not understand: a bug of ours, or a new Slurm.
    #[error("cannot understand {what} from `{program}`: `{excerpt}`")]
    Unparsable {
        /// The command's name.
        program: &'static str,
        /// What was looked for.
        what: String,
        /// The beginning of the text at fault.
        excerpt: String,
    },
    /// The request itself cannot be expressed: the caller. Nothing was run.
    #[error("{0}")]
    Request(String),
}

impl Error {
    /// What the command's words mean, where they are known.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::CommandFailed { stderr, .. } => Some(Failure::of(stderr)),
            _ => None,
        }
    }

    /// One sentence on what to do, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NotInstalled { .. } => {
                Some("log in to a node of the cluster, or name the folder that holds Slurm's commands")
            }
            Self::CommandFailed { .. } => self.failure().and_then(Failure::hint),
            Self::TimedOut { program: "sbatch", .. } => {
                Some("the job may have been accepted: look for its name with `squeue --me` before submitting again")
            }
            Self::TimedOut { .. } => {
                Some("the controller does not answer: `scontrol ping` tells whether it is up; try again later")
            }
            Self::Unparsable { .. } => {
                Some("this Slurm prints something new: please report the text and `sinfo --version`")
            }
            Self::Request(_) => None,
        }
    }

    /// Whether the same call may succeed later with nothing changed: the controller is away or overloaded.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::TimedOut { .. } => true,
            Self::CommandFailed { .. } => self.failure().is_some_and(Failure::is_transient),
            _ => false,
        }
    }

    pub(crate) fn unparsable(program: &'static str, what: impl Into<String>, text: &str) -> Self {
        Self::Unparsable { program, what: what.into(), excerpt: excerpt(text) }
    }
}

/// At most 200 characters of `text`, control characters replaced, so that it can stand in a message.
fn excerpt(text: &str) -> String {
    const LENGTH: usize = 200;
    let mut short: String = text.chars().take(LENGTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LENGTH).is_some() {
        short.push_str("...");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_short_and_on_one_line() {
        let error = Error::unparsable("squeue", "a job", &"a\nb\u{1f}ü".repeat(1000));
        let Error::Unparsable { excerpt, .. } = &error else { panic!("wrong variant") };
        assert_eq!(excerpt.chars().count(), 203);
        assert!(excerpt.starts_with("a b ü") && !excerpt.contains('\n'));
        assert!(error.hint().is_some());
    }

    #[test]
    fn a_submission_that_timed_out_warns_of_a_second_one() {
        let error = Error::TimedOut { program: "sbatch", after: Duration::from_millis(1500) };
        assert_eq!(error.to_string(), "`sbatch` did not answer within 1.5 s and was killed");
        assert!(error.hint().is_some_and(|hint| hint.contains("before submitting again")));
        assert!(error.is_transient());
    }
}
