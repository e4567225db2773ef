//! What a job is known by. A number alone is not enough: Slurm hands numbers out again when its state is lost or its counter
//! wraps, and the accounting database goes on answering with the old job of that number.

use crate::{Job, JobId, UnixTime};
use serde::Serialize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Clocks of a login node and of the controller may differ by so many seconds.
const SKEW: u64 = 600;

/// A job by its number and all that is known of it beside. What is none here, or not told by Slurm, contradicts nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its number.
    pub id: JobId,
    /// Its name.
    pub name: Option<String>,
    /// Who submitted it.
    pub user: Option<String>,
    /// Its working directory.
    pub folder: Option<PathBuf>,
    /// When it was submitted.
    pub submitted: Option<UnixTime>,
}

/// A job of the same number that is another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stranger {
    /// The job, as Slurm tells of it.
    pub job: Job,
    /// Who told of it.
    pub source: crate::Source,
    /// What shows that it is another one.
    pub contradiction: String,
}

/// What Slurm says of a job by its identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Sought {
    /// The job itself; none if nobody knows it (any more).
    pub report: Option<crate::Report>,
    /// Jobs of that number that are others, and were passed over.
    pub strangers: Vec<Stranger>,
}

impl Identity {
    /// A job of which nothing but the number is known.
    #[must_use]
    pub const fn of_number(id: JobId) -> Self {
        Self { id, name: None, user: None, folder: None, submitted: None }
    }

    /// What shows that `job` is another one; none if nothing does.
    ///
    /// A job that went back to the queue counts as submitted anew by then, so a later time contradicts only where Slurm says that
    /// the job never did.
    #[must_use]
    pub fn contradiction(&self, job: &Job) -> Option<String> {
        let mut words = Vec::new();
        for (what, known, told) in [("name", &self.name, &job.name), ("user", &self.user, &job.user)] {
            if let (Some(known), Some(told)) = (known, told) {
                if known.trim() != told.trim() {
                    words.push(format!("its {what} is `{}`, not `{known}`", told.escape_debug()));
                }
            }
        }
        if let (Some(known), Some(told)) = (&self.folder, &job.folder) {
            if !is_same_folder(known, told) {
                words.push(format!("it works in {}, not in {}", told.display(), known.display()));
            }
        }
        if let (Some(UnixTime(known)), Some(UnixTime(told))) = (self.submitted, job.submitted) {
            let never_requeued = job.restarts == Some(0);
            if told.saturating_add(SKEW) < known {
                words.push(format!("it was submitted {} s earlier", known - told));
            } else if told > known.saturating_add(SKEW) && never_requeued {
                words.push(format!("it was submitted {} s later", told - known));
            }
        }
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// By name, or as the same folder under two names.
fn is_same_folder(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| std::fs::metadata(path).ok().map(|folder| (folder.dev(), folder.ino()));
    one == other || place(one).is_some_and(|one| place(other) == Some(one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::JobState;

    fn ours() -> Identity {
        Identity {
            id: JobId::new(7),
            name: Some("trainyard r1".into()),
            user: Some("ann".into()),
            folder: Some("/data/r1/job".into()),
            submitted: Some(UnixTime(1_700_000_000)),
        }
    }

    fn told() -> Job {
        let mut job = Job::new(JobId::new(7), JobState::Running);
        job.name = Some("trainyard r1".into());
        job.user = Some("ann".into());
        job.folder = Some("/data/r1/job".into());
        job.submitted = Some(UnixTime(1_700_000_003));
        job
    }

    #[test]
    fn each_part_may_contradict() {
        assert_eq!(ours().contradiction(&told()), None);
        assert_eq!(ours().contradiction(&Job::new(JobId::new(7), JobState::Pending)), None, "nothing is told");
        let with = |change: fn(&mut Job)| {
            let mut job = told();
            change(&mut job);
            ours().contradiction(&job)
        };
        assert_eq!(with(|job| job.name = Some("other".into())).unwrap(), "its name is `other`, not `trainyard r1`");
        assert_eq!(with(|job| job.user = Some("bob".into())).unwrap(), "its user is `bob`, not `ann`");
        assert!(with(|job| job.folder = Some("/data/r2/job".into())).unwrap().contains("it works in /data/r2/job"));
        assert!(with(|job| job.submitted = Some(UnixTime(1_600_000_000))).unwrap().contains("earlier"));
    }

    #[test]
    fn a_later_time_is_that_of_a_requeue_unless_there_was_none() {
        let mut job = told();
        job.submitted = Some(UnixTime(1_700_009_000));
        assert_eq!(ours().contradiction(&job), None);
        job.restarts = Some(2);
        assert_eq!(ours().contradiction(&job), None);
        job.restarts = Some(0);
        assert_eq!(ours().contradiction(&job).unwrap(), "it was submitted 9000 s later");
    }

    #[test]
    fn two_names_of_one_folder_are_one_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("job");
        std::fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&folder, place.path().join("link")).unwrap();
        let identity = Identity { folder: Some(place.path().join("link")), ..Identity::of_number(JobId::new(7)) };
        let mut job = told();
        job.folder = Some(folder);
        assert_eq!(identity.contradiction(&job), None);
        job.folder = Some(place.path().into());
        assert!(identity.contradiction(&job).is_some());
    }
}
