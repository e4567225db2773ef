//! The state of a job, in all of Slurm's spellings.
//!
//! Slurm holds a base state and flags on top of it. Text shows one word, a flag hiding the base state (`COMPLETING`);
//! JSON since 0.0.39 lists all (`["RUNNING", "COMPLETING"]`), which [`JobState::from_list`] reduces the same way.
//! Sources: squeue(1) "JOB STATE CODES", sacct(1) "JOB STATE CODES", the job states page of Slurm's documentation.

use serde::{Serialize, Serializer};
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

/// The state of a job or of one of its steps.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobState {
    /// Waits for its turn; see the [`Reason`](crate::Reason).
    Pending,
    /// Has an allocation and runs.
    Running,
    /// Has an allocation, and its processes are halted.
    Suspended,
    /// Ended with exit code 0.
    Completed,
    /// Ended by `scancel`.
    Cancelled {
        /// The user id of who did it, where Slurm tells.
        by: Option<u32>,
    },
    /// Ended with another exit code than 0, or by a signal.
    Failed,
    /// Reached its time limit.
    Timeout,
    /// A node it ran on failed.
    NodeFail,
    /// Made way for a job of higher priority.
    Preempted,
    /// A node did not boot.
    BootFail,
    /// Could not end before its deadline.
    Deadline,
    /// Used more memory than it had asked for.
    OutOfMemory,
    /// Has ended; its nodes are being cleared.
    Completing,
    /// Has nodes; they are being made ready.
    Configuring,
    /// Its size changes.
    Resizing,
    /// Goes back to the queue.
    Requeued,
    /// Went back to the queue and is held there.
    RequeueHold,
    /// Goes back to the queue of a federation.
    RequeueFed,
    /// Ended with a special exit code and is held in the queue.
    SpecialExit,
    /// Has an allocation, was stopped, and keeps its cores.
    Stopped,
    /// A sister job runs on another cluster of the federation.
    Revoked,
    /// Held because its reservation was deleted.
    ReservationDeletedHold,
    /// Is being sent a signal.
    Signaling,
    /// Its files are being staged out.
    StageOut,
    /// Could not be started on its nodes.
    LaunchFailed,
    /// A node could not be reconfigured for it.
    ReconfigFail,
    /// Waits for nodes to power up.
    PowerUpNode,
    /// The controller writes the job to the database.
    UpdateDb,
    /// The job was moved ahead of others.
    Expediting,
    /// A state that this crate does not know, as Slurm spelt it.
    Unknown(String),
}

/// Name, compact code, state; in the order in which Slurm lets a flag hide another state.
const STATES: &[(&str, &str, JobState)] = &[
    ("COMPLETING", "CG", JobState::Completing),
    ("STAGE_OUT", "SO", JobState::StageOut),
    ("CONFIGURING", "CF", JobState::Configuring),
    ("RESIZING", "RS", JobState::Resizing),
    ("REQUEUED", "RQ", JobState::Requeued),
    ("REQUEUE_FED", "RF", JobState::RequeueFed),
    ("REQUEUE_HOLD", "RH", JobState::RequeueHold),
    ("SPECIAL_EXIT", "SE", JobState::SpecialExit),
    ("STOPPED", "ST", JobState::Stopped),
    ("REVOKED", "RV", JobState::Revoked),
    ("RESV_DEL_HOLD", "RD", JobState::ReservationDeletedHold),
    ("SIGNALING", "SI", JobState::Signaling),
    ("PENDING", "PD", JobState::Pending),
    ("RUNNING", "R", JobState::Running),
    ("SUSPENDED", "S", JobState::Suspended),
    ("COMPLETED", "CD", JobState::Completed),
    ("CANCELLED", "CA", JobState::Cancelled { by: None }),
    ("FAILED", "F", JobState::Failed),
    ("TIMEOUT", "TO", JobState::Timeout),
    ("NODE_FAIL", "NF", JobState::NodeFail),
    ("PREEMPTED", "PR", JobState::Preempted),
    ("BOOT_FAIL", "BF", JobState::BootFail),
    ("DEADLINE", "DL", JobState::Deadline),
    ("OUT_OF_MEMORY", "OOM", JobState::OutOfMemory),
    // Flags that text output never shows: they say less than the base state.
    ("LAUNCH_FAILED", "LF", JobState::LaunchFailed),
    ("RECONFIG_FAIL", "RC", JobState::ReconfigFail),
    ("POWER_UP_NODE", "PU", JobState::PowerUpNode),
    ("UPDATE_DB", "UD", JobState::UpdateDb),
    ("EXPEDITING", "EX", JobState::Expediting),
];

/// A state's name is short; a longer text is cut so that a record cannot carry a megabyte as its state.
const MAX_LENGTH: usize = 64;

impl JobState {
    /// Reads a long or a compact name, `CANCELLED by 1000`, and names cut by a narrow column (`OUT_OF_ME+`).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let mut words = text.split_whitespace();
        let word = words.next().unwrap_or_default();
        let known = match word.strip_suffix('+') {
            // The cut name must fit one state only.
            Some(start) => {
                let mut fitting = STATES.iter().filter(|(name, _, _)| !start.is_empty() && name.starts_with(start));
                match (fitting.next(), fitting.next()) {
                    (Some(state), None) => Some(state),
                    _ => None,
                }
            }
            None => STATES.iter().find(|(name, code, _)| name.eq_ignore_ascii_case(word) || *code == word),
        };
        match known {
            Some((_, _, Self::Cancelled { .. })) => {
                let by = if words.next() == Some("by") { words.next().and_then(|id| id.parse().ok()) } else { None };
                Self::Cancelled { by }
            }
            Some((_, _, state)) => state.clone(),
            None => Self::Unknown(text.chars().take(MAX_LENGTH).collect()),
        }
    }

    /// Reduces a list of base state and flags to the one word that `squeue` would print.
    #[must_use]
    pub fn from_list<S: AsRef<str>>(states: &[S]) -> Self {
        let rank =
            |state: &Self| STATES.iter().position(|(_, code, _)| state.code() == Some(*code)).unwrap_or(usize::MAX);
        states
            .iter()
            .map(|state| Self::parse(state.as_ref()))
            .min_by_key(rank)
            .unwrap_or_else(|| Self::Unknown(String::new()))
    }

    /// The name as Slurm prints it in full, without who cancelled.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Unknown(name) => name,
            state => state.entry().map_or("", |(name, _, _)| name),
        }
    }

    /// The compact code, `PD`; none for an unknown state.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.entry().map(|(_, code, _)| *code)
    }

    fn entry(&self) -> Option<&'static (&'static str, &'static str, JobState)> {
        STATES.iter().find(|(_, _, state)| std::mem::discriminant(state) == std::mem::discriminant(self))
    }
}

impl FromStr for JobState {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::parse(text))
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled { by: Some(user) } => write!(formatter, "CANCELLED by {user}"),
            state => formatter.write_str(state.name()),
        }
    }
}

impl Serialize for JobState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_name_and_code_is_read_back() {
        let mut seen = HashSet::new();
        for (name, code, state) in STATES {
            assert_eq!(JobState::parse(name), *state);
            assert_eq!(JobState::parse(code), *state);
            assert_eq!(state.to_string(), *name);
            assert_eq!(state.code(), Some(*code));
            assert!(seen.insert(*name) && seen.insert(*code), "{name} or {code} twice");
        }
    }

    #[test]
    fn who_cancelled_is_kept() {
        let state = JobState::parse("CANCELLED by 1000");
        assert_eq!(state, JobState::Cancelled { by: Some(1000) });
        assert_eq!(state.to_string(), "CANCELLED by 1000");
        assert_eq!(JobState::parse("CANCELLED by someone"), JobState::Cancelled { by: None });
    }

    #[test]
    fn names_cut_by_a_column() {
        assert_eq!(JobState::parse("OUT_OF_ME+"), JobState::OutOfMemory);
        assert_eq!(JobState::parse("CANCELLED+"), JobState::Cancelled { by: None });
        assert_eq!(JobState::parse("RE+"), JobState::Unknown("RE+".to_owned()), "fits several");
        assert_eq!(JobState::parse("+"), JobState::Unknown("+".to_owned()));
    }

    #[test]
    fn unknown_states_are_kept_but_not_at_any_length() {
        assert_eq!(JobState::parse("TELEPORTING").to_string(), "TELEPORTING");
        assert_eq!(JobState::parse(&"ü".repeat(10_000)).to_string().chars().count(), MAX_LENGTH);
        assert_eq!(JobState::parse(""), JobState::Unknown(String::new()));
    }

    #[test]
    fn a_flag_hides_the_base_state_as_in_text_output() {
        assert_eq!(JobState::from_list(&["RUNNING", "COMPLETING"]), JobState::Completing);
        assert_eq!(JobState::from_list(&["PENDING", "REQUEUED"]), JobState::Requeued);
        assert_eq!(JobState::from_list(&["FAILED", "LAUNCH_FAILED"]), JobState::Failed);
        assert_eq!(JobState::from_list(&["SOMETHING_NEW", "RUNNING"]), JobState::Running);
        assert_eq!(JobState::from_list(&["CANCELLED"]), JobState::Cancelled { by: None });
        assert_eq!(JobState::from_list::<&str>(&[]), JobState::Unknown(String::new()));
    }
}
