//! What became of a job: what Slurm says beside what lies in the output folder.
//!
//! `done` needs all three to agree: the ledger, the manifest, and Slurm, or where Slurm has forgotten the job or keeps no
//! records, the job's own judgement of its last start.

use super::attempt::{Attempt, Outcome};
use super::folder::JobFolder;
use super::progress::Progress;
use super::submitted::Submitted;
use crate::cli::{Exit, Failure};
use serde::Serialize;
use slurm_cli_wrapper::{JobState, Report, Slurm};
use std::fmt;

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
    /// starts that came to an end of their own
    pub attempts: Vec<Attempt>,
    #[serde(flatten)]
    pub progress: Progress,
    /// what to do, or why the state is what it is
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
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
        // asked first: what lies in the folder may only have gone on since
        let word = match &submitted {
            None => None,
            Some(submitted) => Some(match slurm.job(&submitted.id(folder)?) {
                Ok(Some(report)) => Word::Known(Box::new(report)),
                Ok(None) => Word::Forgotten,
                Err(error) => Word::Silent(error.to_string()),
            }),
        };
        let progress = Progress::read(folder)?;
        let attempts = Attempt::read_all(folder);
        let (state, advice) = judge(word.as_ref(), &progress, attempts.last());
        let report = match &word {
            Some(Word::Known(report)) => Some(report),
            _ => None,
        };
        Ok(Status {
            state,
            output: folder.output().into(),
            job: submitted.map(|s| s.job),
            slurm: report.map(|r| match &r.job.reason {
                Some(reason) => format!("{} ({reason})", r.job.state),
                None => r.job.state.to_string(),
            }),
            source: report.map(|r| r.source.to_string()),
            nodes: report.and_then(|r| r.job.node_list.clone()),
            attempts,
            progress,
            advice,
        })
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
        for attempt in &self.attempts {
            let outcome = match attempt.outcome {
                Outcome::Done => "done",
                Outcome::Interrupted => "stopped before the time limit, back in the queue",
                Outcome::Fault => "a fault of the cluster, back in the queue",
                Outcome::Failed => "failed",
            };
            text.push_str(&format!("start {}: {outcome} (exit code {})\n", attempt.turn + 1, attempt.exit));
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

fn judge(word: Option<&Word>, progress: &Progress, last: Option<&Attempt>) -> (State, Option<String>) {
    let published = progress.published;
    let own = last.map(|a| a.outcome);
    let told = |state: State, text: &str| (state, Some(text.to_owned()));
    match word {
        None if published => (State::Done, None),
        None => told(State::Unfinished, "not submitted with `trainyard submit`; `trainyard run` resumes it"),
        Some(Word::Silent(error)) => (State::Unknown, Some(format!("Slurm cannot be asked: {error}"))),
        Some(Word::Forgotten) => match (own, published) {
            (Some(Outcome::Done), true) => (State::Done, None),
            (Some(Outcome::Failed), _) => told(State::Failed, "see the last error; submit again to resume"),
            _ => told(
                State::Unknown,
                "Slurm does not know the job any more, and it left no word of its end: submit again to resume",
            ),
        },
        Some(Word::Known(report)) => {
            let job = &report.job;
            match &job.state {
                JobState::Completed if published => (State::Done, None),
                JobState::Completed => told(State::Failed, "Slurm says that the job completed, but nothing is published: see the log; submit again to resume"),
                JobState::Cancelled { .. } => told(State::Cancelled, "finished sequences are kept: submit again to resume"),
                state if state.is_final() && published => {
                    (State::Failed, Some(format!("the reduced run is published, but Slurm says {state}: check the log, and `trainyard validate` the output")))
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

    fn known(state: JobState) -> Word {
        let job = Job::new(JobId::new(1), state);
        Word::Known(Box::new(Report { job, source: Source::Queue, passed_over: vec![] }))
    }

    fn state(word: &Word, published: bool, own: Option<Outcome>) -> State {
        let progress = Progress { published, ..Progress::default() };
        let attempt =
            own.map(|outcome| Attempt { turn: 0, ended: 0, launcher: 0, outcome, exit: 0, units_done: 0, error: None });
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
}
