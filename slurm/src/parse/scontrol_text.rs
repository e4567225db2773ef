//! `scontrol show job -o`: one line of `Key=value` words for each job.
//!
//! Values may hold spaces (names, comments, paths) and are not quoted, so a field ends where a word begins with a key that is
//! known to follow. Of a key that occurs twice the first counts, except that the name, which stands ahead of everything and
//! may hold anything, ends only at `UserId=`.

use super::field;
use crate::{Error, Job, JobId, JobState, Memory, Per, Reason, TimeLimit};

/// The keys that any release from 20.11 to 24.05 prints for a job. Those that are not read still end the field before them.
const KEYS: &[&str] = &[
    "JobId",
    "ArrayJobId",
    "ArrayTaskId",
    "ArrayTaskThrottle",
    "HetJobId",
    "HetJobOffset",
    "HetJobIdSet",
    "JobName",
    "UserId",
    "GroupId",
    "MCS_label",
    "Priority",
    "Nice",
    "Account",
    "QOS",
    "WCKey",
    "JobState",
    "Reason",
    "Dependency",
    "Requeue",
    "Restarts",
    "BatchFlag",
    "Reboot",
    "ExitCode",
    "DerivedExitCode",
    "RunTime",
    "TimeLimit",
    "TimeMin",
    "SubmitTime",
    "EligibleTime",
    "AccrueTime",
    "StartTime",
    "EndTime",
    "Deadline",
    "PreemptEligibleTime",
    "PreemptTime",
    "SuspendTime",
    "SecsPreSuspend",
    "LastSchedEval",
    "Scheduler",
    "Partition",
    "AllocNode:Sid",
    "ReqNodeList",
    "ExcNodeList",
    "NodeList",
    "SchedNodeList",
    "BatchHost",
    "NumNodes",
    "NumCPUs",
    "NumTasks",
    "CPUs/Task",
    "ReqB:S:C:T",
    "ReqTRES",
    "AllocTRES",
    "TRES",
    "Socks/Node",
    "NtasksPerN:B:S:C",
    "CoreSpec",
    "JOB_GRES",
    "Nodes",
    "MinCPUsNode",
    "MinMemoryNode",
    "MinMemoryCPU",
    "MinTmpDiskNode",
    "Features",
    "Reservation",
    "DelayBoot",
    "OverSubscribe",
    "Contiguous",
    "Licenses",
    "LicensesAlloc",
    "Network",
    "Command",
    "WorkDir",
    "Comment",
    "AdminComment",
    "SystemComment",
    "StdErr",
    "StdIn",
    "StdOut",
    "Power",
    "TresPerNode",
    "TresPerTask",
    "TresPerJob",
    "TresBind",
    "TresFreq",
    "CpusPerTres",
    "MemPerTres",
    "MailUser",
    "MailType",
    "KillOInInvalidDependent",
    "Switches",
    "BurstBuffer",
    "FedOrigin",
    "FedViableSiblings",
    "FedActiveSiblings",
    "Container",
    "ContainerID",
    "Extra",
    "ClusterFeatures",
    "GresEnforceBind",
    "SegmentSize",
    "NtasksPerTRES",
];

/// Reads jobs as `scontrol show job -o` prints them.
///
/// # Errors
/// [`Error::Unparsable`] if a line does not begin with a job id.
pub fn scontrol_text(text: &str) -> Result<Vec<Job>, Error> {
    text.lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty() && *line != "No jobs in the system")
        .map(|line| job(line).ok_or_else(|| Error::unparsable("scontrol", "a job", line)))
        .collect()
}

fn job(line: &str) -> Option<Job> {
    let fields = fields(line);
    let get = |key: &str| fields.iter().find(|(name, _)| *name == key).map(|(_, value)| value.trim_end());
    let raw_id: u32 = get("JobId")?.parse().ok().filter(|&id| id > 0)?;
    let mut waiting_tasks = None;
    let id = if let Some(array) = get("ArrayJobId") {
        let tasks = get("ArrayTaskId").unwrap_or_default();
        let task = tasks.parse().ok();
        if task.is_none() {
            waiting_tasks = field::text(tasks);
        }
        JobId { task, ..JobId::new(array.parse().ok()?) }
    } else if let Some(leader) = get("HetJobId") {
        JobId {
            component: get("HetJobOffset").and_then(|offset| offset.parse().ok()),
            ..JobId::new(leader.parse().ok()?)
        }
    } else {
        JobId::new(raw_id)
    };
    let mut job = Job::new(id, JobState::parse(get("JobState")?));
    let text = |key: &str| get(key).and_then(field::text);
    let free_text = |key: &str| get(key).and_then(field::free_text);
    job.raw_id = Some(raw_id);
    job.waiting_tasks = waiting_tasks;
    job.name = free_text("JobName");
    job.reason = get("Reason").and_then(Reason::new);
    job.exit_code = get("ExitCode").and_then(|code| code.parse().ok()).filter(|_| job.state.is_final());
    job.partition = text("Partition");
    job.account = text("Account");
    // `root(0)`
    job.user = text("UserId").map(|user| user.split('(').next().unwrap_or_default().to_owned());
    job.reservation = text("Reservation");
    job.node_count = get("NumNodes").and_then(field::count);
    job.cpus = get("NumCPUs").and_then(field::count);
    let memory = |key: &str| get(key).and_then(Memory::parse).filter(|memory| memory.kibibytes > 0);
    job.memory = memory("MinMemoryNode")
        .map(|memory| memory.per(Per::Node))
        .or_else(|| memory("MinMemoryCPU").map(|memory| memory.per(Per::Cpu)));
    job.time_limit = get("TimeLimit").and_then(TimeLimit::parse);
    job.elapsed = get("RunTime").and_then(crate::time_limit::parse_duration);
    job.submitted = get("SubmitTime").and_then(field::time);
    job.started = get("StartTime").and_then(field::time);
    job.ends = get("EndTime").and_then(field::time);
    job.node_list = text("NodeList");
    job.folder = free_text("WorkDir").map(Into::into);
    job.output = free_text("StdOut").map(Into::into);
    job.comment = free_text("Comment");
    job.restarts = get("Restarts").and_then(field::count);
    Some(job)
}

/// Splits a line into keys and values. A value keeps the spaces within it.
fn fields(line: &str) -> Vec<(&'static str, &str)> {
    let mut starts: Vec<(&'static str, usize, usize)> = Vec::new();
    let mut position = 0;
    for word in line.split(' ') {
        let start = position;
        position += word.len() + 1;
        let Some((key, _)) = word.split_once('=') else { continue };
        let Some(key) = KEYS.iter().find(|known| **known == key) else { continue };
        let in_name = starts.last().is_some_and(|(last, _, _)| *last == "JobName");
        if (in_name && *key != "UserId") || starts.iter().any(|(seen, _, _)| seen == key) {
            continue;
        }
        starts.push((key, start, start + key.len() + 1));
    }
    let ends = starts.iter().skip(1).map(|(_, start, _)| start.saturating_sub(1)).chain([line.len()]);
    starts.iter().zip(ends).map(|((key, _, value), end)| (*key, line.get(*value..end).unwrap_or_default())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_and_paths_with_spaces_and_equal_signs() {
        let line = "JobId=7 JobName=a  b JobState=FAILED x=1 UserId=ann(5) JobState=RUNNING ExitCode=0:0 WorkDir=/a b Comment=JobName=evil StdOut=/a b/log 7.txt Power= ";
        let job = job(line).unwrap();
        assert_eq!(job.name.as_deref(), Some("a  b JobState=FAILED x=1"));
        assert_eq!(job.state, JobState::Running);
        assert_eq!(job.user.as_deref(), Some("ann"));
        assert_eq!(job.folder.as_deref(), Some("/a b".as_ref()));
        assert_eq!(job.comment.as_deref(), Some("JobName=evil"));
        assert_eq!(job.output.as_deref(), Some("/a b/log 7.txt".as_ref()));
        assert_eq!(job.exit_code, None, "it has not ended");
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_panic(line in "(JobId=|JobName=|UserId=|JobState=|[a-z0-9=ü \n]){0,40}") {
            let _ = scontrol_text(&line);
        }
    }
}
