//! What Slurm's error texts mean.
//!
//! The commands have no useful exit codes (1 for everything), so the text on stderr is all there is. The phrases are those
//! of `slurm_strerror` and of the commands themselves; they have been stable from 20.11 to 24.05.

/// The meaning of a command's error text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// No connection to `slurmctld` (or its backup).
    ControllerUnreachable,
    /// No connection to `slurmdbd`.
    AccountingUnreachable,
    /// The cluster keeps no accounting: `sacct` has nothing to say, for any job.
    AccountingDisabled,
    /// The controller does not know the job (any more).
    NoSuchJob,
    /// The job has ended already.
    AlreadyFinished,
    /// No such partition, or it is not open to this user.
    Partition,
    /// No such account, or no right to use it with this partition.
    Account,
    /// No such reservation, or it is not open to this user.
    Reservation,
    /// No node can ever satisfy the request.
    Unsatisfiable,
    /// A limit of the site: too many jobs, too long, too large.
    Limit,
    /// The user lacks the right.
    NotPermitted,
    /// The command lacks an option or a plug-in that was asked for.
    Unsupported,
    /// Any other text.
    Other,
}

/// Lower-case phrases; the first that the text contains decides.
const PHRASES: &[(&str, Failure)] = &[
    ("accounting storage is disabled", Failure::AccountingDisabled),
    ("accounting is disabled", Failure::AccountingDisabled),
    ("slurmdbd", Failure::AccountingUnreachable),
    ("slurm_persist_conn_open", Failure::AccountingUnreachable),
    ("problem talking to the database", Failure::AccountingUnreachable),
    ("unable to contact slurm controller", Failure::ControllerUnreachable),
    ("socket timed out", Failure::ControllerUnreachable),
    ("connection refused", Failure::ControllerUnreachable),
    ("zero bytes were transmitted", Failure::ControllerUnreachable),
    ("slurm backup controller in standby", Failure::ControllerUnreachable),
    ("temporarily unable to accept job", Failure::ControllerUnreachable),
    ("invalid job id", Failure::NoSuchJob),
    ("already completing or completed", Failure::AlreadyFinished),
    ("invalid partition", Failure::Partition),
    ("user's group not permitted to use this partition", Failure::Partition),
    ("invalid account", Failure::Account),
    ("reservation", Failure::Reservation),
    ("requested node configuration is not available", Failure::Unsatisfiable),
    ("invalid feature specification", Failure::Unsatisfiable),
    ("invalid node name", Failure::Unsatisfiable),
    ("memory specification can not be satisfied", Failure::Unsatisfiable),
    ("more processors requested than permitted", Failure::Unsatisfiable),
    ("node count specification invalid", Failure::Unsatisfiable),
    ("violates accounting/qos policy", Failure::Limit),
    ("job size limit", Failure::Limit),
    ("time limit is invalid", Failure::Limit),
    ("limit exceeded", Failure::Limit),
    ("access/permission denied", Failure::NotPermitted),
    ("access denied", Failure::NotPermitted),
    ("unrecognized option", Failure::Unsupported),
    ("invalid option", Failure::Unsupported),
    ("unknown option", Failure::Unsupported),
    ("invalid field requested", Failure::Unsupported),
    ("serializer", Failure::Unsupported),
    ("data_parser", Failure::Unsupported),
];

impl Failure {
    /// The meaning of a command's error text.
    #[must_use]
    pub fn of(stderr: &str) -> Self {
        let text = stderr.to_lowercase();
        PHRASES.iter().find(|(phrase, _)| text.contains(phrase)).map_or(Self::Other, |&(_, failure)| failure)
    }

    /// Whether the same command may succeed later.
    #[must_use]
    pub fn is_transient(self) -> bool {
        matches!(self, Self::ControllerUnreachable | Self::AccountingUnreachable)
    }

    /// One sentence on what to do.
    #[must_use]
    pub fn hint(self) -> Option<&'static str> {
        Some(match self {
            Self::ControllerUnreachable => "the controller is down or restarting: try again in some minutes; jobs keep running meanwhile",
            Self::AccountingUnreachable => "the accounting database is away: running jobs are not affected; try again later",
            Self::AccountingDisabled => "this cluster keeps no accounting: finished jobs are known for a short time only",
            Self::NoSuchJob => "the controller forgets a job some minutes after its end: check the id, or the job's own log",
            Self::AlreadyFinished => return None,
            Self::Partition => "`sinfo` lists the partitions that are open to you",
            Self::Account => "`sacctmgr show associations user=$USER` lists the accounts that you may use",
            Self::Reservation => "`scontrol show reservation` lists the reservations; they have an owner, a start and an end",
            Self::Unsatisfiable => "no node offers this: ask for fewer cores, less memory or another constraint; `sinfo -Nl` lists the nodes",
            Self::Limit => "a limit of the site: `scontrol show partition` and `sacctmgr show qos` name it",
            Self::NotPermitted => "the job belongs to someone else, or your account lacks the right",
            Self::Unsupported => "this Slurm is older than the option",
            Self::Other => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_that_slurm_prints() {
        for (text, failure) in [
            ("Slurm accounting storage is disabled", Failure::AccountingDisabled),
            ("slurm_load_jobs error: Invalid job id specified", Failure::NoSuchJob),
            ("slurm_load_jobs error: Unable to contact slurm controller (connect failure)", Failure::ControllerUnreachable),
            ("sbatch: error: Batch job submission failed: Invalid partition name specified", Failure::Partition),
            ("sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified", Failure::Account),
            ("sbatch: error: Batch job submission failed: Requested node configuration is not available", Failure::Unsatisfiable),
            ("sbatch: error: Batch job submission failed: Requested reservation is invalid", Failure::Reservation),
            ("squeue: unrecognized option '--json'", Failure::Unsupported),
            ("sacct: error: slurm_persist_conn_open_without_init: failed to open persistent connection to host:db:6819: Connection refused", Failure::AccountingUnreachable),
            ("scancel: error: Kill job error on job id 7: Access/permission denied", Failure::NotPermitted),
            ("something new", Failure::Other),
        ] {
            assert_eq!(Failure::of(text), failure, "{text}");
        }
    }

    #[test]
    fn every_phrase_is_lower_case_and_can_be_reached() {
        for (phrase, failure) in PHRASES {
            assert_eq!(*phrase, phrase.to_lowercase());
            assert_eq!(Failure::of(phrase), *failure, "{phrase} is hidden by an earlier phrase");
        }
    }
}
