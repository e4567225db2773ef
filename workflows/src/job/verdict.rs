//! All ranks have ended: is the job done, does it deserve another start, or is that the end of it?
//!
//! | what the ranks say | verdict |
//! |---|---|
//! | nothing, and the reduced run stands | done |
//! | the time limit is near, or all were told to stop | again, as long as some of the last starts finished a sequence |
//! | a resource failed (exit code 5) | again, the same |
//! | the input, the workflow, a gate, a bug (4, 3, 6, 1) | the end |
//! | the ranks never found each other | the end: that is a wrong launcher |
//! | one ended without a word, and nobody was warned | the end: that is most often a lack of memory, and will be again |
//!
//! The launcher's code is the word of a rank whose note is missing, where it is one that only we give (3, 4, 5, 6). 7 is not: when
//! one rank is killed, `srun` tells the others to end, and passes their 7 on.
//!
//! "Again" is bounded: at most [`MOST_FRUITLESS`] starts in a row that finish nothing, and [`MOST_TURNS`] in all. What counts is
//! sequences; files of slow data count once all sequences are done.

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
    pub done: Done,
    /// how many sequences there are over all passes; none before a plan was made
    pub sequences: Option<usize>,
    pub earlier: &'a [Attempt],
}

/// How far the work is, over all passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    pub sequences: usize,
    /// sequences and files of slow data
    pub units: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub outcome: Outcome,
    pub exit: Exit,
    pub error: Option<String>,
}

/// How one rank ended.
struct End {
    exit: Exit,
    error: Option<String>,
    retry: bool,
}

impl Verdict {
    pub fn of(evidence: &Evidence<'_>) -> Self {
        let first = Verdict::of_this_start(evidence);
        let again = matches!(first.outcome, Outcome::Interrupted | Outcome::Fault);
        if again && evidence.is_hopeless() {
            let what = first.error.unwrap_or_else(|| "the ranks were told to stop".into());
            let error = format!(
                "{what}\ngiven up: {MOST_FRUITLESS} starts in a row finished no sequence, or {MOST_TURNS} starts in all"
            );
            return Verdict { outcome: Outcome::Failed, exit: first.exit, error: Some(error) };
        }
        first
    }

    fn of_this_start(evidence: &Evidence<'_>) -> Self {
        let ends = evidence.ends();
        let warned = evidence.is_warned();
        // ranks that were told to end because another one failed do not count beside it
        let failed = ends.iter().any(|e| !matches!(e.exit, Exit::Done | Exit::Skipped | Exit::Interrupted));
        let counts = |exit: &Exit| warned || !failed || *exit != Exit::Interrupted;
        let gravest = ends.iter().map(|e| e.exit).filter(counts).reduce(Exit::and);
        let error = |exit: Exit| ends.iter().filter(|e| e.exit == exit).find_map(|e| e.error.clone());
        let verdict = |outcome, exit, error| Verdict { outcome, exit, error };
        let launched_well = matches!(evidence.launcher, 0 | 2);
        if evidence.published && launched_well && matches!(gravest, None | Some(Exit::Done | Exit::Skipped)) {
            let told = if evidence.launcher == 2 { Exit::Skipped } else { Exit::Done };
            return verdict(Outcome::Done, gravest.unwrap_or(told), None);
        }
        match gravest {
            Some(Exit::Resource) => {
                let retry = ends.iter().any(|e| e.exit == Exit::Resource && e.retry);
                verdict(if retry { Outcome::Fault } else { Outcome::Failed }, Exit::Resource, error(Exit::Resource))
            }
            Some(exit @ (Exit::Bug | Exit::Input | Exit::Workflow | Exit::Gate)) => {
                verdict(Outcome::Failed, exit, error(exit))
            }
            Some(Exit::Interrupted | Exit::Done | Exit::Skipped) | None => {
                if let (false, Some(what)) = (warned, evidence.silent_end()) {
                    return verdict(Outcome::Failed, Exit::Resource, Some(what));
                }
                match evidence.launcher {
                    _ if warned || gravest == Some(Exit::Interrupted) => {
                        verdict(Outcome::Interrupted, Exit::Interrupted, None)
                    }
                    // told to stop before a note could be written, or Slurm's warning came before the program could listen
                    code if code == Exit::Interrupted as i32 || code == 128 + SIGUSR1 => {
                        verdict(Outcome::Interrupted, Exit::Interrupted, None)
                    }
                    KILLED => verdict(Outcome::Failed, Exit::Resource, Some(killed_text())),
                    NOT_EXECUTABLE | NOT_FOUND => {
                        let what = "the launcher or the program was not found on the node: see the log".to_string();
                        verdict(Outcome::Failed, Exit::Resource, Some(what))
                    }
                    code => {
                        let what = format!("the launcher ended with {code}, and no rank said why: see the log");
                        verdict(Outcome::Fault, Exit::Resource, Some(what))
                    }
                }
            }
        }
    }
}

const SIGUSR1: i32 = 10;
const KILLED: i32 = 128 + 9;
const NOT_EXECUTABLE: i32 = 126;
const NOT_FOUND: i32 = 127;
/// Signals of a crash: ILL, ABRT, BUS, FPE, SEGV.
const CRASHES: [i32; 5] = [4, 6, 7, 8, 11];

fn killed_text() -> String {
    "a rank was killed (SIGKILL), most often for using more memory than the job asked for\n\
     hint: raise `slurm: {memory: ...}`, or use fewer CPUs with `slurm: {cpus-per-task: N}`"
        .into()
}

impl Evidence<'_> {
    /// Whether the time limit was why the ranks stopped.
    pub fn is_warned(&self) -> bool {
        self.notes.iter().any(|n| n.warned) || self.launcher == 128 + SIGUSR1
    }

    fn ends(&self) -> Vec<End> {
        let of_note = |n: &Note| {
            let exit = Exit::of_code(n.exit?)?;
            Some(End { exit, error: n.error.clone(), retry: n.retry })
        };
        let mut ends: Vec<End> = self.notes.iter().filter_map(of_note).collect();
        let own = u8::try_from(self.launcher).ok().filter(|code| matches!(code, 3..=6)).and_then(Exit::of_code);
        if let (true, Some(exit)) = (self.is_a_word_missing(), own) {
            let code = exit as u8;
            let error = format!("a rank ended with exit code {code} and left no word why: see the log");
            ends.push(End { exit, error: Some(error), retry: exit == Exit::Resource });
        }
        ends
    }

    fn is_a_word_missing(&self) -> bool {
        let ranks = self.notes.iter().map(|n| n.ranks).max().unwrap_or(1);
        self.notes.len() < ranks || self.notes.iter().any(|n| n.exit.is_none())
    }

    /// What a rank that ended without a word died of.
    fn silent_end(&self) -> Option<String> {
        let silent: Vec<&Note> = self.notes.iter().filter(|n| n.exit.is_none()).collect();
        let first = silent.first()?;
        let signal = self.launcher - 128;
        if CRASHES.contains(&signal) {
            return Some(format!("a rank crashed (signal {signal}): see the log"));
        }
        if self.launcher != KILLED && silent.iter().any(|n| !n.joined) {
            let rank = first.rank;
            return Some(format!(
                "rank {rank} ended while MPI started: see the log\n\
                 hint: the launcher and the MPI library do not fit: `srun --mpi=list` names others, `slurm: {{launcher: ...}}` takes one"
            ));
        }
        Some(killed_text())
    }

    /// Whether the last starts, this one included, brought nothing.
    fn is_hopeless(&self) -> bool {
        let mut done = vec![Done::default()];
        done.extend(self.earlier.iter().map(|a| Done { sequences: a.sequences_done, units: a.units_done }));
        done.push(self.done);
        let brought = |before: &Done, after: &Done| {
            let only_slow_data_left = self.sequences.is_some_and(|all| before.sequences >= all);
            after.sequences > before.sequences || only_slow_data_left && after.units > before.units
        };
        let fruitless = done.windows(2).rev().take_while(|w| !brought(&w[0], &w[1])).count();
        fruitless >= MOST_FRUITLESS || self.turn + 1 >= MOST_TURNS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(exit: Option<u8>, warned: bool, retry: bool) -> Note {
        Note { exit, warned, retry, joined: true, error: exit.map(|e| format!("error {e}")), ..Note::default() }
    }

    const ONE: Done = Done { sequences: 1, units: 1 };

    fn judge(launcher: i32, notes: &[Note], published: bool) -> (Outcome, Exit) {
        let evidence = Evidence { turn: 0, launcher, notes, published, done: ONE, sequences: Some(9), earlier: &[] };
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
    fn a_rank_killed_for_memory_is_no_interruption_though_srun_says_7() {
        let (killed, told_to_end) = (note(None, false, false), note(Some(7), false, false));
        for launcher in [7, 9, 15, 137, 143] {
            let notes = [told_to_end.clone(), killed.clone()];
            assert_eq!(judge(launcher, &notes, false), (Outcome::Failed, Exit::Resource), "{launcher}");
        }
        let text = Verdict::of(&Evidence {
            turn: 0,
            launcher: 7,
            notes: &[told_to_end.clone(), killed.clone()],
            published: false,
            done: ONE,
            sequences: None,
            earlier: &[],
        });
        assert!(text.error.unwrap().contains("memory"));
        // all were told to end, by hand say, and did
        assert_eq!(judge(7, &[told_to_end.clone(), told_to_end], false).0, Outcome::Interrupted);
        // a warning explains a rank that was ended by the others
        assert_eq!(judge(7, &[note(Some(7), true, false), killed], false).0, Outcome::Interrupted);
    }

    #[test]
    fn our_own_codes_are_believed_where_a_note_is_missing() {
        let two = |n: Note| Note { ranks: 2, ..n };
        for (code, outcome) in [(3, Outcome::Failed), (4, Outcome::Failed), (6, Outcome::Failed), (5, Outcome::Fault)] {
            let exit = Exit::of_code(code).unwrap();
            for notes in [&[][..], &[note(None, false, false)], &[two(note(Some(7), false, false))]] {
                assert_eq!(judge(i32::from(code), notes, false), (outcome, exit), "{code}");
            }
        }
        assert_eq!(judge(7, &[], false).0, Outcome::Interrupted);
        assert_eq!(judge(1, &[], false), (Outcome::Fault, Exit::Resource), "1 is also the launcher's");
        assert_eq!(judge(2, &[], true), (Outcome::Done, Exit::Skipped));
        let whole = [note(Some(0), false, false)];
        assert_eq!(judge(4, &whole, true), (Outcome::Fault, Exit::Resource), "all ranks spoke: not ours");
    }

    #[test]
    fn an_abort_while_mpi_starts_is_told_as_such() {
        let notes = [Note { joined: false, ..note(None, false, false) }];
        let evidence = |launcher| Evidence {
            turn: 0,
            launcher,
            notes: &notes,
            published: false,
            done: ONE,
            sequences: None,
            earlier: &[],
        };
        for launcher in [1, 7, 143] {
            let verdict = Verdict::of(&evidence(launcher));
            assert_eq!((verdict.outcome, verdict.exit), (Outcome::Failed, Exit::Resource));
            assert!(verdict.error.unwrap().contains("while MPI started"), "{launcher}");
        }
        assert!(Verdict::of(&evidence(137)).error.unwrap().contains("killed"));
        assert!(Verdict::of(&evidence(139)).error.unwrap().contains("crashed (signal 11)"));
    }

    #[test]
    fn copying_slow_data_is_no_progress_while_frames_are_left() {
        let attempt = |units| Attempt {
            job: "1".into(),
            turn: 0,
            ended: 0,
            launcher: 5,
            outcome: Outcome::Fault,
            warned: false,
            exit: 5,
            units_done: units,
            sequences_done: 0,
            error: None,
        };
        let fault = [note(Some(5), false, true)];
        let judge = |sequences, units| {
            let evidence = Evidence {
                turn: 2,
                launcher: 5,
                notes: &fault,
                published: false,
                done: Done { sequences: 0, units },
                sequences: Some(sequences),
                earlier: &[attempt(1), attempt(2)],
            };
            Verdict::of(&evidence).outcome
        };
        assert_eq!(judge(4, 3), Outcome::Failed);
        assert_eq!(judge(0, 3), Outcome::Fault, "there is nothing but slow data");
        assert_eq!(judge(0, 2), Outcome::Fault);
    }

    #[test]
    fn retries_are_bounded() {
        let fault = [note(Some(5), false, true)];
        let attempt = |sequences| Attempt {
            job: "1".into(),
            turn: 0,
            ended: 0,
            launcher: 5,
            outcome: Outcome::Fault,
            warned: false,
            exit: 5,
            units_done: sequences,
            sequences_done: sequences,
            error: None,
        };
        let judge = |turn, earlier: &[Attempt], sequences| {
            let done = Done { sequences, units: sequences };
            let evidence =
                Evidence { turn, launcher: 5, notes: &fault, published: false, done, sequences: Some(99), earlier };
            Verdict::of(&evidence).outcome
        };
        assert_eq!(judge(0, &[], 0), Outcome::Fault);
        assert_eq!(judge(1, &[attempt(0)], 0), Outcome::Fault);
        assert_eq!(judge(2, &[attempt(0), attempt(0)], 0), Outcome::Failed);
        assert_eq!(judge(2, &[attempt(0), attempt(0)], 1), Outcome::Fault, "it came further");
        assert_eq!(judge(4, &[attempt(3), attempt(3), attempt(3)], 3), Outcome::Failed);
        assert_eq!(judge(MOST_TURNS, &[attempt(3)], 9), Outcome::Failed);
    }
}
