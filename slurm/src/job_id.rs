//! The number by which Slurm knows a job: `12`, an array's task `12_3`, a component of a heterogeneous job `12+1`.

use crate::Error;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A job, one task of a job array, or one component of a heterogeneous job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId {
    /// The number `sbatch` printed.
    pub job: u32,
    /// The task, for one task of an array. None stands for the whole array, or for a job that is not an array.
    pub task: Option<u32>,
    /// The component, for one component of a heterogeneous job.
    pub component: Option<u32>,
}

impl JobId {
    /// The job with this number.
    #[must_use]
    pub const fn new(job: u32) -> Self {
        Self { job, task: None, component: None }
    }

    /// One task of this job array.
    #[must_use]
    pub const fn task(self, task: u32) -> Self {
        Self { task: Some(task), ..self }
    }

    /// Whether `other` is this job, or a part of it when this one names a whole array or heterogeneous job.
    #[must_use]
    pub fn covers(&self, other: &JobId) -> bool {
        self.job == other.job
            && (self.task.is_none() || self.task == other.task)
            && (self.component.is_none() || self.component == other.component)
    }

    /// Reads what `squeue` and `sacct` print: as `from_str`, and an array's waiting tasks, `12_[3-7%2]`, which come back
    /// as the text between the brackets.
    pub(crate) fn with_tasks(text: &str) -> Option<(Self, Option<String>)> {
        match text.split_once("_[") {
            Some((job, tasks)) => {
                let tasks = tasks.strip_suffix(']').unwrap_or(tasks);
                Some((Self::new(number(job)?), Some(tasks.to_owned())))
            }
            None => Some((text.parse().ok()?, None)),
        }
    }
}

/// Job numbers start at 1; `u32::from_str` alone would accept a sign.
fn number(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

impl FromStr for JobId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parse = || {
            if let Some((job, task)) = text.split_once('_') {
                return Some(Self::new(number(job)?).task(number(task)?));
            }
            if let Some((job, component)) = text.split_once('+') {
                return Some(Self { component: Some(number(component)?), ..Self::new(number(job)?) });
            }
            Some(Self::new(number(text)?))
        };
        parse()
            .filter(|id| id.job > 0)
            .ok_or_else(|| Error::Request(format!("`{text}` is not a job id (expected `12`, `12_3` or `12+1`)")))
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.job)?;
        if let Some(task) = self.task {
            write!(formatter, "_{task}")?;
        }
        if let Some(component) = self.component {
            write!(formatter, "+{component}")?;
        }
        Ok(())
    }
}

impl Serialize for JobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_nonsense_is_refused() {
        for text in ["1", "12_0", "12_3", "12+1", "4294967295"] {
            assert_eq!(text.parse::<JobId>().unwrap().to_string(), text);
        }
        for text in ["", "0", "+1", "-1", "1_", "1_x", "x", "1 ", "4294967296", "1_[2]", "1;main"] {
            assert!(text.parse::<JobId>().is_err(), "{text}");
        }
    }

    #[test]
    fn waiting_tasks_stay_as_text() {
        assert_eq!(JobId::with_tasks("12_[3-7%2]"), Some((JobId::new(12), Some("3-7%2".to_owned()))));
        assert_eq!(JobId::with_tasks("12_[0-63,...]"), Some((JobId::new(12), Some("0-63,...".to_owned()))));
        assert_eq!(JobId::with_tasks("12_3"), Some((JobId::new(12).task(3), None)));
        assert_eq!(JobId::with_tasks("_[1]"), None);
    }

    #[test]
    fn an_array_covers_its_tasks() {
        let array = JobId::new(12);
        assert!(array.covers(&array.task(3)) && array.covers(&array));
        assert!(
            !array.task(3).covers(&array) && !array.task(3).covers(&array.task(4)) && !array.covers(&JobId::new(13))
        );
    }
}
