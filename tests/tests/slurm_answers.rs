//! What the program makes of what Slurm's commands say, with commands that are shell scripts: answers that are wrong, late or
//! of another job, and orders that fail. No Slurm is needed.

use serde_json::{json, Value};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use trainyard_tests::{simulated, start_with, Finished, PATIENCE};

/// A folder with Slurm's commands, a workflow, and its output.
struct Cluster {
    folder: tempfile::TempDir,
}

const NOBODY: &str = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1";
const NO_ACCOUNTING: &str = "echo 'Slurm accounting storage is disabled' >&2; exit 1";

impl Cluster {
    fn new() -> Self {
        let cluster = Cluster { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(cluster.path("bin")).unwrap();
        let run = simulated("powder --trains 4 --pulses 4 --modules 0 --codec bitshuffle-lz4");
        let workflow = format!(
            "run: {run:?}\noutput: reduced\nslurm: {{nodes: 1, tasks-per-node: 1, cpus-per-task: 1, memory: none, time: 30}}\n\
             steps:\n  - write-frames\n"
        );
        std::fs::write(cluster.path("workflow.yaml"), workflow).unwrap();
        let nodes = Path::new(env!("CARGO_MANIFEST_DIR")).join("../slurm/tests/recorded/23.11/sinfo.json");
        cluster.command("sinfo", &format!("cat '{}'", nodes.display()));
        cluster.command("sbatch", "cat > /dev/null; echo 7");
        cluster.command("sacct", NO_ACCOUNTING);
        cluster.command("squeue", NOBODY);
        cluster.command("scontrol", NOBODY);
        cluster.command("scancel", "true");
        cluster
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn output(&self) -> PathBuf {
        self.path("reduced")
    }

    /// Each call writes its arguments to `NAME.calls`. The release is one whose JSON is asked for.
    fn command(&self, name: &str, body: &str) {
        let calls = self.path(&format!("{name}.calls"));
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then echo slurm 23.11.4; exit; fi\necho \"$*\" >> '{}'\n{body}\n",
            calls.display()
        );
        let new = self.path("new");
        std::fs::write(&new, script).unwrap();
        std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::rename(&new, self.path("bin").join(name)).unwrap();
    }

    fn answer(&self, name: &str, jobs: &[Value]) {
        let file = self.path(&format!("{name}.out"));
        std::fs::write(&file, json!({"jobs": jobs, "errors": []}).to_string()).unwrap();
        self.command(name, &format!("cat '{}'", file.display()));
    }

    fn calls(&self, name: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.path(&format!("{name}.calls"))).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn program(&self, more: &[(&str, &str)], arguments: &[&str]) -> Finished {
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut environment = vec![("PATH", &*path)];
        environment.extend(more);
        start_with(&environment, arguments).wait(PATIENCE)
    }

    #[track_caller]
    fn submit(&self) {
        let workflow = self.path("workflow.yaml");
        self.program(&[], &["submit", workflow.to_str().unwrap()]).expect(0);
    }

    #[track_caller]
    fn status(&self) -> (Option<i32>, Value) {
        let told = self.program(&[], &["status", self.output().to_str().unwrap(), "--json"]);
        (told.code, serde_json::from_str(&told.stdout).unwrap_or_else(|e| panic!("{e}: {told:?}")))
    }

    fn cancel(&self) -> Finished {
        self.program(&[], &["cancel", self.output().to_str().unwrap()])
    }

    /// The job as submitted, in this state.
    fn own(&self, state: &str) -> Value {
        job(state, "trainyard reduced", &self.output().join("job"), now())
    }
}

fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

/// Job 7 with the keys of both `squeue` and `sacct`.
fn job(state: &str, name: &str, folder: &Path, submitted: u64) -> Value {
    json!({
        "job_id": 7, "name": name, "job_state": [state], "state": {"current": [state]}, "state_reason": "Priority",
        "current_working_directory": folder, "working_directory": folder, "submit_time": submitted,
        "time": {"submission": submitted}, "nodes": "n9",
    })
}

#[test]
fn an_old_job_that_accounting_still_answers_with_is_not_believed() {
    let cluster = Cluster::new();
    cluster.submit();
    let old = job("FAILED", "other", Path::new("/elsewhere"), 1_600_000_000);
    cluster.answer("sacct", std::slice::from_ref(&old));
    cluster.answer("squeue", &[cluster.own("PENDING")]);
    let (code, status) = cluster.status();
    assert_eq!((code, status["state"].as_str()), (Some(0), Some("waiting")), "{status}");
    // the queue has forgotten our job: the old one is told, and no more
    cluster.command("squeue", NOBODY);
    let (code, status) = cluster.status();
    assert_eq!((code, status["state"].as_str()), (Some(5), Some("unknown")), "{status}");
    assert_eq!(
        (status["ignored"][0]["source"].as_str(), status["ignored"][0]["slurm"].as_str()),
        (Some("sacct"), Some("FAILED"))
    );
    assert!(status["nodes"].is_null() && status["slurm"].is_null(), "{status}");
    // ours did end so
    cluster.answer("sacct", &[old, cluster.own("CANCELLED")]);
    assert_eq!(cluster.status().1["state"], "cancelled");
}

#[test]
fn a_job_that_was_given_our_number_is_left_alone() {
    for strange in ["name", "folder", "time"] {
        let cluster = Cluster::new();
        cluster.submit();
        let mut other = cluster.own("RUNNING");
        match strange {
            "name" => other["name"] = "other".into(),
            "folder" => other["current_working_directory"] = "/elsewhere".into(),
            _ => other["submit_time"] = 1_600_000_000.into(),
        }
        cluster.answer("squeue", &[other]);
        cluster.cancel().expect(3).complains(&["job 7 is not the one that was submitted to this folder", "hint: "]);
        assert!(cluster.calls("scancel").is_empty(), "{strange}");
        assert_eq!(cluster.status().1["state"], "unknown", "{strange}");
        // and does not keep us from submitting again
        cluster.submit();
    }
}

#[test]
fn the_right_job_is_cancelled_though_accounting_is_slow_and_useless() {
    let cluster = Cluster::new();
    cluster.submit();
    cluster.answer("squeue", &[cluster.own("RUNNING")]);
    cluster.command("sacct", "exec sleep 2");
    let gone = cluster.path("squeue.out").display().to_string();
    let text = json!({"jobs": [cluster.own("CANCELLED")], "errors": []}).to_string();
    cluster.command("scancel", &format!("echo '{text}' > '{gone}'"));
    cluster.command("scontrol", NOBODY);
    let cancelled = cluster.cancel().expect(0);
    assert_eq!(cluster.calls("scancel"), ["7"], "{}", cancelled.stdout);
}

/// The folder of a job that ran, with the notes of its first start.
fn ran(cluster: &Cluster, notes: &[Value]) -> String {
    cluster.submit();
    let folder = cluster.output().join("job");
    let start = folder.join("notes/7/0");
    std::fs::create_dir_all(&start).unwrap();
    for (rank, note) in notes.iter().enumerate() {
        std::fs::write(start.join(format!("{rank:05}.json")), note.to_string()).unwrap();
    }
    folder.to_str().unwrap().to_owned()
}

fn note(rank: usize, warned: bool, exit: Option<u8>) -> Value {
    json!({
        "job": "7", "rank": rank, "ranks": 2, "started": now() - 5, "updated": now(), "seconds": 5.0, "frames-done": 0,
        "frames-kept": 0, "sequences-done": 0, "bytes-read": 0, "joined": true, "warned": warned, "exit": exit,
    })
}

#[test]
fn the_last_act_needs_neither_accounting_nor_a_disk_nor_a_controller_at_once() {
    let cluster = Cluster::new();
    let folder = ran(&cluster, &[note(0, true, Some(7)), note(1, true, None)]);
    // what stands in the way of a record as a full disk does
    std::fs::create_dir(Path::new(&folder).join("attempts.jsonl")).unwrap();
    cluster.command("sacct", "exec sleep 100");
    cluster.answer("squeue", &[cluster.own("RUNNING")]);
    let tried = cluster.path("tried").display().to_string();
    let away = "echo 'slurm_requeue error: Unable to contact slurm controller (connect failure)' >&2; exit 1";
    cluster.command("scontrol", &format!("echo >> '{tried}'; if [ $(wc -l < '{tried}') -lt 3 ]; then {away}; fi"));
    let begin = std::time::Instant::now();
    let job = [("SLURM_JOB_ID", "7")];
    let concluded = cluster.program(&job, &["conclude", &folder, "--code", "137"]).expect(7);
    assert!(concluded.stderr.contains("back into the queue"), "{}", concluded.stderr);
    assert_eq!(cluster.calls("scontrol"), ["requeue 7", "requeue 7", "requeue 7"]);
    assert!(cluster.calls("sacct").is_empty() && begin.elapsed().as_secs() < 25, "{:?}", begin.elapsed());
}

#[test]
fn a_requeue_that_is_refused_stands_in_the_record() {
    let cluster = Cluster::new();
    let folder = ran(&cluster, &[note(0, true, Some(7)), note(1, true, Some(7))]);
    cluster.answer("squeue", &[cluster.own("RUNNING")]);
    cluster.command("scontrol", "echo 'Access/permission denied for job 7' >&2; exit 1");
    cluster.program(&[("SLURM_JOB_ID", "7")], &["conclude", &folder, "--code", "7"]).expect(7);
    cluster.command("scontrol", NOBODY);
    cluster.answer("squeue", &[cluster.own("FAILED")]);
    let (code, status) = cluster.status();
    assert_eq!((code, status["state"].as_str()), (Some(7), Some("failed")), "{status}");
    assert_eq!(status["attempts"].as_array().unwrap().len(), 1, "{status}");
    assert_eq!(status["attempts"][0]["outcome"], "failed");
    assert!(status["last-error"].to_string().contains("failed to put the job back"), "{status}");
}

#[test]
fn a_rank_killed_while_the_other_was_told_to_end_is_not_tried_again() {
    let cluster = Cluster::new();
    let folder = ran(&cluster, &[note(0, false, Some(7)), note(1, false, None)]);
    cluster.answer("squeue", &[cluster.own("RUNNING")]);
    let job = [("SLURM_JOB_ID", "7")];
    cluster.program(&job, &["conclude", &folder, "--code", "7"]).expect(5).complains(&["killed", "memory"]);
    assert!(cluster.calls("scontrol").is_empty());
}

#[test]
fn another_job_in_the_folder_leaves_the_records_of_the_first_alone() {
    let cluster = Cluster::new();
    let folder = ran(&cluster, &[note(0, false, Some(4)), note(1, false, Some(7))]);
    cluster.command("squeue", NOBODY);
    cluster.program(&[("SLURM_JOB_ID", "7")], &["conclude", &folder, "--code", "4"]).expect(4);
    // submitted by hand
    let second = Path::new(&folder).join("notes/8/0");
    std::fs::create_dir_all(&second).unwrap();
    std::fs::write(second.join("00000.json"), note(0, false, Some(3)).to_string()).unwrap();
    cluster.program(&[("SLURM_JOB_ID", "8")], &["conclude", &folder, "--code", "3"]).expect(3);
    let (_, status) = cluster.status();
    assert_eq!(status["attempts"].as_array().map(Vec::len), Some(1), "{status}");
    assert_eq!((status["job"].as_str(), status["attempts"][0]["exit"].as_u64()), (Some("7"), Some(4)), "{status}");
}

#[test]
fn a_cancelled_job_does_not_put_itself_back_into_the_queue() {
    for state in ["CANCELLED", "COMPLETING", "PENDING", "NODE_FAIL"] {
        let cluster = Cluster::new();
        let folder = ran(&cluster, &[note(0, false, Some(7)), note(1, false, Some(7))]);
        cluster.answer("squeue", &[cluster.own(state)]);
        cluster.program(&[("SLURM_JOB_ID", "7")], &["conclude", &folder, "--code", "7"]).expect(5);
        assert!(cluster.calls("scontrol").is_empty(), "{state}");
    }
}
