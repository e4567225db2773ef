//! Who works in an output folder, and who may take it over.
//!
//! A batch system that puts a job back into its queue says by that: the earlier start of this job is over. Its processes
//! may live on all the same, on a node that only its daemon died on, and hold the lock. So the next start of the *same*
//! job takes the folder over without the lock; any other run has to wait for it.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    pub host: String,
    pub pid: u32,
    /// cluster and number of the batch job
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// how often the batch system had started that job before
    #[serde(default)]
    pub restarts: u64,
}

impl Holder {
    /// This process, and the job it runs in by the variables that Slurm sets.
    pub fn this_process() -> Self {
        Holder { host: host_name(), pid: std::process::id(), ..Holder::read(|name| std::env::var(name).ok()) }
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let cluster = variable("SLURM_CLUSTER_NAME").unwrap_or_default();
        Holder {
            job: variable("SLURM_JOB_ID").map(|id| format!("{cluster}/{id}")),
            restarts: variable("SLURM_RESTART_COUNT").and_then(|n| n.trim().parse().ok()).unwrap_or(0),
            ..Holder::default()
        }
    }

    /// Whether `earlier` is an earlier start of the same job.
    pub fn succeeds(&self, earlier: &Holder) -> bool {
        self.job.is_some() && self.job == earlier.job && self.restarts > earlier.restarts
    }
}

fn host_name() -> String {
    std::fs::read_to_string("/proc/sys/kernel/hostname").map(|h| h.trim().to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Holder;

    fn holder(job: Option<&str>, restarts: &str) -> Holder {
        Holder::read(|name| match name {
            "SLURM_CLUSTER_NAME" => Some("maxwell".into()),
            "SLURM_JOB_ID" => job.map(String::from),
            "SLURM_RESTART_COUNT" => Some(restarts.into()),
            _ => None,
        })
    }

    #[test]
    fn only_a_later_start_of_the_same_job_takes_over() {
        let first = holder(Some("12"), "");
        assert!(holder(Some("12"), "1").succeeds(&first) && holder(Some("12"), "2").succeeds(&holder(Some("12"), "1")));
        assert!(!first.succeeds(&first) && !first.succeeds(&holder(Some("12"), "1")));
        assert!(!holder(Some("13"), "1").succeeds(&first) && !holder(None, "1").succeeds(&holder(None, "0")));
    }
}
