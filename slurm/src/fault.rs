//! Whose fault it was, and what to do: the judgement on a [`JobState`].
//!
//! The dividing line is whether the same job, unchanged, deserves another try. A node that died or a preemption does; a time
//! limit, a lack of memory or an exit code needs a change first, even where resuming would then do.

use crate::JobState;
use serde::Serialize;

/// Who brought a job to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Nobody: it ended well, or has not ended.
    None,
    /// The cluster: the same job may be tried again.
    Cluster,
    /// The job: its program, or what it asked for.
    Job,
    /// A person, or a rule that a person set.
    Person,
}

impl JobState {
    /// Whether the job has ended for good. A job that Slurm put back into the queue has not; nor is an unknown state final.
    #[must_use]
    pub fn is_final(&self) -> bool {
        match self {
            Self::Completed
            | Self::Cancelled { .. }
            | Self::Failed
            | Self::Timeout
            | Self::NodeFail
            | Self::Preempted
            | Self::BootFail
            | Self::Deadline
            | Self::OutOfMemory
            | Self::Revoked
            | Self::LaunchFailed
            | Self::ReconfigFail => true,
            Self::Pending
            | Self::Running
            | Self::Suspended
            | Self::Completing
            | Self::Configuring
            | Self::Resizing
            | Self::Requeued
            | Self::RequeueHold
            | Self::RequeueFed
            | Self::SpecialExit
            | Self::Stopped
            | Self::ReservationDeletedHold
            | Self::Signaling
            | Self::StageOut
            | Self::PowerUpNode
            | Self::UpdateDb
            | Self::Expediting
            | Self::Unknown(_) => false,
        }
    }

    /// Whether the job has ended well.
    #[must_use]
    pub fn is_success(&self) -> bool {
        *self == Self::Completed
    }

    /// Who brought the job to its end.
    #[must_use]
    pub fn fault(&self) -> Fault {
        match self {
            Self::NodeFail | Self::Preempted | Self::BootFail | Self::LaunchFailed | Self::ReconfigFail => {
                Fault::Cluster
            }
            Self::Failed | Self::Timeout | Self::OutOfMemory | Self::SpecialExit => Fault::Job,
            Self::Cancelled { .. } | Self::Deadline | Self::Revoked => Fault::Person,
            _ => Fault::None,
        }
    }

    /// Whether the same job, unchanged, deserves another try: the cluster was at fault.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.is_final() && self.fault() == Fault::Cluster
    }

    /// One sentence on what to do.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Pending => "wait for its turn; the reason says what it waits for",
            Self::Running => "wait for its end",
            Self::Suspended => "wait until an administrator or the scheduler lets it go on",
            Self::Completed => "nothing to do",
            Self::Cancelled { .. } => "someone cancelled it: find out who and why before submitting again",
            Self::Failed => "read the job's log: the program failed, and will again unless something changes",
            Self::Timeout => "ask for more time, or resume where it stopped",
            Self::NodeFail => "a node failed: submit again",
            Self::Preempted => "it made way for another job: submit again, or ask for requeueing",
            Self::BootFail => "a node did not boot: submit again, and tell the administrators if it recurs",
            Self::Deadline => {
                "it could not end before its deadline: submit with a later deadline or a shorter time limit"
            }
            Self::OutOfMemory => "ask for more memory per node, or let the program use less",
            Self::Completing => "it has ended; wait until its nodes are cleared",
            Self::Configuring | Self::PowerUpNode => "wait until its nodes are ready",
            Self::Resizing | Self::Signaling | Self::UpdateDb | Self::Expediting => "wait a moment and ask again",
            Self::Requeued | Self::RequeueFed => "it goes back to the queue by itself: wait",
            Self::RequeueHold => "it is held in the queue after a fault: find the fault, then `scontrol release` it",
            Self::SpecialExit => {
                "it ended with a special exit code and is held: read its log, then `scontrol release` or `scancel` it"
            }
            Self::Stopped => "its processes were stopped: continue them with `scancel --signal=CONT`",
            Self::Revoked => "it runs on another cluster of the federation: ask there",
            Self::ReservationDeletedHold => {
                "its reservation was deleted: change the reservation with `scontrol update`, then release it"
            }
            Self::StageOut => "wait until its files are copied out",
            Self::LaunchFailed => {
                "it could not be started on its nodes: submit again, and tell the administrators if it recurs"
            }
            Self::ReconfigFail => {
                "a node could not be reconfigured for it: submit again, and tell the administrators if it recurs"
            }
            Self::Unknown(_) => "a state that is not known here: ask `scontrol show job`",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const ENDS: [&str; 8] =
        ["OUT_OF_MEMORY", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "CANCELLED", "FAILED", "BOOT_FAIL", "DEADLINE"];

    #[test]
    fn the_bad_ends_are_told_apart() {
        let advice: HashSet<_> = ENDS.iter().map(|name| JobState::parse(name).advice()).collect();
        assert_eq!(advice.len(), ENDS.len());
        for name in ENDS {
            let state = JobState::parse(name);
            assert!(state.is_final() && !state.is_success(), "{name}");
            assert_ne!(state.fault(), Fault::None, "{name}");
            assert!(!state.advice().contains(". "), "one sentence: {name}");
        }
    }

    #[test]
    fn only_the_clusters_faults_are_tried_again() {
        let retried: Vec<_> = ENDS.iter().filter(|name| JobState::parse(name).is_retryable()).collect();
        assert_eq!(retried, [&"NODE_FAIL", &"PREEMPTED", &"BOOT_FAIL"]);
    }

    #[test]
    fn what_may_go_on_is_not_final() {
        for name in ["PD", "R", "S", "CG", "CF", "RQ", "RH", "SE", "ST", "TELEPORTING", ""] {
            let state = JobState::parse(name);
            assert!(!state.is_final() && !state.is_retryable(), "{name}");
        }
    }
}
