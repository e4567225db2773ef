//! All ranks have ended: is the job done, does it deserve another start, or is that the end of it?
//!
//! | what the ranks say | verdict |
//! |---|---|
//! | nothing, and the reduced run stands | done |
//! | Slurm warned of the time limit | again, as long as some of the last starts finished a sequence |
//! | a resource failed (exit code 5) | again, the same |
//! | the input, the workflow, a gate, a bug (4, 3, 6, 1) | the end |
//! | the ranks never found each other | the end: that is a wrong launcher |
//! | killed without a word (SIGKILL) | the end: that is most often a lack of memory, and will be again |
//!
//! "Again" is bounded: at most [`MOST_FRUITLESS`] starts in a row that finish nothing, and [`MOST_TURNS`] in all.

use super::attempt::{Attempt, Outcome};
use super::note::Note;
use crate::cli::Exit;

pub const MOST_FRUITLESS: usize = 3;
pub const MOST_TURNS: u64 = 100;

/// What is known when all ranks have ended.
pub struct Evidence<'a> {
    pub turn: u64,
    /// what the launcher returned
    pub launcher: i32,
    pub notes: &'a [Note],
    pub published: bool,
    pub units_done: usize,
    pub earlier: &'a [Attempt],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub exit: Exit,
    pub error: Option<String>,
}

impl Verdict {
    pub fn of(evidence: &Evidence<'_>) -> Self {
        let first = Verdict::of_this_start(evidence);
        let again = matches!(first.outcome, Outcome::Interrupted | Outcome::Fault);
        if again && evidence.is_hopeless() {
            let what = first.error.unwrap_or_else(|| "stopped before the time limit".into());
            let error = format!("{what}\ngiven up: {MOST_FRUITLESS} starts in a row finished no sequence, or {MOST_TURNS} starts in all");
            return Verdict { outcome: Outcome::Failed, exit: first.exit, error: Some(error) };
        }
        first
    }

    fn of_this_start(evidence: &Evidence<'_>) -> Self {
        let ends = || evidence.notes.iter().filter_map(|n| Some((Exit::of_code(n.exit?)?, n)));
        // ranks that were told to end because another one failed do not count beside it
        let warned = evidence.notes.iter().any(|n| n.warned);
        let failed = ends().any(|(exit, _)| !matches!(exit, Exit::Done | Exit::Skipped | Exit::Interrupted));
        let counts = |exit: &Exit| warned || !failed || *exit != Exit::Interrupted;
        let gravest = ends().map(|(exit, _)| exit).filter(counts).reduce(Exit::and);
        let error =
            |exit: Exit| ends().find(|(e, n)| *e == exit && n.error.is_some()).and_then(|(_, n)| n.error.clone());
        let verdict = |outcome, exit, error| Verdict { outcome, exit, error };
        let launched_well = matches!(evidence.launcher, 0 | 2);
        if evidence.published && launched_well && matches!(gravest, None | Some(Exit::Done | Exit::Skipped)) {
            return verdict(Outcome::Done, gravest.unwrap_or(Exit::Done), None);
        }
        match gravest {
            Some(Exit::Interrupted) => {
                // one rank was killed, and the launcher told the others to end
                let killed = evidence.launcher == KILLED && !warned;
                if killed {
                    verdict(Outcome::Failed, Exit::Resource, Some(killed_text()))
                } else {
                    verdict(Outcome::Interrupted, Exit::Interrupted, None)
                }
            }
            Some(Exit::Resource) => {
                let retry = ends().any(|(exit, n)| exit == Exit::Resource && n.retry);
                verdict(if retry { Outcome::Fault } else { Outcome::Failed }, Exit::Resource, error(Exit::Resource))
            }
            Some(exit @ (Exit::Bug | Exit::Input | Exit::Workflow | Exit::Gate)) => {
                verdict(Outcome::Failed, exit, error(exit))
            }
            Some(Exit::Done | Exit::Skipped) | None => match evidence.launcher {
                KILLED => verdict(Outcome::Failed, Exit::Resource, Some(killed_text())),
                // Slurm's warning came before the program could listen
                code if code == 128 + SIGUSR1 => verdict(Outcome::Interrupted, Exit::Interrupted, None),
                NOT_EXECUTABLE | NOT_FOUND => {
                    let what = "the launcher or the program was not found on the node: see the log".to_string();
                    verdict(Outcome::Failed, Exit::Resource, Some(what))
                }
                code => {
                    let what = format!("the launcher ended with {code}, and no rank said why: see the log");
                    verdict(Outcome::Fault, Exit::Resource, Some(what))
                }
            },
        }
    }
}

const SIGUSR1: i32 = 10;
const KILLED: i32 = 128 + 9;
const NOT_EXECUTABLE: i32 = 126;
const NOT_FOUND: i32 = 127;

fn killed_text() -> String {
    "a rank was killed (SIGKILL), most often for using more memory than the job asked for\n\
     hint: raise `slurm: {memory: ...}`, or use fewer CPUs with `slurm: {cpus-per-task: N}`"
        .into()
}

impl Evidence<'_> {
    /// Whether the last starts, this one included, brought nothing.
    fn is_hopeless(&self) -> bool {
        let mut done = vec![0];
        done.extend(self.earlier.iter().map(|a| a.units_done));
        done.push(self.units_done);
        let fruitless = done.windows(2).rev().take_while(|w| w[1] <= w[0]).count();
        fruitless >= MOST_FRUITLESS || self.turn + 1 >= MOST_TURNS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(exit: Option<u8>, warned: bool, retry: bool) -> Note {
        Note { exit, warned, retry, error: exit.map(|e| format!("error {e}")), ..Note::default() }
    }

    fn judge(launcher: i32, notes: &[Note], published: bool) -> (Outcome, Exit) {
        let evidence = Evidence { turn: 0, launcher, notes, published, units_done: 1, earlier: &[] };
        let verdict = Verdict::of(&evidence);
        (verdict.outcome, verdict.exit)
    }

    #[test]
    fn done_only_when_everything_agrees() {
        let fine = [note(Some(0), false, false), note(Some(0), false, false)];
        assert_eq!(judge(0, &fine, true), (Outcome::Done, Exit::Done));
        assert_eq!(judge(2, &[note(Some(2), false, false)], true), (Outcome::Done, Exit::Skipped));
        assert_eq!(judge(0, &fine, false), (Outcome::Fault, Exit::Resource));
        assert_eq!(judge(1, &fine, true), (Outcome::Fault, Exit::Resource));
    }

    #[test]
    fn the_cluster_is_forgiven_the_data_are_not() {
        // the first rank to stop aborts the others
        let warned = [note(Some(7), true, false), note(None, true, false)];
        assert_eq!(judge(137, &warned, false), (Outcome::Interrupted, Exit::Interrupted));
        assert_eq!(judge(138, &[], false), (Outcome::Interrupted, Exit::Interrupted));
        assert_eq!(judge(5, &[note(Some(5), false, true)], false), (Outcome::Fault, Exit::Resource));
        assert_eq!(judge(5, &[note(Some(5), false, false)], false), (Outcome::Failed, Exit::Resource), "no PMI");
        for (code, exit) in [(4, Exit::Input), (3, Exit::Workflow), (6, Exit::Gate), (1, Exit::Bug)] {
            let notes = [note(Some(code), false, false), note(Some(7), false, false)];
            let (outcome, told) = judge(137, &notes, false);
            assert_eq!((outcome, told), (Outcome::Failed, exit), "{code}: the other rank was told to end");
            assert_eq!(judge(i32::from(code), &notes[..1], false), (Outcome::Failed, exit));
        }
    }

    #[test]
    fn a_kill_without_a_word_is_a_lack_of_memory() {
        assert_eq!(judge(137, &[note(None, false, false)], false), (Outcome::Failed, Exit::Resource));
        assert_eq!(judge(137, &[note(None, false, false), note(Some(7), false, false)], false).0, Outcome::Failed);
    }

    #[test]
    fn retries_are_bounded() {
        let fault = [note(Some(5), false, true)];
        let attempt = |units_done| Attempt {
            turn: 0,
            ended: 0,
            launcher: 5,
            outcome: Outcome::Fault,
            exit: 5,
            units_done,
            error: None,
        };
        let judge = |turn, earlier: &[Attempt], units_done| {
            Verdict::of(&Evidence { turn, launcher: 5, notes: &fault, published: false, units_done, earlier }).outcome
        };
        assert_eq!(judge(0, &[], 0), Outcome::Fault);
        assert_eq!(judge(1, &[attempt(0)], 0), Outcome::Fault);
        assert_eq!(judge(2, &[attempt(0), attempt(0)], 0), Outcome::Failed);
        assert_eq!(judge(2, &[attempt(0), attempt(0)], 1), Outcome::Fault, "it came further");
        assert_eq!(judge(4, &[attempt(3), attempt(3), attempt(3)], 3), Outcome::Failed);
        assert_eq!(judge(MOST_TURNS, &[attempt(3)], 9), Outcome::Failed);
    }
}
