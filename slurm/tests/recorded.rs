//! The parsers on outputs of four releases; see `tests/recorded/README.md`.

use slurm_cli_wrapper::parse::{
    sacct_json, sacct_text, scontrol_text, sinfo_json, sinfo_text, squeue_json, squeue_text,
};
use slurm_cli_wrapper::{ExitCode, Fault, Job, JobId, JobState, Memory, NodeGroup, Per, TimeLimit, UnixTime, Waiting};
use std::path::Path;
use std::time::Duration;

fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.replace('␞', "\u{1e}").replace('␟', "\u{1f}")
}

fn find<'a>(jobs: &'a [Job], id: &str) -> &'a Job {
    let id: JobId = id.parse().unwrap();
    jobs.iter().find(|job| job.id == id).unwrap_or_else(|| panic!("no job {id}"))
}

fn minutes(minutes: u64) -> Option<TimeLimit> {
    Some(TimeLimit::After(Duration::from_secs(minutes * 60)))
}

fn code(code: u32, signal: u32) -> Option<ExitCode> {
    Some(ExitCode { code, signal })
}

#[test]
fn squeue_text_of_20_11() {
    let jobs = squeue_text(&recorded("20.11/squeue.txt")).unwrap();
    assert_eq!(jobs.len(), 5);

    let running = find(&jobs, "8123401");
    assert_eq!(running.state, JobState::Running);
    assert_eq!(running.name.as_deref(), Some("reduce | run 53"));
    assert_eq!(running.nodes().unwrap(), ["max-exfl017", "max-exfl101"]);
    assert_eq!(running.time_limit, minutes(480));
    assert_eq!(running.elapsed, Some(Duration::from_secs(3723)));
    assert_eq!(running.started, Some(UnixTime(1_610_000_100)));
    assert_eq!((running.reason.as_ref(), running.comment.as_ref(), running.memory), (None, None, None));
    assert_eq!(running.reservation.as_deref(), Some("upex_002345"));

    let rest = find(&jobs, "8123402");
    assert_eq!(rest.waiting_tasks.as_deref(), Some("5-99%10"));
    assert_eq!(rest.reason.as_ref().map(|reason| reason.waiting()), Some(Waiting::Turn));
    assert_eq!(rest.comment.as_deref(), Some("array of\ntwo lines"));
    assert_eq!(rest.folder.as_deref(), Some(Path::new("/gpfs/exfel/u/a b")));

    assert_eq!(find(&jobs, "8123402_4").state, JobState::Completing);
    assert_eq!(find(&jobs, "8123402_4").raw_id, Some(8_123_407));

    let stuck = find(&jobs, "8123410");
    assert_eq!(stuck.reason.as_ref().map(|reason| reason.waiting()), Some(Waiting::Cluster));
    assert_eq!(stuck.node_count, Some(4));
    assert_eq!(stuck.time_limit, Some(TimeLimit::Unlimited));
    assert_eq!(stuck.memory, Some(Memory::gibibytes(128)));
    assert_eq!(stuck.name.as_deref(), Some("None"), "a user's word, not Slurm's");

    assert_eq!(find(&jobs, "8123390").state, JobState::OutOfMemory);
}

#[test]
fn sacct_text_of_20_11() {
    let jobs = sacct_text(&recorded("20.11/sacct.txt")).unwrap();
    assert_eq!(jobs.len(), 5);

    let killed = find(&jobs, "8123390");
    assert_eq!((&killed.state, killed.cause()), (&JobState::Failed, &JobState::OutOfMemory));
    assert_eq!(killed.exit_code, code(1, 0));
    assert_eq!(killed.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["batch", "extern", "0"]);
    assert_eq!(killed.peak_memory(), Some(Memory::kibibytes(518_203_124)));
    assert_eq!(killed.comment.as_deref(), Some("first\nsecond"));
    assert_eq!(killed.memory, None, "0n stands for nothing asked");
    assert_eq!(killed.fault(), Fault::Job);

    let cancelled = find(&jobs, "8123391");
    assert_eq!(cancelled.state, JobState::Cancelled { by: Some(1000) });
    assert_eq!(cancelled.memory, Some(Memory::gibibytes(4).per(Per::Cpu)));
    assert_eq!(cancelled.time_limit, Some(TimeLimit::Unlimited));
    assert_eq!((cancelled.started, &cancelled.node_list, cancelled.node_count), (None, &None, None));

    let timeout = find(&jobs, "8123392_7");
    assert_eq!(timeout.state, JobState::Timeout);
    assert_eq!(timeout.time_limit, minutes(90));
    assert_eq!(timeout.memory, Some(Memory::mebibytes(4000).per(Per::Node)));
    assert_eq!(timeout.steps.len(), 1);
    assert_eq!(timeout.steps[0].exit_code, code(0, 15));
    assert_eq!(timeout.steps[0].peak_memory, Some(Memory::mebibytes(1536)));

    let rest = find(&jobs, "8123392");
    assert_eq!(rest.waiting_tasks.as_deref(), Some("8-99%10"));
    assert_eq!(rest.exit_code, None, "it has not ended");
    assert!(find(&jobs, "8123393").is_retryable());
}

#[test]
fn scontrol_text_of_three_releases() {
    let jobs = scontrol_text(&recorded("20.11/scontrol.txt")).unwrap();
    let running = find(&jobs, "8123401");
    assert_eq!(running.name.as_deref(), Some("reduce | run 53"));
    assert_eq!(running.output.as_deref(), Some(Path::new("/gpfs/exfel/u/a b/log 8123401.txt")));
    assert_eq!(running.memory, Some(Memory::gibibytes(4).per(Per::Node)));
    assert_eq!((running.restarts, running.exit_code), (Some(1), None));
    assert_eq!(running.reservation.as_deref(), Some("upex_002345"));
    let failed = find(&jobs, "8123402_4");
    assert_eq!(failed.state, JobState::NodeFail, "the comment's words do not count");
    assert_eq!(failed.comment.as_deref(), Some("JobState=RUNNING is what I want"));
    assert_eq!(failed.memory, Some(Memory::mebibytes(2000).per(Per::Cpu)));

    let jobs = scontrol_text(&recorded("22.05/scontrol.txt")).unwrap();
    assert_eq!(jobs.len(), 6);
    let failed = find(&jobs, "1");
    assert_eq!(failed.name.as_deref(), Some("my | job"));
    assert_eq!(failed.comment.as_deref(), Some("it's \"quoted\" = here"));
    assert_eq!(failed.exit_code, code(3, 0));
    assert_eq!(failed.output.as_deref(), Some(Path::new("/gpfs/exp/run 53/a b 1.txt")));
    assert_eq!(find(&jobs, "2").waiting_tasks.as_deref(), Some("2-3%1"));
    assert_eq!(find(&jobs, "5").time_limit, Some(TimeLimit::Unlimited));

    let jobs = scontrol_text(&recorded("24.05/scontrol.txt")).unwrap();
    let cancelled = find(&jobs, "6001");
    assert_eq!(cancelled.state, JobState::Cancelled { by: None });
    assert_eq!(cancelled.exit_code, code(0, 15));
    assert_eq!(cancelled.output.as_deref(), Some(Path::new("/gpfs/a b/log.txt")));
    assert_eq!(cancelled.comment.as_deref(), Some("beam time"));
}

#[test]
fn text_and_json_of_22_05_tell_the_same() {
    let text = squeue_text(&recorded("22.05/squeue.txt")).unwrap();
    let json = squeue_json(&recorded("22.05/squeue.json")).unwrap();
    let scontrol = scontrol_text(&recorded("22.05/scontrol.txt")).unwrap();
    assert_eq!((text.len(), json.len(), scontrol.len()), (6, 6, 6));
    for job in &text {
        for other in [find(&json, &job.id.to_string()), find(&scontrol, &job.id.to_string())] {
            assert_eq!(other.state, job.state, "{}", job.id);
            assert_eq!(other.name, job.name);
            assert_eq!(other.reason, job.reason);
            assert_eq!(other.raw_id, job.raw_id);
            assert_eq!(other.waiting_tasks, job.waiting_tasks);
            assert_eq!(other.partition, job.partition);
            assert_eq!(other.user, job.user);
            assert_eq!(other.node_list, job.node_list);
            assert_eq!(other.submitted, job.submitted);
            assert_eq!(other.folder, job.folder);
            assert_eq!(other.comment, job.comment);
            assert_eq!(other.memory.map(|memory| memory.kibibytes), job.memory.map(|memory| memory.kibibytes));
        }
    }
    assert_eq!(find(&json, "1").exit_code, code(3, 0));
    assert_eq!(find(&json, "3").memory, Some(Memory::mebibytes(100).per(Per::Node)));
    assert_eq!(find(&json, "3").nodes().unwrap(), ["node1", "node2"]);
    assert_eq!(find(&json, "4").reason.as_ref().map(|reason| reason.waiting()), Some(Waiting::Never));
}

#[test]
fn accounting_of_22_05() {
    let jobs = sacct_text(&recorded("22.05/sacct.txt")).unwrap();
    assert_eq!(jobs.len(), 6);
    let failed = find(&jobs, "20");
    assert_eq!((&failed.state, failed.exit_code), (&JobState::Failed, code(3, 0)));
    assert_eq!(failed.name.as_deref(), Some("a | name"));
    assert_eq!(failed.peak_memory(), Some(Memory::kibibytes(306_372)));
    assert_eq!(find(&jobs, "22").state, JobState::Cancelled { by: Some(0) });
    assert_eq!(find(&jobs, "22").nodes().unwrap(), ["node2", "node3"]);
    assert_eq!(find(&jobs, "22").memory, Some(Memory::mebibytes(200)));
    assert_eq!(find(&jobs, "10").ends, None);
    assert_eq!((find(&jobs, "1").time_limit, find(&jobs, "1").cpus), (None, None));
    assert_eq!(find(&jobs, "21_5").steps.len(), 1);

    let json = sacct_json(&recorded("22.05/sacct.json")).unwrap();
    let same = find(&json, "20");
    assert_eq!((&same.state, &same.name, same.peak_memory()), (&failed.state, &failed.name, failed.peak_memory()));
    assert_eq!((same.started, same.ends, same.time_limit), (failed.started, failed.ends, failed.time_limit));
    assert_eq!(same.exit_code, None, "this release prints success for a failed job");
    assert_eq!(find(&json, "29").state, JobState::Pending);
    assert_eq!(find(&json, "29_1").state, JobState::Completed);
    assert_eq!(find(&json, "30").state, JobState::Requeued);
    assert_eq!(find(&json, "30").steps[0].exit_code, code(0, 15));
}

#[test]
fn sacct_json_of_22_05() {
    let jobs = sacct_json(&recorded("22.05/sacct.json")).unwrap();
    let job = find(&jobs, "4001");
    assert_eq!(job.state, JobState::Timeout);
    assert_eq!(job.exit_code, code(0, 9));
    assert_eq!(job.memory, Some(Memory::mebibytes(2000).per(Per::Cpu)));
    assert_eq!((job.cpus, job.node_count), (Some(144), Some(2)));
    assert_eq!(job.time_limit, minutes(90));
    assert_eq!(job.comment.as_deref(), Some("beam time"));
    assert_eq!(job.steps[0].id, "batch");
    assert_eq!(job.steps[0].state, JobState::Cancelled { by: None });
    assert_eq!(job.peak_memory(), Some(Memory::mebibytes(7)));
}

#[test]
fn squeue_json_of_23_11() {
    let jobs = squeue_json(&recorded("23.11/squeue.json")).unwrap();
    assert_eq!(jobs.len(), 6);
    let running = find(&jobs, "5001");
    assert_eq!(running.state, JobState::Running);
    assert_eq!(running.time_limit, minutes(480));
    assert_eq!(running.node_count, Some(2));
    assert_eq!(running.started, Some(UnixTime(1_700_000_100)));
    assert_eq!(running.memory, None);
    assert_eq!(running.output.as_deref(), Some(Path::new("/gpfs/a b/log.txt")));
    let rest = find(&jobs, "5002");
    assert_eq!(rest.waiting_tasks.as_deref(), Some("5-99%10"));
    assert_eq!(rest.time_limit, Some(TimeLimit::Unlimited));
    assert_eq!(rest.memory, Some(Memory::mebibytes(2000).per(Per::Cpu)));
    assert_eq!(find(&jobs, "5002_4").state, JobState::Completing);
    assert_eq!(find(&jobs, "5002_0").exit_code, code(3, 0));
    assert_eq!(find(&jobs, "5009").restarts, Some(2));
    assert!(find(&jobs, "5009").is_retryable());
    assert_eq!(find(&jobs, "5010+1").memory, Some(Memory::mebibytes(4000).per(Per::Node)));
}

#[test]
fn sacct_json_of_23_11() {
    let jobs = sacct_json(&recorded("23.11/sacct.json")).unwrap();
    assert_eq!(jobs.len(), 4);
    let done = find(&jobs, "5001");
    assert!(done.state.is_success());
    assert_eq!(done.exit_code, code(0, 0));
    assert_eq!(done.comment.as_deref(), Some("beam time"));
    assert_eq!(done.peak_memory(), Some(Memory::gibibytes(3)));
    assert_eq!(done.steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), ["batch", "0"]);
    let killed = find(&jobs, "5003");
    assert_eq!(killed.cause(), &JobState::OutOfMemory);
    assert_eq!(killed.steps[1].exit_code, code(0, 9));
    assert_eq!(find(&jobs, "5002_0").state, JobState::Timeout);
    let rest = find(&jobs, "5002");
    assert_eq!(rest.waiting_tasks.as_deref(), Some("5-99%10"));
    assert_eq!((rest.time_limit, &rest.node_list, rest.started), (Some(TimeLimit::Unlimited), &None, None));
}

#[test]
fn json_of_24_05() {
    let jobs = squeue_json(&recorded("24.05/squeue.json")).unwrap();
    assert_eq!(find(&jobs, "6001").exit_code, code(0, 15));
    assert_eq!(find(&jobs, "6002").state, JobState::Requeued);
    assert!(!find(&jobs, "6002").state.is_final());
    assert_eq!(find(&jobs, "6003").state, JobState::Pending, "flags that text never shows stand back");
    assert_eq!(find(&jobs, "6004").state, JobState::OutOfMemory);
    assert_eq!(find(&jobs, "6005").fault(), Fault::Person);

    let jobs = sacct_json(&recorded("24.05/sacct.json")).unwrap();
    assert_eq!(find(&jobs, "6001").restarts, Some(3));
    assert_eq!(find(&jobs, "6001").output.as_deref(), Some(Path::new("/gpfs/a b/%j.txt")));
    let preempted = find(&jobs, "6008+1");
    assert!(preempted.is_retryable());
    assert_eq!(preempted.memory, Some(Memory::mebibytes(2000).per(Per::Cpu)));
}

fn group<'a>(groups: &'a [NodeGroup], partition: &str, node: &str) -> &'a NodeGroup {
    groups
        .iter()
        .find(|group| {
            group.partition.as_deref() == Some(partition) && group.nodes().unwrap().iter().any(|name| name == node)
        })
        .unwrap_or_else(|| panic!("no {node} in {partition}"))
}

#[test]
fn nodes_of_all_releases() {
    let groups = sinfo_text(&recorded("20.11/sinfo.txt")).unwrap();
    assert_eq!(groups.len(), 3, "the partition without nodes is left out");
    let drained = group(&groups, "upex", "max-exfl017");
    assert!(!drained.state.is_usable() && !drained.state.is_responding());
    assert_eq!(drained.memory, Some(Memory::mebibytes(512_000)));
    assert_eq!(drained.features, ["cpu", "ib", "6140"]);
    assert_eq!(group(&groups, "upex", "max-exfl140").count, 40);
    let idle = group(&groups, "all", "max-exflg008");
    assert!(idle.state.is_idle() && idle.is_default == Some(true));
    assert_eq!(idle.time_limit, Some(TimeLimit::Unlimited));
    assert_eq!(idle.gres.as_deref(), Some("gpu:v100:4(S:0-1)"));

    let text = sinfo_text(&recorded("22.05/sinfo.txt")).unwrap();
    let json = sinfo_json(&recorded("22.05/sinfo.json")).unwrap();
    for (node, idle) in [("node1", false), ("node2", false), ("node3", true), ("node4", true)] {
        for groups in [&text, &json] {
            let group = group(groups, "main", node);
            assert!(group.state.is_usable(), "{node}");
            assert_eq!(group.state.is_idle(), idle, "{node} {}", group.state);
            assert_eq!((group.cpus, group.memory), (Some(4), Some(Memory::mebibytes(4000))));
        }
    }

    let groups = sinfo_json(&recorded("23.11/sinfo.json")).unwrap();
    assert_eq!(groups.len(), 3);
    assert!(group(&groups, "upex", "max-exfl102").state.is_idle());
    assert!(!group(&groups, "upex", "max-exfl017").state.is_usable());
    assert_eq!(group(&groups, "upex", "max-exfl101").time_limit, minutes(20_160));
    assert_eq!(group(&groups, "all", "max-exflg006").time_limit, Some(TimeLimit::Unlimited));
    assert_eq!(group(&groups, "all", "max-exflg006").availability.as_deref(), Some("up"));

    let groups = sinfo_json(&recorded("24.05/sinfo.json")).unwrap();
    assert!(!group(&groups, "upex", "max-exfl101").state.is_responding());
    assert!(group(&groups, "upex", "max-exfl102").state.is_usable());
}

/// Some 200 cuts and changed bytes of each recorded output are read without panic.
#[test]
fn damaged_outputs_do_no_harm() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded");
    let mut files = 0;
    for folder in ["20.11", "22.05", "23.11", "24.05"] {
        for entry in std::fs::read_dir(root.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let json = path.extension().unwrap() == "json";
            let text = recorded(path.strip_prefix(&root).unwrap().to_str().unwrap());
            let read = |text: &str| -> bool {
                match (name.as_str(), json) {
                    ("squeue", false) => squeue_text(text).is_ok(),
                    ("squeue", true) => squeue_json(text).is_ok(),
                    ("sacct", false) => sacct_text(text).is_ok(),
                    ("sacct", true) => sacct_json(text).is_ok(),
                    ("scontrol", _) => scontrol_text(text).is_ok(),
                    ("sinfo", false) => sinfo_text(text).is_ok(),
                    ("sinfo", true) => sinfo_json(text).is_ok(),
                    (other, _) => panic!("no parser for {other}"),
                }
            };
            assert!(read(&text), "{}", path.display());
            if json {
                assert!(!read(&text[..text.trim_end().len() - 1]), "{}", path.display());
            }
            let step = (text.len() / 200).max(1);
            for at in (0..text.len()).step_by(step).filter(|&at| text.is_char_boundary(at)) {
                read(&text[..at]);
                let mut bytes = text.clone().into_bytes();
                bytes[at] = [b'9', b'"', b'=', 0x1e, 0x1f, b'[', b'-'][at % 7];
                read(&String::from_utf8_lossy(&bytes));
            }
            files += 1;
        }
    }
    assert_eq!(files, 18);
}

#[test]
fn other_text_is_refused_with_an_excerpt() {
    for error in [
        squeue_text("srun: something").unwrap_err(),
        squeue_json("[]").unwrap_err(),
        squeue_json("{\"jobs\": [{}]}").unwrap_err(),
        sacct_text("1\u{1f}2").unwrap_err(),
        sacct_json("").unwrap_err(),
        scontrol_text("JobName=x").unwrap_err(),
        sinfo_text("PARTITION AVAIL").unwrap_err(),
        sinfo_json("{}").unwrap_err(),
    ] {
        assert!(matches!(error, slurm_cli_wrapper::Error::Unparsable { .. }), "{error}");
    }
    assert!(squeue_text("").unwrap().is_empty());
    assert!(squeue_text("CLUSTER: maxwell\n").unwrap().is_empty());
    assert!(sacct_text("\n").unwrap().is_empty());
    assert!(scontrol_text("No jobs in the system\n").unwrap().is_empty());
}
