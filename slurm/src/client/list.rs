//! Lists: jobs of the queue, nodes of the cluster.

use super::{Preference, Slurm};
use crate::{parse, Error, Failure, Job, JobId, JobState, NodeGroup, Version};
use std::sync::atomic::Ordering;

/// Which jobs to list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter {
    /// These jobs; an array's id stands for all its tasks. Empty: all.
    pub ids: Vec<JobId>,
    /// Jobs of this user.
    pub user: Option<String>,
    /// Jobs of this name.
    pub name: Option<String>,
    /// Jobs of this partition.
    pub partition: Option<String>,
    /// Also jobs that have ended, as long as the controller remembers them.
    pub with_ended: bool,
}

impl Filter {
    /// These jobs, ended or not.
    #[must_use]
    pub fn ids(ids: impl IntoIterator<Item = JobId>) -> Self {
        Self { ids: ids.into_iter().collect(), with_ended: true, ..Self::default() }
    }

    fn arguments(&self) -> Result<Vec<String>, Error> {
        let mut arguments = vec!["--noheader".to_owned(), "--all".to_owned()];
        if !self.ids.is_empty() {
            let ids: Vec<String> = self.ids.iter().map(JobId::to_string).collect();
            arguments.push(format!("--jobs={}", ids.join(",")));
        }
        for (option, value) in [("user", &self.user), ("name", &self.name), ("partition", &self.partition)] {
            if let Some(value) = value {
                if value.is_empty() || value.chars().any(char::is_control) {
                    return Err(Error::Request(format!("`{}` is not a {option} to look for", value.escape_default())));
                }
                arguments.push(format!("--{option}={value}"));
            }
        }
        if self.with_ended {
            arguments.push("--states=all".to_owned());
        }
        Ok(arguments)
    }

    /// The same filter on what came back, for releases whose JSON ignores it.
    fn accepts(&self, job: &Job) -> bool {
        let is = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let one_of = |wanted: &Option<String>, found: &Option<String>| {
            wanted
                .as_ref()
                .is_none_or(|wanted| found.as_ref().is_some_and(|found| found.split(',').any(|part| part == wanted)))
        };
        (self.ids.is_empty()
            || self.ids.iter().any(|id| id.covers(&job.id) || job.raw_id == Some(id.job) && id.task.is_none()))
            && is(&self.user, &job.user)
            && is(&self.name, &job.name)
            && one_of(&self.partition, &job.partition)
            && (self.with_ended || !job.state.is_final())
    }
}

impl Slurm {
    /// Lists jobs (`squeue`). Jobs that the controller has forgotten are left out.
    ///
    /// # Errors
    /// If `squeue` fails otherwise than for not knowing the one job asked for.
    pub fn jobs(&self, filter: &Filter) -> Result<Vec<Job>, Error> {
        let listed = self.json_or_text(
            |slurm| {
                let mut arguments = filter.arguments()?;
                arguments.push("--json".to_owned());
                let mut jobs = parse::squeue_json(&slurm.run("squeue", &arguments)?)?;
                jobs.retain(|job| filter.accepts(job));
                Ok(jobs)
            },
            |slurm| {
                let mut arguments = filter.arguments()?;
                arguments.push(format!("--format={}", parse::SQUEUE_FORMAT));
                parse::squeue_text(&slurm.run("squeue", &arguments)?)
            },
        );
        match listed {
            Err(error) if error.failure() == Some(Failure::NoSuchJob) => Ok(Vec::new()),
            listed => listed,
        }
    }

    /// Lists the nodes of every partition, those that are alike in one group (`sinfo`).
    ///
    /// # Errors
    /// If `sinfo` fails.
    pub fn nodes(&self) -> Result<Vec<NodeGroup>, Error> {
        self.json_or_text(
            |slurm| parse::sinfo_json(&slurm.run("sinfo", &["--all".to_owned(), "--json".to_owned()])?),
            |slurm| {
                let format = format!("--format={}", parse::SINFO_FORMAT);
                parse::sinfo_text(&slurm.run("sinfo", &["--noheader".to_owned(), "--all".to_owned(), format])?)
            },
        )
    }

    /// Asks the accounting database for jobs and their steps (`sacct`).
    ///
    /// # Errors
    /// If `sacct` fails; [`Failure::AccountingDisabled`] where the cluster keeps no accounting.
    pub fn accounting(&self, ids: &[JobId]) -> Result<Vec<Job>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let list = format!("--jobs={}", ids.iter().map(JobId::to_string).collect::<Vec<_>>().join(","));
        let mut jobs = self.json_or_text(
            |slurm| parse::sacct_json(&slurm.run("sacct", &[list.clone(), "--json".to_owned()])?),
            |slurm| {
                let arguments = [
                    list.clone(),
                    "--noheader".to_owned(),
                    "--parsable2".to_owned(),
                    format!("--delimiter={}", parse::FIELD),
                    format!("--format={}", parse::SACCT_FORMAT),
                ];
                parse::sacct_text(&slurm.run("sacct", &arguments)?)
            },
        )?;
        jobs.retain(|job| ids.iter().any(|id| id.covers(&job.id) || job.raw_id == Some(id.job) && id.task.is_none()));
        Ok(jobs)
    }

    fn json_or_text<T>(
        &self,
        json: impl FnOnce(&Self) -> Result<T, Error>,
        text: impl FnOnce(&Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        match self.preference {
            Preference::Json => return json(self),
            Preference::Text => return text(self),
            Preference::Auto => {}
        }
        let json_is_off = self.learnt.json_is_off.load(Ordering::Relaxed);
        // Without a version there is nothing to choose by, and the command itself will say what is wrong.
        if json_is_off || !self.version().is_ok_and(|version| version >= Version::JSON_WITH_FILTERS) {
            return text(self);
        }
        match json(self) {
            // Not built with JSON, or of a shape this crate does not know: text has been the same for years.
            Err(error)
                if matches!(error, Error::Unparsable { .. }) || error.failure() == Some(Failure::Unsupported) =>
            {
                self.learnt.json_is_off.store(true, Ordering::Relaxed);
                text(self)
            }
            result => result,
        }
    }
}

impl Job {
    /// Whether it is among the tasks that an array still holds back.
    pub(super) fn is_waiting_rest(&self) -> bool {
        self.waiting_tasks.is_some() && self.state == JobState::Pending
    }
}
