//! Exit codes. They are fixed: scripts depend on them.

use std::process::ExitCode;

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

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
