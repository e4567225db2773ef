//! What became of a job: what Slurm says beside what lies in the output folder.
//!
//! `done` needs all three to agree: the ledger, the manifest, and Slurm, or where Slurm has forgotten the job or keeps no
//! records, the job's own judgement of its last start.

use super::attempt::{Attempt, Outcome};
use super::folder::JobFolder;
use super::hint::hint;
use super::progress::Progress;
use super::start::{last_job, starts};
use super::submitted::Submitted;
use crate::cli::{Exit, Failure};
use serde::Serialize;
use slurm_cli_wrapper::{Job, JobState, Report, Slurm, Stranger};
use std::fmt;
use trainyard_engine::publish::{Holder, Lease};

/// Skipped input that is told; the manifest has all.
const SHOWN: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    Waiting,
    Running,
    Done,
    Failed,
    Cancelled,
    /// not submitted, and not published: it runs elsewhere, or was stopped
    Unfinished,
    /// Slurm cannot be asked, or has forgotten a job that left no word
    Unknown,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Waiting => "waiting",
            State::Running => "running",
            State::Done => "done",
            State::Failed => "failed",
            State::Cancelled => "cancelled",
            State::Unfinished => "unfinished",
            State::Unknown => "unknown",
        })
    }
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Status {
    pub state: State,
    pub output: std::path::PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// in Slurm's words
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slurm: Option<String>,
    /// which of Slurm's commands said so
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<String>,
    /// jobs of the same number that are others
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<Ignored>,
    /// starts that came to an end of their own
    pub attempts: Vec<Attempt>,
    /// starts that did not: Slurm ended them
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cut_off: Vec<u64>,
    #[serde(flatten)]
    pub progress: Progress,
    /// what to do, or why the state is what it is
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// A job that is not the one of this folder, whatever its number says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Ignored {
    pub source: String,
    pub slurm: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<String>,
    pub why: String,
}

impl Ignored {
    fn of(stranger: &Stranger) -> Self {
        Ignored {
            source: stranger.source.to_string(),
            slurm: words(&stranger.job),
            nodes: stranger.job.node_list.clone(),
            why: stranger.contradiction.clone(),
        }
    }
}

/// `PENDING (Priority)`
fn words(job: &Job) -> String {
    match &job.reason {
        Some(reason) => format!("{} ({reason})", job.state),
        None => job.state.to_string(),
    }
}

/// What Slurm said of the job.
enum Word {
    Known(Box<Report>),
    Forgotten,
    Silent(String),
}

impl Status {
    /// # Errors
    /// Records in the output folder that cannot be read. That Slurm cannot be asked is part of the status.
    pub fn read(slurm: &Slurm, folder: &JobFolder) -> Result<Self, Failure> {
        let submitted = Submitted::read(folder)?;
        let mut ignored = Vec::new();
        // asked first: what lies in the folder may only have gone on since
        let word = match &submitted {
            None => None,
            Some(submitted) => Some(match slurm.identified(&submitted.identity(folder)?) {
                Ok(sought) => {
                    ignored.extend(sought.strangers.iter().map(Ignored::of));
                    sought.report.map_or(Word::Forgotten, |report| Word::Known(Box::new(report)))
                }
                Err(error) => Word::Silent(error.to_string()),
            }),
        };
        let job = submitted.map(|s| s.job);
        let of_notes = job.clone().or_else(|| last_job(folder));
        let progress = Progress::read(folder, of_notes.as_deref())?;
        let attempts = of_notes.as_ref().map_or(Vec::new(), |job| Attempt::of_job(folder, job));
        let (mut state, mut advice) = judge(word.as_ref(), &progress, attempts.last());
        if let (State::Unfinished, Some(holder)) = (state, Lease::holder(&folder.work().path).ok().flatten()) {
            (state, advice) = (State::Running, Some(at_work(&holder)));
        }
        let report = match &word {
            Some(Word::Known(report)) => Some(report),
            _ => None,
        };
        let mut cut_off = of_notes.map_or(Vec::new(), |job| starts(folder, &job).iter().map(|s| s.turn).collect());
        cut_off.retain(|turn| attempts.iter().all(|a| a.turn != *turn));
        // unless the job waits, the last one is at work, or its end is what is told above
        let is_last = |turn: &u64| attempts.iter().all(|a| a.turn < *turn);
        if state != State::Waiting && cut_off.last().is_some_and(is_last) {
            cut_off.pop();
        }
        Ok(Status {
            state,
            output: folder.output().into(),
            job,
            slurm: report.map(|r| words(&r.job)),
            source: report.map(|r| r.source.to_string()),
            nodes: report.and_then(|r| r.job.node_list.clone()),
            ignored,
            attempts,
            cut_off,
            progress,
            advice,
        })
    }

    /// Of the question how the job is: not 0 where it failed, or nobody can tell.
    pub fn exit_of_asking(&self) -> Exit {
        match self.state {
            State::Failed | State::Unknown => self.exit(),
            _ => Exit::Done,
        }
    }

    /// Of a job that has ended: the exit code of the program as a whole.
    pub fn exit(&self) -> Exit {
        let last = self.attempts.last().and_then(|a| Exit::of_code(a.exit));
        match self.state {
            State::Done => last.unwrap_or(Exit::Done),
            State::Cancelled => Exit::Interrupted,
            State::Failed => last.filter(|e| !matches!(e, Exit::Done | Exit::Skipped)).unwrap_or(Exit::Resource),
            _ => Exit::Resource,
        }
    }

    pub fn text(&self) -> String {
        let mut text = match &self.job {
            Some(job) => format!("job {job}: {}", self.state),
            None => self.state.to_string(),
        };
        if let Some(slurm) = &self.slurm {
            text.push_str(&format!("; Slurm says {slurm}"));
        }
        if let Some(nodes) = &self.nodes {
            text.push_str(&format!(" on {nodes}"));
        }
        text.push_str(&format!("\noutput: {}\nprogress: {}\n", self.output.display(), self.progress.line()));
        for other in &self.ignored {
            text.push_str(&format!("ignored: {} tells of another job of this number: {}\n", other.source, other.why));
        }
        let mut starts: Vec<(u64, String)> = self.attempts.iter().map(|a| (a.turn, told(a))).collect();
        let cut_off = "cut off by Slurm (its node failed, or another job took its place), back in the queue";
        starts.extend(self.cut_off.iter().map(|turn| (*turn, cut_off.to_owned())));
        starts.sort();
        for (turn, told) in starts {
            text.push_str(&format!("start {}: {told}\n", turn + 1));
        }
        for what in self.progress.skipped.iter().take(SHOWN) {
            text.push_str(&format!("skipped: {what}\n"));
        }
        if self.progress.skipped.len() > SHOWN {
            text.push_str(&format!("skipped: {} more\n", self.progress.skipped.len() - SHOWN));
        }
        if let Some(error) = &self.progress.last_error {
            text.push_str(&format!("last error: {}\n", error.strip_prefix("error: ").unwrap_or(error)));
        }
        if let Some(advice) = &self.advice {
            text.push_str(&format!("hint: {advice}\n"));
        }
        text
    }
}

fn told(attempt: &Attempt) -> String {
    let outcome = match (attempt.outcome, attempt.warned) {
        (Outcome::Done, _) => "done",
        (Outcome::Interrupted, true) => "stopped before the time limit, back in the queue",
        (Outcome::Interrupted, false) => "stopped by a signal, back in the queue",
        (Outcome::Fault, _) => "a fault of the cluster, back in the queue",
        (Outcome::Failed, _) => "failed",
    };
    format!("{outcome} (exit code {})", attempt.exit)
}

fn at_work(holder: &Holder) -> String {
    let job = holder.job.as_deref().map_or(String::new(), |job| format!(", job {}", job.trim_start_matches('/')));
    format!(
        "a run that was not submitted from here works in this folder (process {} on {}{job})",
        holder.pid, holder.host
    )
}

fn judge(word: Option<&Word>, progress: &Progress, last: Option<&Attempt>) -> (State, Option<String>) {
    let published = progress.published;
    let own = last.map(|a| a.outcome);
    let told = |state: State, text: &str| (state, Some(text.to_owned()));
    let by_code = || last.and_then(|a| Exit::of_code(a.exit)).and_then(hint);
    let done = || (State::Done, by_code().map(str::to_owned));
    match word {
        None if published => done(),
        None => told(State::Unfinished, "not submitted with `trainyard submit`; `trainyard run` resumes it"),
        Some(Word::Silent(error)) => (State::Unknown, Some(format!("Slurm cannot be asked: {error}"))),
        Some(Word::Forgotten) => match (own, published) {
            (Some(Outcome::Done), true) => done(),
            (Some(Outcome::Failed), _) => (State::Failed, by_code().map(str::to_owned)),
            _ => told(
                State::Unknown,
                "Slurm does not know the job any more, and it left no word of its end: submit again to resume",
            ),
        },
        Some(Word::Known(report)) => {
            let job = &report.job;
            match &job.state {
                JobState::Completed if published => done(),
                JobState::Completed => told(State::Failed, "Slurm says that the job completed, but nothing is published: see the log; submit again to resume"),
                JobState::Cancelled { .. } => told(State::Cancelled, "finished sequences are kept: submit again to resume"),
                state if state.is_final() && published => {
                    (State::Failed, Some(format!("the reduced run is published, but Slurm says {state}: check the log, and `trainyard validate` the output")))
                }
                // the job's own judgement knows more than that its script failed
                JobState::Failed if own == Some(Outcome::Failed) && by_code().is_some() => {
                    (State::Failed, by_code().map(str::to_owned))
                }
                state if state.is_final() => (State::Failed, Some(format!("{}; finished sequences are kept", job.advice()))),
                JobState::Pending | JobState::Requeued | JobState::RequeueHold | JobState::SpecialExit => {
                    (State::Waiting, Some(job.advice().to_owned()))
                }
                _ => (State::Running, None),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slurm_cli_wrapper::{Job, JobId, Source};

    fn attempt(turn: u64, outcome: Outcome, exit: u8) -> Attempt {
        let (job, error) = ("1".into(), None);
        Attempt {
            job,
            turn,
            ended: 0,
            launcher: 0,
            outcome,
            warned: true,
            exit,
            units_done: 0,
            sequences_done: 0,
            error,
        }
    }

    fn known(state: JobState) -> Word {
        let job = Job::new(JobId::new(1), state);
        Word::Known(Box::new(Report { job, source: Source::Queue, passed_over: vec![] }))
    }

    fn state(word: &Word, published: bool, own: Option<Outcome>) -> State {
        let progress = Progress { published, ..Progress::default() };
        let attempt = own.map(|outcome| attempt(0, outcome, 0));
        judge(Some(word), &progress, attempt.as_ref()).0
    }

    #[test]
    fn done_needs_everyone_to_agree() {
        assert_eq!(state(&known(JobState::Completed), true, None), State::Done);
        assert_eq!(state(&known(JobState::Completed), false, Some(Outcome::Done)), State::Failed);
        assert_eq!(state(&known(JobState::Running), true, None), State::Running);
        assert_eq!(state(&known(JobState::NodeFail), true, None), State::Failed);
        assert_eq!(state(&Word::Forgotten, true, Some(Outcome::Done)), State::Done);
        assert_eq!(state(&Word::Forgotten, true, None), State::Unknown);
        assert_eq!(state(&Word::Forgotten, false, Some(Outcome::Done)), State::Unknown);
        assert_eq!(state(&Word::Silent("away".into()), true, Some(Outcome::Done)), State::Unknown);
    }

    #[test]
    fn other_states() {
        assert_eq!(state(&known(JobState::Pending), false, Some(Outcome::Interrupted)), State::Waiting);
        assert_eq!(state(&known(JobState::Completing), false, None), State::Running);
        assert_eq!(state(&known(JobState::Cancelled { by: None }), false, None), State::Cancelled);
        assert_eq!(state(&known(JobState::OutOfMemory), false, None), State::Failed);
    }

    #[test]
    fn each_exit_code_is_explained() {
        let failed = Progress::default();
        for code in [1, 3, 4, 5, 6] {
            let (state, advice) =
                judge(Some(&known(JobState::Failed)), &failed, Some(&attempt(0, Outcome::Failed, code)));
            assert_eq!((state, advice.as_deref()), (State::Failed, hint(Exit::of_code(code).unwrap())));
        }
        let published = Progress { published: true, ..Progress::default() };
        let advice =
            |exit| judge(Some(&known(JobState::Completed)), &published, Some(&attempt(0, Outcome::Done, exit))).1;
        assert_eq!(advice(0), None);
        assert!(advice(2).unwrap().contains("skipped"));
    }

    #[test]
    fn every_start_is_told_and_asking_after_a_failure_is_no_success() {
        let mut status = Status {
            state: State::Failed,
            output: "/o".into(),
            job: Some("1".into()),
            slurm: None,
            source: None,
            nodes: None,
            ignored: vec![],
            attempts: vec![attempt(0, Outcome::Interrupted, 7), attempt(2, Outcome::Failed, 4)],
            cut_off: vec![1],
            progress: Progress::default(),
            advice: None,
        };
        let text = status.text();
        let lines: Vec<&str> = text.lines().filter(|l| l.starts_with("start ")).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines[0].contains("time limit") && lines[1].contains("cut off") && lines[2].contains("exit code 4"));
        assert_eq!(status.exit_of_asking(), Exit::Input);
        status.state = State::Unknown;
        assert_eq!(status.exit_of_asking(), Exit::Resource);
        for fine in [State::Waiting, State::Running, State::Done, State::Cancelled, State::Unfinished] {
            status.state = fine;
            assert_eq!(status.exit_of_asking(), Exit::Done);
        }
    }
}
