//! Exit codes. They are fixed: scripts depend on them.

use std::process::ExitCode;
use trainyard_format::Error;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Done = 0,
    /// a bug of ours
    Bug = 1,
    /// done, but input was skipped; it is listed on stderr and in the manifest
    Skipped = 2,
    /// the workflow or the command line
    Workflow = 3,
    Input = 4,
    /// disk full, memory, I/O error or time-out after retries, MPI, Slurm
    Resource = 5,
    /// a quality gate refused
    Gate = 6,
    /// interrupted, can be resumed
    Interrupted = 7,
}

impl Exit {
    /// The one to report first stands first.
    const PRECEDENCE: [Exit; 8] = [
        Exit::Bug,
        Exit::Resource,
        Exit::Interrupted,
        Exit::Input,
        Exit::Workflow,
        Exit::Gate,
        Exit::Skipped,
        Exit::Done,
    ];

    /// The way back from a number.
    pub fn of_code(code: u8) -> Option<Self> {
        Self::PRECEDENCE.into_iter().find(|&exit| exit as u8 == code)
    }

    /// Where both apply.
    pub fn and(self, other: Exit) -> Exit {
        Self::PRECEDENCE.into_iter().find(|&exit| exit == self || exit == other).unwrap_or(self)
    }
}

/// What ended a verb, whichever verb it is.
impl From<&Error> for Exit {
    fn from(error: &Error) -> Exit {
        match error {
            Error::Input { .. } => Exit::Input,
            Error::Request { .. } => Exit::Workflow,
            Error::Resource { .. } => Exit::Resource,
            Error::Gate { .. } => Exit::Gate,
            Error::Bug { .. } => Exit::Bug,
        }
    }
}

impl Exit {
    /// What it means, and who acts: the table of the reference.
    #[cfg(test)]
    fn row(self) -> (&'static str, &'static str) {
        match self {
            Exit::Done => ("done", ""),
            Exit::Bug => ("a bug of ours, a panic included", "tell us"),
            Exit::Skipped => {
                ("done, but input was skipped; it is listed on stderr and in `reduction.json`", "look at the list")
            }
            Exit::Workflow => ("the workflow or the command line", "the user"),
            Exit::Input => (
                "the input: damaged, missing, contradictory; of `validate --against --strict` also what was not compared",
                "whoever has the data",
            ),
            Exit::Resource => (
                "a resource: disk full, permission, memory, a filter plug-in, I/O error or time-out after retries, MPI, Slurm; output that does not stay as it was written, a finished run of which a file is gone",
                "whoever runs the machine",
            ),
            Exit::Gate => ("a quality gate refused to publish", "the scientist"),
            Exit::Interrupted => ("interrupted; the same command resumes", "nobody, or the scheduler"),
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_has_this_table() {
        let mut table = String::from("| code | means | who acts |\n|---|---|---|\n");
        for code in 0..8 {
            let (means, acts) = Exit::of_code(code).expect("a code").row();
            let acts = if acts.is_empty() { " |".to_owned() } else { format!(" {acts} |") };
            table.push_str(&format!("| {code} | {means} |{acts}\n"));
        }
        let page = include_str!("../../../docs/reference/exit-codes.md");
        assert!(page.contains(&table), "the page should have\n{table}");
        let order = Exit::PRECEDENCE.iter().filter(|&&exit| exit != Exit::Done).map(|&exit| (exit as u8).to_string());
        let order = order.collect::<Vec<_>>().join(", ");
        assert!(page.contains(&format!("the first of {order} is given")), "{order}");
    }

    #[test]
    fn several_causes_give_the_gravest() {
        let order = [1, 5, 7, 4, 3, 6, 2, 0];
        for (graver, &first) in order.iter().enumerate() {
            for &second in &order[graver..] {
                let exit = |code| Exit::PRECEDENCE.into_iter().find(|&e| e as u8 == code).unwrap();
                assert_eq!(exit(first).and(exit(second)) as u8, first);
                assert_eq!(exit(second).and(exit(first)) as u8, first);
            }
        }
    }
}
