//! A workflow, its job, and what became of it.

use crate::cluster::Cluster;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use trainyard_tests::{program, published, simulated, Child, Finished, Published, PATIENCE};

/// Longer than anything that is waited for takes on a busy machine.
const LONG: Duration = Duration::from_secs(150);

pub struct Submission {
    pub cluster: Arc<Cluster>,
    folder: TempDir,
    output: PathBuf,
    workflow: PathBuf,
}

/// 24 sequences of a tenth of a second or so.
pub fn run() -> PathBuf {
    simulated("powder --trains 24 --pulses 16 --modules 0,5 --codec bitshuffle-lz4")
}

impl Submission {
    /// `slurm` are the entries of the workflow's `slurm:`, separated by commas.
    pub fn new(cluster: &Arc<Cluster>, slurm: &str) -> Self {
        Self::below(cluster, slurm, "", &run())
    }

    /// Everything below a folder of this name.
    pub fn below(cluster: &Arc<Cluster>, slurm: &str, name: &str, run: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let inner = folder.path().join(name);
        std::fs::create_dir_all(&inner).expect("a folder");
        let workflow = inner.join("workflow.yaml");
        let text = format!(
            "run: {run:?}\ngeometry: {:?}\noutput: reduced\nsequence: {{trains: 1}}\nslurm: {{{slurm}}}\nsteps:\n\
             \x20 - integrate-azimuthally: {{unit: q_nm^-1, bins: 100}}\n\
             \x20 - write-frames: {{codec: bitshuffle-lz4}}\n",
            run.join("simulated.geom")
        );
        std::fs::write(&workflow, text).expect("a workflow file");
        Submission { cluster: cluster.clone(), folder, output: inner.join("reduced"), workflow }
    }

    pub fn output(&self) -> &Path {
        &self.output
    }

    fn program(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(program());
        command.env("SLURM_CONF", self.cluster.configuration()).env_remove("TRAINYARD_LOG").args(arguments);
        // from another folder than that of the workflow: paths must not depend on it
        Child::start(command.current_dir("/"))
    }

    pub fn submit(&self, more: &[&str]) -> Finished {
        self.start_submit(more).wait(PATIENCE)
    }

    /// As `submit`, with more variables.
    pub fn submit_from(&self, variables: &[(&str, &str)], more: &[&str]) -> Finished {
        let mut command = Command::new(program());
        command.env("SLURM_CONF", self.cluster.configuration()).env_remove("TRAINYARD_LOG");
        command.envs(variables.iter().copied()).arg("submit").arg(&self.workflow).args(more);
        Child::start(command.current_dir("/")).wait(PATIENCE)
    }

    /// Starts the workflow without Slurm.
    pub fn start_local_run(&self) -> Child {
        self.program(&["run", self.workflow.to_str().expect("Unicode")])
    }

    /// A verb on another folder.
    pub fn on(&self, folder: &Path, verb: &str, more: &[&str]) -> Finished {
        let mut arguments = vec![verb, folder.to_str().expect("Unicode")];
        arguments.extend(more);
        self.program(&arguments).wait(PATIENCE)
    }

    pub fn start_submit(&self, more: &[&str]) -> Child {
        let mut arguments = vec!["submit", self.workflow.to_str().expect("Unicode")];
        arguments.extend(more);
        self.program(&arguments)
    }

    /// `VERB OUTPUT`
    pub fn on_output(&self, verb: &str, more: &[&str]) -> Finished {
        let mut arguments = vec![verb, self.output.to_str().expect("Unicode")];
        arguments.extend(more);
        self.program(&arguments).wait(PATIENCE)
    }

    #[track_caller]
    pub fn status(&self) -> Value {
        let told = self.on_output("status", &["--json"]);
        let failed = matches!(told.code, Some(1..=7));
        let status: Value = serde_json::from_str(&told.stdout).expect("a status is JSON");
        assert_eq!(failed, matches!(status["state"].as_str(), Some("failed" | "unknown")), "{told:?}");
        status
    }

    #[track_caller]
    pub fn until_state(&self, states: &[&str]) -> Value {
        self.until(&format!("{states:?}"), || {
            let status = self.status();
            states.contains(&status["state"].as_str()?).then_some(status)
        })
    }

    /// Waits until `found` finds something.
    #[track_caller]
    pub fn until<T>(&self, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = found() {
                return found;
            }
            assert!(
                started.elapsed() < LONG,
                "waited for {what} in vain; the job says\n{}\n{}",
                self.on_output("status", &[]).stdout,
                self.log()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sequences that the ledger tells of, however often.
    pub fn sequences_done(&self) -> usize {
        self.sequences().into_iter().map(|(sequence, _)| sequence).collect::<BTreeSet<_>>().len()
    }

    /// How often one was made: a start that finds it right notes it again as it is, with the times of its files.
    pub fn sequences_made(&self) -> usize {
        self.sequences().len()
    }

    /// (sequence, when its first file was written)
    fn sequences(&self) -> BTreeSet<(u64, String)> {
        let Ok(files) = std::fs::read_dir(self.output.join(".trainyard/ledger")) else { return BTreeSet::new() };
        let text = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        let of_line = |line: &str| {
            let line: Value = serde_json::from_str(line).ok()?;
            let entry = line["entry"].get("sequence")?;
            Some((entry["sequence"].as_u64()?, entry["files"][0]["stamp"]["modified"].to_string()))
        };
        files.flatten().flat_map(|f| text(f.path()).lines().filter_map(of_line).collect::<Vec<_>>()).collect()
    }

    /// Rank 0 of the start `turn`, stopped once more than `after` sequences are done.
    #[track_caller]
    pub fn stop_rank(&self, turn: u64, after: usize) -> i32 {
        let pid = self.until("a rank at work", || {
            let lease: Value =
                serde_json::from_slice(&std::fs::read(self.output.join(".trainyard/lease.json")).ok()?).ok()?;
            let own = lease["restarts"].as_u64() == Some(turn) && self.sequences_done() > after;
            own.then(|| lease["pid"].as_i64()).flatten()
        });
        let pid = i32::try_from(pid).expect("a process id");
        super::signal(pid, libc::SIGSTOP);
        assert!(super::pending(pid).is_some(), "the rank was faster than the test: make the run longer");
        pid
    }

    /// A job that is back in the queue waits two minutes by Slurm's own rule, unless told otherwise. Some seconds have to
    /// pass: a node refuses a start whose credential is as old as the end of the one before.
    #[track_caller]
    pub fn hurry(&self) {
        let job = self.status()["job"].as_str().expect("a job id").to_owned();
        self.until("the job in the queue", || {
            let (_, state) = self.cluster.slurm("squeue", &["-h", "-o", "%T %r", "-j", &job]);
            (state.trim() == "PENDING BeginTime").then_some(())
        });
        self.until("an earlier start", || {
            self.cluster.slurm("scontrol", &["update", &format!("jobid={job}"), "starttime=now+4"]).0.then_some(())
        });
    }

    /// Process ids of the ranks of a start, by what Slurm's steps run.
    #[track_caller]
    pub fn ranks(&self, expected: usize) -> Vec<i32> {
        let workflow = self.output.join("job/workflow.yaml");
        let is_rank = |pid: &i32| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let words: Vec<&[u8]> = line.split(|b| *b == 0).collect();
            words.get(1) == Some(&&b"run"[..]) && words.get(2) == Some(&workflow.as_os_str().as_encoded_bytes())
        };
        self.until("the ranks", || {
            let all = std::fs::read_dir("/proc").ok()?;
            let pids: Vec<i32> =
                all.filter_map(|e| e.ok()?.file_name().to_str()?.parse().ok()).filter(is_rank).collect();
            (pids.len() == expected).then_some(pids)
        })
    }

    pub fn log(&self) -> String {
        let Ok(files) = std::fs::read_dir(self.output.join("job/log")) else { return String::new() };
        files.flatten().map(|f| std::fs::read_to_string(f.path()).unwrap_or_default()).collect()
    }

    pub fn published(&self) -> Published {
        published(&self.output)
    }

    /// Ends the test unless the output holds the bytes of a run without Slurm.
    #[track_caller]
    pub fn expect_the_bytes_of_a_local_run(&self) {
        let local = self.folder.path().join("local");
        let set = format!("output={local:?}");
        self.program(&["run", self.workflow.to_str().expect("Unicode"), "--set", &set]).wait(PATIENCE).expect(0);
        self.published().same_as(&published(&local), "a job and a local run");
    }
}

impl Drop for Submission {
    fn drop(&mut self) {
        // a test that failed must leave nothing behind that another one waits for
        let record = std::fs::read(self.output.join("job/submitted.json")).ok();
        if let Some(record) = record.and_then(|r| serde_json::from_slice::<Value>(&r).ok()) {
            if let Some(job) = record["job"].as_str() {
                self.cluster.slurm("scancel", &[job]);
            }
        }
    }
}
