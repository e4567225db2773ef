//! Job arrays: `0-9`, `0-20:4`, `1,3,7`, each with an optional throttle `%3`.

use crate::Error;

/// The tasks of a job array.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Array {
    tasks: Tasks,
    at_most: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Tasks {
    Range { first: u32, last: u32, step: u32 },
    List(Vec<u32>),
}

/// Slurm's compile-time bound of `MaxArraySize`.
const MAX_TASK: u32 = 4_000_000;

impl Array {
    /// The tasks `first` to `last`, both included.
    #[must_use]
    pub fn range(first: u32, last: u32) -> Self {
        Self { tasks: Tasks::Range { first, last, step: 1 }, at_most: None }
    }

    /// These tasks.
    #[must_use]
    pub fn list(tasks: impl IntoIterator<Item = u32>) -> Self {
        Self { tasks: Tasks::List(tasks.into_iter().collect()), at_most: None }
    }

    /// Every `step`-th task of a range; a list stays as it is.
    #[must_use]
    pub fn step(mut self, every: u32) -> Self {
        if let Tasks::Range { step, .. } = &mut self.tasks {
            *step = every;
        }
        self
    }

    /// Runs no more than so many tasks at a time.
    #[must_use]
    pub fn at_most(mut self, tasks: u32) -> Self {
        self.at_most = Some(tasks);
        self
    }

    pub(super) fn value(&self) -> Result<String, Error> {
        let refuse = |why: String| Err(Error::Request(format!("the job array {why}")));
        let mut value = match &self.tasks {
            Tasks::Range { first, last, .. } if first > last => {
                return refuse(format!("runs backwards from {first} to {last}"))
            }
            Tasks::Range { step: 0, .. } => return refuse("has a step of 0".to_owned()),
            Tasks::Range { last, .. } if *last > MAX_TASK => return refuse(format!("ends beyond {MAX_TASK}")),
            Tasks::Range { first, last, step: 1 } => format!("{first}-{last}"),
            Tasks::Range { first, last, step } => format!("{first}-{last}:{step}"),
            Tasks::List(tasks) if tasks.is_empty() => return refuse("is empty".to_owned()),
            Tasks::List(tasks) if tasks.iter().any(|&task| task > MAX_TASK) => {
                return refuse(format!("goes beyond {MAX_TASK}"))
            }
            Tasks::List(tasks) => tasks.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
        };
        match self.at_most {
            Some(0) => return refuse("runs at most 0 tasks at a time".to_owned()),
            Some(tasks) => value.push_str(&format!("%{tasks}")),
            None => {}
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_as_sbatch_wants_them() {
        assert_eq!(Array::range(0, 9).value().unwrap(), "0-9");
        assert_eq!(Array::range(0, 20).step(4).at_most(3).value().unwrap(), "0-20:4%3");
        assert_eq!(Array::list([1, 3, 7]).at_most(1).value().unwrap(), "1,3,7%1");
        for array in [
            Array::range(2, 1),
            Array::range(0, 9).step(0),
            Array::list([]),
            Array::range(0, u32::MAX),
            Array::range(0, 1).at_most(0),
            Array::list([u32::MAX]),
        ] {
            assert!(array.value().is_err(), "{array:?}");
        }
    }
}
