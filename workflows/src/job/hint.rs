//! What to do about a job that ended with an exit code: one sentence for each.

use crate::cli::Exit;

pub fn hint(exit: Exit) -> Option<&'static str> {
    Some(match exit {
        Exit::Done => return None,
        Exit::Bug => "this is a bug of ours: report it, with the log in the `job` folder",
        Exit::Skipped => "input was skipped: `problems` in reduction.json lists all of it",
        Exit::Workflow => "correct the workflow, then submit again: what is finished is kept where the plan is still the same",
        Exit::Input => "mend the input or fetch it again, or allow a loss with `on-bad-input: {skip-up-to: 1%}`; then submit again to resume",
        Exit::Resource => "see the last error and the log; when its cause is gone, submit again to resume",
        Exit::Gate => "nothing is published: choose a milder codec, or change `quality`, then submit again",
        Exit::Interrupted => "finished sequences are kept: submit again to resume",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_exit_code_has_a_hint_of_its_own() {
        let hints: Vec<_> = (1..=7).map(|code| hint(Exit::of_code(code).unwrap()).expect("a hint")).collect();
        let different: std::collections::BTreeSet<_> = hints.iter().collect();
        assert_eq!(different.len(), hints.len());
        assert_eq!(hint(Exit::Done), None);
    }
}
