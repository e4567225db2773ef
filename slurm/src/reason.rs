//! Why a job waits, or why it ended: Slurm's reason, kept as text and sorted by what it means for the waiting user.
//!
//! Slurm has above a hundred reasons and adds some with each release; an enum of them would be out of date at once. The
//! question behind them has few answers, see [`Waiting`]. Source: squeue(1) "JOB REASON CODES".

use serde::Serialize;
use std::fmt;

/// Slurm's reason, as spelt.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Reason(String);

/// What a waiting job waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Waiting {
    /// Its turn: nodes, priority, licences, its array's throttle.
    Turn,
    /// Another job, or a point in time.
    Condition,
    /// A limit of the user, account or quality of service that others' or own jobs use up now.
    Limit,
    /// Someone has to release it.
    Held,
    /// Nothing that will come by itself: the request has to change.
    Never,
    /// Nodes or a partition that are down.
    Cluster,
    /// Not a reason to wait, or one that is not known here.
    Other,
}

/// Beginnings of reasons; the first that fits decides, so the longer ones stand first.
const KINDS: &[(&str, Waiting)] = &[
    ("DependencyNeverSatisfied", Waiting::Never),
    ("Dependency", Waiting::Condition),
    ("BeginTime", Waiting::Condition),
    ("Priority", Waiting::Turn),
    ("Resources", Waiting::Turn),
    ("Licenses", Waiting::Turn),
    ("JobArrayTaskLimit", Waiting::Turn),
    ("ReservationDeleted", Waiting::Held),
    ("Reservation", Waiting::Condition),
    ("JobHeld", Waiting::Held),
    ("JobHoldMaxRequeue", Waiting::Held),
    ("launch failed requeued held", Waiting::Held),
    ("launch_failed_requeued_held", Waiting::Held),
    ("ReqNodeNotAvail", Waiting::Cluster),
    ("PartitionDown", Waiting::Cluster),
    ("PartitionInactive", Waiting::Cluster),
    ("NodeDown", Waiting::Cluster),
    ("FrontEndDown", Waiting::Cluster),
    ("Nodes required for job are DOWN", Waiting::Cluster),
    ("Nodes_required_for_job_are_DOWN", Waiting::Cluster),
    ("PartitionNodeLimit", Waiting::Never),
    ("PartitionTimeLimit", Waiting::Never),
    ("PartitionConfig", Waiting::Never),
    ("AccountNotAllowed", Waiting::Never),
    ("QOSNotAllowed", Waiting::Never),
    ("BadConstraints", Waiting::Never),
    ("InvalidAccount", Waiting::Never),
    ("InvalidQOS", Waiting::Never),
    ("DeadLine", Waiting::Never),
    // One job alone exceeds what one job may have.
    ("AssocMaxCpuPerJobLimit", Waiting::Never),
    ("AssocMaxNodePerJobLimit", Waiting::Never),
    ("AssocMaxWallDurationPerJobLimit", Waiting::Never),
    ("QOSMaxCpuPerJobLimit", Waiting::Never),
    ("QOSMaxNodePerJobLimit", Waiting::Never),
    ("QOSMaxWallDurationPerJobLimit", Waiting::Never),
    ("QOSMin", Waiting::Never),
    ("AssocMax", Waiting::Limit),
    ("AssocGrp", Waiting::Limit),
    ("AssociationJobLimit", Waiting::Limit),
    ("AssociationResourceLimit", Waiting::Limit),
    ("AssociationTimeLimit", Waiting::Limit),
    ("MaxSubmitJob", Waiting::Limit),
    ("QOS", Waiting::Limit),
];

impl Reason {
    /// Slurm's word for it; none for the texts by which Slurm says that there is no reason.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        // `squeue %R` wraps it in parentheses, `%r` does not.
        let text = text.trim();
        let text = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
        match text {
            "" | "None" | "none" | "null" | "N/A" => None,
            reason => Some(Self(reason.chars().take(256).collect())),
        }
    }

    /// The text as Slurm spelt it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a waiting job waits for.
    #[must_use]
    pub fn waiting(&self) -> Waiting {
        KINDS.iter().find(|(start, _)| self.0.starts_with(start)).map_or(Waiting::Other, |&(_, waiting)| waiting)
    }

    /// One sentence on what to do with a job that waits for this reason.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        match self.waiting() {
            Waiting::Turn => "wait: it starts when its turn comes; a shorter time limit may find a gap earlier",
            Waiting::Condition => "wait: another job or the start time has to come first",
            Waiting::Limit => "wait: a limit of the user, account or quality of service is used up for now",
            Waiting::Held => "it is held: `scontrol release` lets it go, if the hold is yours",
            Waiting::Never => "it will not start as it is: cancel it and change the request",
            Waiting::Cluster => "nodes or the partition are down: wait, or ask for others",
            Waiting::Other => "ask `scontrol show job` for more",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(text: &str) -> Waiting {
        Reason::new(text).unwrap().waiting()
    }

    #[test]
    fn reasons_are_sorted_by_what_they_mean() {
        assert_eq!(waiting("(Priority)"), Waiting::Turn);
        assert_eq!(waiting("Dependency"), Waiting::Condition);
        assert_eq!(waiting("DependencyNeverSatisfied"), Waiting::Never);
        assert_eq!(waiting("ReqNodeNotAvail, UnavailableNodes:node[1-2]"), Waiting::Cluster);
        assert_eq!(waiting("QOSMaxCpuPerUserLimit"), Waiting::Limit);
        assert_eq!(waiting("QOSMaxWallDurationPerJobLimit"), Waiting::Never);
        assert_eq!(waiting("JobHeldUser"), Waiting::Held);
        assert_eq!(waiting("NonZeroExitCode"), Waiting::Other);
    }

    #[test]
    fn no_entry_is_hidden_by_an_earlier_one() {
        for (index, (start, _)) in KINDS.iter().enumerate() {
            assert_eq!(KINDS.iter().position(|(other, _)| start.starts_with(other)), Some(index), "{start}");
        }
    }

    #[test]
    fn no_reason_is_none() {
        for text in ["", "None", "(None)", "(null)", "N/A"] {
            assert_eq!(Reason::new(text), None, "{text}");
        }
        assert_eq!(Reason::new(&"x".repeat(100_000)).unwrap().as_str().len(), 256);
    }
}
