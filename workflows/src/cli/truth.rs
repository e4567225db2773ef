//! One plan for all ranks: rank 0 opens the run, reads what the workflow names and plans; the others take over what it was
//! told and make the same plan of it, without opening a file. Whoever has another build of the program, reads another
//! workflow or comes to another plan refuses, and then all do, before a byte is written.

use super::{Exit, Failure, WorkflowOptions};
use crate::assemble::Found;
use crate::cli::program::program;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use trainyard_engine::algorithm::Registry;
use trainyard_engine::comm::Ranks;
use trainyard_engine::plan::Job;
use trainyard_format::opener::{Answers, OpenerPool};
use trainyard_format::{Error, Place};

/// What a rank brings along, and all must have alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Luggage {
    /// name, version and build in words: in the form that travels no part may be left out
    program: String,
    /// of the workflow file
    text: String,
    sets: Vec<String>,
    /// the workflow file: relative paths in it begin beside it
    workflow: PathBuf,
    /// where relative paths of `--set` begin
    folder: Option<PathBuf>,
}

/// What rank 0 says.
#[derive(Serialize, Deserialize)]
enum Word {
    /// there is no job, and rank 0 tells why
    Refused(u8),
    Plan(Box<Plan>),
}

#[derive(Serialize, Deserialize)]
struct Plan {
    luggage: Luggage,
    found: Found,
    identity: String,
}

/// Why the run ended on this rank.
pub(super) struct Ended {
    pub failure: Failure,
    /// all ranks end for the same reason, at the same place
    pub together: bool,
}

impl From<Failure> for Ended {
    fn from(failure: Failure) -> Self {
        Ended { failure, together: false }
    }
}

impl WorkflowOptions {
    /// The job of all ranks.
    ///
    /// # Errors
    /// On every rank when any rank refuses; rank 0's has the words.
    pub(super) fn job_of_all(
        &self,
        registry: &Registry,
        openers: &Arc<OpenerPool>,
        ranks: &dyn Ranks,
    ) -> Result<Job, Ended> {
        if ranks.size() == 1 {
            return Ok(self.job_with(registry, openers.clone())?.1);
        }
        let (job, objection) = if ranks.rank() == 0 {
            (Some(self.lead(registry, openers, ranks)?), String::new())
        } else {
            match self.follow(registry, openers, ranks)? {
                Ok(job) => (Some(job), String::new()),
                Err(objection) => (None, objection),
            }
        };
        let objections = ranks.gather(objection.into_bytes());
        let told = objections.iter().enumerate().filter(|(_, text)| !text.is_empty());
        let told: Vec<String> =
            told.map(|(rank, text)| format!("rank {rank}: {}", String::from_utf8_lossy(text))).collect();
        let refused = !ranks.broadcast(told.join("\n").into_bytes()).is_empty();
        match job {
            Some(job) if !refused => Ok(job),
            _ => Err(Ended { failure: disagreement(&told), together: true }),
        }
    }

    fn lead(&self, registry: &Registry, openers: &Arc<OpenerPool>, ranks: &dyn Ranks) -> Result<Job, Ended> {
        openers.record();
        let made =
            self.luggage(registry).and_then(|luggage| Ok((luggage, self.job_with(registry, openers.clone())?.1)));
        let answers = openers.recorded();
        let (luggage, job) = match made {
            Ok(made) => made,
            Err(failure) => {
                ranks.broadcast(packed(&Word::Refused(failure.exit as u8))?);
                return Err(Ended { failure, together: true });
            }
        };
        let plan = Plan { luggage, found: Found::of(&job), identity: job.identity.to_string() };
        ranks.broadcast(packed(&Word::Plan(Box::new(plan)))?);
        ranks.broadcast(answers.pack());
        Ok(job)
    }

    /// The job, or what this rank has against it.
    fn follow(
        &self,
        registry: &Registry,
        openers: &Arc<OpenerPool>,
        ranks: &dyn Ranks,
    ) -> Result<Result<Job, String>, Ended> {
        let plan = match postcard::from_bytes(&ranks.broadcast(Vec::new())).map_err(garbled)? {
            Word::Refused(code) => {
                let failure = Failure::silent(Exit::of_code(code).unwrap_or(Exit::Bug));
                return Err(Ended { failure, together: true });
            }
            Word::Plan(plan) => plan,
        };
        let answers = ranks.broadcast(Vec::new());
        let own = match self.luggage(registry) {
            Ok(own) => own,
            Err(failure) => return Ok(Err(failure.text)),
        };
        if let Some(difference) = plan.luggage.difference(&own) {
            return Ok(Err(difference));
        }
        let answers = Answers::unpack(&answers)
            .ok_or_else(|| Failure::from(Error::bug("the answers of rank 0 are garbled", Place::default())))?;
        openers.follow(answers);
        let made = self.job_as_found(registry, openers.clone(), &plan.found);
        openers.stop_following();
        Ok(match made {
            Ok(job) if job.identity.to_string() == plan.identity => Ok(job),
            Ok(job) => Err(format!("it comes to plan {}, rank 0 to plan {}", job.identity, plan.identity)),
            Err(failure) => Err(failure.text),
        })
    }

    fn luggage(&self, registry: &Registry) -> Result<Luggage, Failure> {
        let text = crate::workflow::text(&self.workflow)?;
        let lost = |e: std::io::Error| Error::io("find the current folder", ".".as_ref(), &e);
        let workflow = std::path::absolute(&self.workflow).map_err(lost)?;
        let sets = self.settings();
        let folder = (!sets.is_empty()).then(std::env::current_dir).transpose().map_err(lost)?;
        Ok(Luggage { program: program(registry)?.to_string(), text, sets, workflow, folder })
    }
}

impl Luggage {
    /// How another rank's differs, in words.
    fn difference(&self, other: &Luggage) -> Option<String> {
        if self.program != other.program {
            return Some(format!("it is {}, rank 0 is {}", other.program, self.program));
        }
        if self.text != other.text {
            return Some(lines(&self.text, &other.text));
        }
        if self.sets != other.sets {
            let all = |sets: &[String]| match sets {
                [] => "no `--set`".to_string(),
                sets => format!("`--set {}`", sets.join(" --set ")),
            };
            return Some(format!("it was started with {}, rank 0 with {}", all(&other.sets), all(&self.sets)));
        }
        if self.workflow != other.workflow {
            let (own, first) = (other.workflow.display(), self.workflow.display());
            return Some(format!("its workflow is {own}, that of rank 0 {first}"));
        }
        let folder = |folder: &Option<PathBuf>| folder.as_ref().map_or_else(String::new, |f| f.display().to_string());
        (self.folder != other.folder).then(|| {
            format!("its current folder is {}, that of rank 0 {}", folder(&other.folder), folder(&self.folder))
        })
    }
}

/// The first line that differs.
fn lines(first: &str, other: &str) -> String {
    const END: &str = "the end of the file";
    let (mut first, mut other) = (first.lines(), other.lines());
    let shown =
        |line: Option<&str>| line.map_or_else(|| END.into(), |l| format!("`{}`", crate::document::shown(l.trim())));
    for number in 1.. {
        match (first.next(), other.next()) {
            (None, None) => break,
            (a, b) if a == b => {}
            (a, b) => {
                return format!("line {number} of its workflow is {}, rank 0 read {}", shown(b), shown(a));
            }
        }
    }
    "its workflow has other line ends than that of rank 0".into()
}

fn disagreement(told: &[String]) -> Failure {
    if told.is_empty() {
        return Failure::silent(Exit::Workflow);
    }
    let what = format!("the ranks do not agree, nothing was done\n  {}", told.join("\n  "));
    let hint =
        "all ranks must run the same program on the same workflow: wait until nobody changes either, then run again";
    Failure::new(Exit::Workflow, &what, Some(hint))
}

fn packed(word: &Word) -> Result<Vec<u8>, Failure> {
    postcard::to_stdvec(word).map_err(garbled)
}

fn garbled(error: postcard::Error) -> Failure {
    Error::bug(format!("failed to tell the other ranks: {error}"), Place::default()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luggage() -> Luggage {
        Luggage {
            program: "trainyard 1, build aa".into(),
            text: "run: r\nsteps: []\n".into(),
            sets: Vec::new(),
            workflow: "/a/w.yaml".into(),
            folder: None,
        }
    }

    #[test]
    fn every_difference_is_said_in_words() {
        let first = luggage();
        assert_eq!(first.difference(&luggage()), None);
        let other = |change: &dyn Fn(&mut Luggage)| {
            let mut other = luggage();
            change(&mut other);
            first.difference(&other).expect("a difference")
        };
        assert_eq!(
            other(&|o| o.program = "trainyard 1, build bb".into()),
            "it is trainyard 1, build bb, rank 0 is trainyard 1, build aa"
        );
        assert_eq!(
            other(&|o| o.text = "run: r\nsteps: [x]\n".into()),
            "line 2 of its workflow is `steps: [x]`, rank 0 read `steps: []`"
        );
        assert_eq!(
            other(&|o| o.text = "run: r".into()),
            "line 2 of its workflow is the end of the file, rank 0 read `steps: []`"
        );
        assert!(other(&|o| o.text = "run: r\r\nsteps: []\n".into()).contains("other line ends"));
        assert_eq!(
            other(&|o| o.sets = vec!["a=1".into(), "b=2".into()]),
            "it was started with `--set a=1 --set b=2`, rank 0 with no `--set`"
        );
        assert_eq!(other(&|o| o.workflow = "/b/w.yaml".into()), "its workflow is /b/w.yaml, that of rank 0 /a/w.yaml");
        assert!(other(&|o| o.folder = Some("/b".into())).contains("/b"));
    }
}
