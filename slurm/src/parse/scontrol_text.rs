//! `scontrol show job -o`: one line of `Key=value` words for each job.
//!
//! Values are not quoted. Most hold no space and end with their word; a word that is no `Key=value` we know is skipped, as each
//! release prints a few that no earlier one did. Seven values are free text and may hold anything, so each has a list of what can
//! follow it in Slurm's own printer (`slurm_sprint_job_info`), and ends only there. Of a key that occurs twice the first counts.

use super::field;
use crate::{Error, Job, JobId, JobState, Memory, Per, Reason, TimeLimit};

/// Values of one word that are read.
const WORDS: &[&str] = &[
    "JobId",
    "ArrayJobId",
    "ArrayTaskId",
    "HetJobId",
    "HetJobOffset",
    "UserId",
    "Account",
    "JobState",
    "Reason",
    "Restarts",
    "ExitCode",
    "RunTime",
    "TimeLimit",
    "SubmitTime",
    "StartTime",
    "EndTime",
    "Partition",
    "NodeList",
    "NumNodes",
    "NumCPUs",
    "MinMemoryNode",
    "MinMemoryCPU",
    "Reservation",
];

/// Free text, and what may follow it. The name stands ahead of everything, so only the key right behind it ends it; behind the
/// folder come comments, paths and [`LAST`].
const FREE: &[(&str, &[&str])] = &[
    ("JobName", &["UserId"]),
    ("Command", &["WorkDir"]),
    ("WorkDir", &["AdminComment", "SystemComment", "Comment", "StdErr", "StdIn", "StdOut"]),
    ("AdminComment", &["SystemComment", "Comment", "StdErr", "StdIn", "StdOut"]),
    ("SystemComment", &["Comment", "StdErr", "StdIn", "StdOut"]),
    ("Comment", &["StdErr", "StdIn", "StdOut"]),
    ("StdErr", &["StdIn", "StdOut"]),
    ("StdIn", &["StdOut"]),
    ("StdOut", &[]),
];

/// What any release from 20.11 to 25.05 prints behind the paths.
const LAST: &[&str] = &[
    "BatchScript",
    "BurstBuffer",
    "BurstBufferState",
    "Container",
    "ContainerID",
    "CpusPerTres",
    "Extra",
    "GresAllocated",
    "KillOInInvalidDependent",
    "MailType",
    "MailUser",
    "MemPerTres",
    "NtasksPerTRES",
    "OOMKillStep",
    "Power",
    "Prefer",
    "ResizeTime",
    "SegmentSize",
    "StepMgrEnabled",
    "Switches",
    "TresBind",
    "TresFreq",
    "TresPerJob",
    "TresPerNode",
    "TresPerSocket",
    "TresPerTask",
    "WCKey",
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

/// Splits a line into the keys that are read and their values.
fn fields(line: &str) -> Vec<(&'static str, &str)> {
    let mut fields: Vec<(&'static str, &str)> = Vec::new();
    let mut free: Option<(&'static str, &'static [&'static str], usize)> = None;
    let mut position = 0;
    for word in line.split(' ') {
        let start = position;
        position += word.len() + 1;
        let key = word.split_once('=').map(|(key, _)| key);
        if let Some((name, followers, value)) = free {
            let ends = key.is_some_and(|key| {
                followers.contains(&key) || name != "JobName" && name != "Command" && is_last(name, key)
            }) || name == "StdOut" && word.starts_with("NtasksPerTRES:");
            if !ends {
                continue;
            }
            fields.push((name, line.get(value..start.saturating_sub(1)).unwrap_or_default()));
            free = None;
        }
        let Some(key) = key else { continue };
        let is_new = |name: &str| fields.iter().all(|(seen, _)| *seen != name);
        let value = start + key.len() + 1;
        if let Some((name, followers)) = FREE.iter().find(|(name, _)| *name == key && is_new(name)) {
            free = Some((name, followers, value));
        } else if let Some(name) = WORDS.iter().find(|name| **name == key && is_new(name)) {
            fields.push((name, line.get(value..start + word.len()).unwrap_or_default()));
        }
    }
    if let Some((name, _, value)) = free {
        fields.push((name, line.get(value..).unwrap_or_default()));
    }
    fields
}

/// Whether `key` stands behind all paths. After the last path a key that is new to us does too: Slurm's are one word in
/// capitalised letters, longer than what people put before an equal sign in a file name.
fn is_last(name: &str, key: &str) -> bool {
    let looks_like_slurms = || {
        key.len() >= 4
            && key.starts_with(|first: char| first.is_ascii_uppercase())
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/_".contains(&byte))
    };
    LAST.contains(&key) || name == "StdOut" && looks_like_slurms()
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

    /// Words that Slurm's printer of 24.05 adds in some states, each in its place.
    #[test]
    fn words_of_later_releases_are_skipped() {
        let line = "JobId=7 ArrayJobId=7 ArrayTaskId=2-3%1 ArrayTaskThrottle=1 JobName=a b UserId=ann(5) CronJob=Yes CrontabSpec=\"0 * * * *\" JobState=REQUEUED Reason=NodeFail FailedNode=n2 Dependency=(null) Restarts=1 NodeList=n[1-2] BatchFeatures=fast BatchHost=n1 StepMgrEnabled=Yes NumNodes=2 Features=(null) Prefer=fast CpuFreq=low WorkDir=/a b StdErr=/a b/log 7.txt StdIn=/dev/null StdOut=/a b/log 7.txt ResizeTime=5 OOMKillStep=0 Unheard=x ";
        let job = job(line).unwrap();
        assert_eq!(job.reason.as_ref().map(Reason::as_str), Some("NodeFail"));
        assert_eq!(job.node_list.as_deref(), Some("n[1-2]"));
        assert_eq!((job.node_count, job.restarts), (Some(2), Some(1)));
        assert_eq!(job.waiting_tasks.as_deref(), Some("2-3%1"));
        assert_eq!(job.folder.as_deref(), Some("/a b".as_ref()));
        assert_eq!(job.output.as_deref(), Some("/a b/log 7.txt".as_ref()));
        for more in
            ["OOMKillStep=0", "StepMgrEnabled=No", "TresPerTask=cpu=1", "NtasksPerTRES:0", "Power= X=1", "BrandNew=1"]
        {
            let line =
                format!("JobId=7 JobName=a UserId=ann(5) JobState=RUNNING WorkDir=/a StdOut=/a b/k=1 A=2.txt {more}");
            assert_eq!(super::job(&line).unwrap().output.as_deref(), Some("/a b/k=1 A=2.txt".as_ref()), "{more}");
        }
    }

    proptest! {
        #[test]
        fn any_line_is_read_without_panic(line in "(JobId=|JobName=|UserId=|JobState=|[a-z0-9=ü \n]){0,40}") {
            let _ = scontrol_text(&line);
        }
    }
}
