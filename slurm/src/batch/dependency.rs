//! What has to happen before a job may start: `afterok:7:8,afterany:9`.

use crate::{Error, JobId};

/// Conditions on other jobs, all of which must be met.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dependency {
    clauses: Vec<(&'static str, Vec<JobId>)>,
}

impl Dependency {
    /// After these jobs have ended well.
    #[must_use]
    pub fn after_success(jobs: impl IntoIterator<Item = JobId>) -> Self {
        Self::of("afterok", jobs)
    }

    /// After these jobs have ended, well or not.
    #[must_use]
    pub fn after_end(jobs: impl IntoIterator<Item = JobId>) -> Self {
        Self::of("afterany", jobs)
    }

    /// After these jobs have failed.
    #[must_use]
    pub fn after_failure(jobs: impl IntoIterator<Item = JobId>) -> Self {
        Self::of("afternotok", jobs)
    }

    /// After these jobs have started or were cancelled.
    #[must_use]
    pub fn after_start(jobs: impl IntoIterator<Item = JobId>) -> Self {
        Self::of("after", jobs)
    }

    /// Each task of this array after the same task of that array has ended well.
    #[must_use]
    pub fn task_by_task(array: JobId) -> Self {
        Self::of("aftercorr", [array])
    }

    /// After every earlier job of the same name and user.
    #[must_use]
    pub fn singleton() -> Self {
        Self { clauses: vec![("singleton", Vec::new())] }
    }

    /// This condition and that one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.clauses.extend(other.clauses);
        self
    }

    fn of(kind: &'static str, jobs: impl IntoIterator<Item = JobId>) -> Self {
        Self { clauses: vec![(kind, jobs.into_iter().collect())] }
    }

    pub(super) fn value(&self) -> Result<String, Error> {
        let mut clauses = Vec::with_capacity(self.clauses.len());
        for (kind, jobs) in &self.clauses {
            if jobs.is_empty() && *kind != "singleton" {
                return Err(Error::Request(format!("the dependency `{kind}` names no job")));
            }
            let mut clause = (*kind).to_owned();
            for job in jobs {
                clause.push_str(&format!(":{job}"));
            }
            clauses.push(clause);
        }
        Ok(clauses.join(","))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_as_sbatch_wants_them() {
        let jobs = [JobId::new(7), JobId::new(8).task(2)];
        assert_eq!(
            Dependency::after_success(jobs).and(Dependency::after_end([JobId::new(9)])).value().unwrap(),
            "afterok:7:8_2,afterany:9"
        );
        assert_eq!(Dependency::singleton().value().unwrap(), "singleton");
        assert_eq!(Dependency::task_by_task(JobId::new(3)).value().unwrap(), "aftercorr:3");
        assert_eq!(
            Dependency::after_failure([JobId::new(3)]).and(Dependency::after_start([JobId::new(4)])).value().unwrap(),
            "afternotok:3,after:4"
        );
        assert!(Dependency::after_end([]).value().is_err());
    }
}
