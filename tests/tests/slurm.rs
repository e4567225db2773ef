//! Jobs on a real Slurm of four virtual nodes, one test for each thing that a job may meet.
//!
//! Run with `TRAINYARD_SLURM_TESTS=1`; needs Debian's `slurmctld slurmd slurm-client slurm-wlm-basic-plugins munge`, and for
//! ranks on several nodes a program built with `--features mpi`. The virtual nodes share one machine, where Open MPI's
//! shared memory between "nodes" collides: hence `OMPI_MCA_btl`.

#[path = "slurm/cluster.rs"]
mod cluster;
#[path = "slurm/submission.rs"]
mod submission;

use cluster::Cluster;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use submission::Submission;
use trainyard_tests::PATIENCE;

const ONE_NODE: &str = "nodes: 1, cpus-per-task: 1";
const TWO_NODES: &str = "nodes: 2, cpus-per-task: 1, environment: {OMPI_MCA_btl: \"self,tcp\"}";

fn signal(pid: i32, signal: i32) {
    // SAFETY: `kill` touches no memory. The process was looked up just before; at worst it has ended.
    unsafe { libc::kill(pid, signal) };
}

/// Signals sent to the process that it has not taken yet.
fn pending(pid: i32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let mask = status.lines().find_map(|l| l.strip_prefix("ShdPnd:"))?;
    u64::from_str_radix(mask.trim(), 16).ok()
}

fn outcomes(status: &Value) -> Vec<&str> {
    status["attempts"].as_array().expect("attempts").iter().map(|a| a["outcome"].as_str().unwrap_or("?")).collect()
}

#[test]
fn a_job_on_two_nodes_gives_the_bytes_of_a_local_run() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, TWO_NODES);
    let submitted = job.submit(&["--wait"]);
    if submitted.stderr.contains("this program was built without it") {
        println!("skipped: the program is built without MPI");
        return;
    }
    let submitted = submitted.expect(0);
    let id = submitted.stdout.lines().next().unwrap_or_default();
    assert!(id.parse::<u32>().is_ok(), "the job id comes first: {}", submitted.stdout);
    let status = job.status();
    assert_eq!((status["state"].as_str(), status["job"].as_str()), (Some("done"), Some(id)));
    assert_eq!((status["sequences-done"].as_u64(), status["frames-kept"].as_u64()), (Some(24), Some(384)));
    assert!(status["frames-per-second"].as_f64() > Some(0.0) && status["bytes-per-second"].as_f64() > Some(0.0));
    for rank in ["00000", "00001"] {
        let note: Value =
            serde_json::from_slice(&std::fs::read(job.output().join(format!("job/notes/{id}/0/{rank}.json"))).unwrap())
                .unwrap();
        assert_eq!((note["ranks"].as_u64(), note["exit"].as_u64()), (Some(2), Some(0)));
    }
    job.expect_the_bytes_of_a_local_run();
    job.submit(&[]).expect(0);
    assert_eq!(job.status()["job"].as_str(), Some(id), "a finished reduction is not submitted again");
}

#[test]
fn a_job_that_meets_its_time_limit_twice_finishes_with_the_same_bytes() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    job.submit(&["--time", "1"]).expect(0);
    let mut done = 0;
    for turn in 0..2 {
        // held until Slurm's warning comes, with which it goes on: the run is small, and the shortest limit is a minute
        let pid = job.stop_rank(turn, done);
        job.until("the end of this start", || {
            if pending(pid).is_some_and(|mask| mask & (1 << (libc::SIGUSR1 - 1)) != 0) {
                signal(pid, libc::SIGCONT);
            }
            (outcomes(&job.status()).len() as u64 > turn).then_some(())
        });
        done = job.sequences_done();
        job.hurry();
    }
    let status = job.until_state(&["done", "failed"]);
    assert_eq!(status["state"], "done", "{status}\n{}", job.log());
    assert_eq!(outcomes(&status), ["interrupted", "interrupted", "done"]);
    let units: Vec<u64> =
        status["attempts"].as_array().unwrap().iter().filter_map(|a| a["units-done"].as_u64()).collect();
    assert!(
        0 < units[0] && units[0] < units[1] && units[1] < units[2],
        "each start goes on where the last one stopped: {units:?}"
    );
    job.expect_the_bytes_of_a_local_run();
}

#[test]
fn a_cancelled_job_ends_and_another_resumes_it() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    job.submit(&[]).expect(0);
    job.stop_rank(0, 0);
    let status = job.status();
    assert_eq!(status["state"], "running");
    assert!(status["sequences-done"].as_u64() < Some(24));
    let cancelled = job.on_output("cancel", &[]).expect(0);
    assert!(cancelled.stdout.contains("CANCELLED"), "{}", cancelled.stdout);
    assert_eq!(job.until_state(&["cancelled"])["published"], false);
    assert!(job.on_output("cancel", &[]).expect(0).stdout.contains("has ended already"));
    let done = job.sequences_done();
    assert!(done > 0);
    // the lock goes with the last process of the cancelled job
    job.submit(&["--wait"]).expect(0);
    assert!(job.sequences_made() < 24 + done, "finished sequences are not done again");
    job.expect_the_bytes_of_a_local_run();
}

#[test]
fn a_lack_of_memory_is_told_and_not_tried_again() {
    let Some(cluster) = Cluster::shared() else { return };
    let hog = "launcher: \"srun --mpi=none sh -c '(head -c 1500M /dev/zero; sleep 60) | tail >/dev/null' --\", memory: 300MiB";
    let job = Submission::new(&cluster, &format!("{ONE_NODE}, {hog}"));
    let ended = job.submit(&["--wait"]);
    let status = job.status();
    let state = status["slurm"].as_str().unwrap_or_default();
    println!("out of memory: enforced by this Slurm (accounting plug-in), which says {state}");
    ended.expect(5);
    assert_eq!(status["state"], "failed", "{status}");
    assert!(job.log().to_lowercase().contains("memory limit"), "{}", job.log());
    assert!(
        status["last-error"].to_string().contains("memory") || state.contains("OUT_OF_MEMORY"),
        "{status}\n{}",
        job.log()
    );
    assert!(outcomes(&status).len() <= 1, "{status}");
}

#[test]
fn a_node_fails_and_its_ranks_live_on() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    job.submit(&[]).expect(0);
    let ghost = job.stop_rank(0, 0);
    let node = job.status()["nodes"].as_str().expect("a node").to_owned();
    cluster.lose(&node);
    job.hurry();
    let status = job.until_state(&["done", "failed"]);
    assert_eq!(status["state"], "done", "{status}\n{}", job.log());
    assert_ne!(status["nodes"].as_str(), Some(&*node));
    let before = job.published();
    assert!(pending(ghost).is_some(), "the rank of the lost node lives");
    signal(ghost, libc::SIGCONT);
    job.until("the end of the rank that was left over", || pending(ghost).is_none().then_some(()));
    let id = status["job"].as_str().expect("a job id");
    let words = std::fs::read_to_string(job.output().join(format!("job/notes/{id}/0/00000.json"))).unwrap();
    assert!(words.contains("a later run (epoch 2, this one is 1) took the output folder over"), "{words}");
    job.until("the end of its script", || job.log().contains("a later one works").then_some(()));
    cluster.order(&["start-node", &node]);
    job.published().same_as(&before, "what a rank left over did");
    let status = job.status();
    assert_eq!((status["state"].as_str(), outcomes(&status)), (Some("done"), vec!["done"]));
    job.expect_the_bytes_of_a_local_run();
}

#[test]
fn ranks_started_without_pmi_are_refused() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, &format!("{TWO_NODES}, launcher: srun --mpi=none"));
    job.submit(&["--wait"]).expect(5);
    let status = job.status();
    assert_eq!((status["state"].as_str(), outcomes(&status)), (Some("failed"), vec!["failed"]), "{}", job.log());
    assert_eq!(status["attempts"][0]["exit"], 5);
    assert!(status["last-error"].to_string().contains("the launcher started 2 tasks, MPI sees 1"), "{status}");
}

#[test]
fn a_cluster_without_accounting_and_a_job_it_has_forgotten() {
    let Some(cluster) = Cluster::shared() else { return };
    let (answers, text) = cluster.slurm("sacct", &[]);
    assert!(!answers && text.contains("disabled"), "this cluster keeps no accounting: {text}");
    let job = Submission::new(&cluster, ONE_NODE);
    job.submit(&["--wait"]).expect(0);
    let status = job.status();
    assert_eq!((status["state"].as_str(), status["source"].as_str()), (Some("done"), Some("squeue")));
    // forgotten: a number that was never given
    for (name, colon) in [("submitted.json", ": "), ("attempts.jsonl", ":")] {
        let record = job.output().join("job").join(name);
        let text = std::fs::read_to_string(&record).unwrap();
        let number = |job: &str| format!("\"job\"{colon}{job}");
        std::fs::write(&record, text.replace(&number(&status["job"].to_string()), &number("\"4000000\""))).unwrap();
    }
    let status = job.status();
    assert_eq!((status["state"].as_str(), status["job"].as_str()), (Some("done"), Some("4000000")));
    std::fs::remove_file(job.output().join("reduction.json")).unwrap();
    assert_eq!(job.status()["state"], "unknown", "without the manifest nothing is done");
    assert!(job.on_output("cancel", &[]).expect(0).stdout.contains("does not know it any more"));
}

#[test]
fn folders_with_spaces_and_quotes() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::below(&cluster, ONE_NODE, "it's 100% \"my run\" $HOME", &submission::run());
    let dry = job.submit(&["--dry-run", "--nodes", "1", "--time", "2:00:00"]).expect(0);
    assert!(
        dry.stdout.starts_with("#!/bin/bash\n") && dry.stdout.contains("#SBATCH --time=02:00:00\n"),
        "{}",
        dry.stdout
    );
    assert!(!job.output().exists(), "a dry run leaves nothing");
    job.submit(&["--wait"]).expect(0);
    job.expect_the_bytes_of_a_local_run();
}

#[test]
fn a_second_submission_to_the_same_folder_is_refused() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, &format!("{ONE_NODE}, prologue: [sleep 300]"));
    // at the same time: one is taken
    let both = [job.start_submit(&[]), job.start_submit(&[])].map(|s| s.wait(PATIENCE));
    let mut codes = both.each_ref().map(|b| b.code);
    codes.sort_unstable();
    assert_eq!(codes, [Some(0), Some(3)], "{both:?}");
    // and later
    let id = job.status()["job"].as_str().expect("a job id").to_owned();
    job.submit(&[]).expect(3).complains(&[&format!("job {id} works in this output folder"), "trainyard cancel"]);
    let cancelled = job.on_output("cancel", &[]).expect(0);
    assert!(cancelled.stdout.contains(&format!("job {id}")));
}

#[test]
fn faults_of_the_data_are_not_tried_again() {
    let Some(cluster) = Cluster::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let copied = std::process::Command::new("cp").arg("-r").arg(submission::run()).arg(&run).status().unwrap();
    assert!(copied.success());
    let file = std::fs::read_dir(&run)
        .unwrap()
        .flatten()
        .map(|e| e.path())
        .find(|p| p.to_string_lossy().contains("AGIPD05"))
        .unwrap();
    // cut between submission and start
    let job = Submission::below(
        &cluster,
        &format!("{ONE_NODE}, prologue: [\"truncate -s 100K {}\"]", file.display()),
        "",
        &run,
    );
    job.submit(&["--wait"]).expect(4);
    let status = job.status();
    assert_eq!((status["state"].as_str(), outcomes(&status)), (Some("failed"), vec!["failed"]), "{}", job.log());
    assert!(status["last-error"].to_string().contains("AGIPD05"), "{status}");
}

#[test]
fn faults_of_the_cluster_are_tried_again_and_not_for_ever() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, &format!("{ONE_NODE}, launcher: sh -c 'exit 9' --"));
    job.submit(&[]).expect(0);
    for turn in 1..3 {
        job.until("the end of a start", || (outcomes(&job.status()).len() == turn).then_some(()));
        job.hurry();
    }
    let status = job.until_state(&["failed"]);
    assert_eq!(outcomes(&status), ["fault", "fault", "failed"]);
    assert!(status["last-error"].to_string().contains("given up"), "{status}");
}

#[test]
fn the_script_of_a_dry_run_runs_when_it_is_submitted_by_hand() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::below(&cluster, ONE_NODE, "a b", &submission::run());
    let script = job.submit(&["--dry-run"]).expect(0).stdout;
    let file = job.output().with_file_name("by hand.sh");
    std::fs::write(&file, &script).unwrap();
    let order = script.lines().find_map(|line| line.strip_prefix("#   ")).expect("what to make first");
    assert!(order.starts_with("mkdir -p "), "{order}");
    assert!(std::process::Command::new("sh").args(["-c", order]).status().unwrap().success());
    let (taken, text) = cluster.slurm("sbatch", &["--parsable", &file.to_string_lossy()]);
    assert!(taken, "{text}");
    job.until("its end", || job.output().join("reduction.json").is_file().then_some(()));
    job.until("its last words", || job.log().contains("start 1: 24 of 24 sequences").then_some(()));
    assert_eq!(outcomes(&job.status()), ["done"]);
    job.expect_the_bytes_of_a_local_run();
}

#[test]
fn a_job_submitted_from_inside_another_starts_clean() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    let outer = [
        ("SLURM_JOB_ID", "999999"),
        ("SLURM_RESTART_COUNT", "3"),
        ("SLURM_MEM_PER_CPU", "100"),
        ("SLURM_CPUS_PER_TASK", "9"),
        ("SLURM_STEP_ID", "0"),
        ("PMI_RANK", "1"),
        ("PMIX_RANK", "1"),
        ("OMPI_COMM_WORLD_SIZE", "4"),
        ("SBATCH_EXPORT", "NONE"),
        ("HDF5_PLUGIN_PATH", "/nowhere/plug ins"),
    ];
    job.submit_from(&outer, &["--wait"]).expect(0);
    let status = job.status();
    assert_eq!((status["state"].as_str(), outcomes(&status)), (Some("done"), vec!["done"]), "{}", job.log());
    assert_eq!(status["attempts"][0]["turn"], 0);
    let script = std::fs::read_to_string(job.output().join("job/job.sh")).unwrap();
    assert!(script.contains("export HDF5_PLUGIN_PATH='/nowhere/plug ins'\n"), "{script}");
}

#[test]
fn one_of_two_ranks_that_is_killed_is_told_and_not_tried_again() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, TWO_NODES);
    let submitted = job.submit(&[]);
    if submitted.stderr.contains("this program was built without it") {
        println!("skipped: the program is built without MPI");
        return;
    }
    submitted.expect(0);
    let first = job.stop_rank(0, 0);
    let other = job.ranks(2).into_iter().find(|pid| *pid != first).expect("two ranks");
    signal(other, libc::SIGKILL);
    signal(first, libc::SIGCONT);
    let status = job.until_state(&["failed", "done"]);
    assert_eq!(
        (status["state"].as_str(), outcomes(&status)),
        (Some("failed"), vec!["failed"]),
        "{status}\n{}",
        job.log()
    );
    assert!(status["last-error"].to_string().contains("killed"), "{status}");
    // and what it finished is not lost
    job.submit(&["--wait"]).expect(0);
    job.expect_the_bytes_of_a_local_run();
}

#[test]
fn a_copied_folder_has_no_job() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, &format!("{ONE_NODE}, prologue: [sleep 300]"));
    job.submit(&[]).expect(0);
    let copy = job.output().with_file_name("copy");
    assert!(std::process::Command::new("cp").arg("-r").arg(job.output()).arg(&copy).status().unwrap().success());
    let id = job.status()["job"].as_str().expect("a job id").to_owned();
    job.on(&copy, "cancel", &[]).expect(3).complains(&["is not the one that was submitted to this folder", "scancel"]);
    let told = job.on(&copy, "status", &[]).expect(5);
    assert!(told.stdout.contains("unknown") && told.stdout.contains("ignored: "), "{}", told.stdout);
    assert!(["waiting", "running"].contains(&job.status()["state"].as_str().unwrap()), "the job lives");
    job.on(Path::new(&id), "cancel", &[]).expect(0);
    job.until_state(&["cancelled"]);
}

#[test]
fn a_signal_to_the_script_alone_does_not_end_it() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    job.submit(&[]).expect(0);
    let rank = job.stop_rank(0, 0);
    let id = job.status()["job"].as_str().expect("a job id").to_owned();
    for name in ["USR1", "TERM"] {
        let (sent, text) = cluster.slurm("scancel", &["--batch", &format!("--signal={name}"), &id]);
        assert!(sent, "{text}");
    }
    std::thread::sleep(std::time::Duration::from_secs(1));
    signal(rank, libc::SIGCONT);
    let status = job.until_state(&["done", "failed", "cancelled"]);
    assert_eq!((status["state"].as_str(), outcomes(&status)), (Some("done"), vec!["done"]), "{}", job.log());
}

#[test]
fn a_job_that_is_cancelled_while_it_can_answer_stays_cancelled() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    job.submit(&[]).expect(0);
    let rank = job.stop_rank(0, 0);
    let id = job.status()["job"].as_str().expect("a job id").to_owned();
    assert!(cluster.slurm("scancel", &[&id]).0);
    signal(rank, libc::SIGCONT);
    job.until_state(&["cancelled"]);
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert_eq!(job.status()["state"], "cancelled", "{}", job.log());
}

#[test]
fn a_controller_that_is_away_when_time_is_up() {
    let Some(cluster) = Cluster::alone() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    job.submit(&["--time", "1"]).expect(0);
    let rank = job.stop_rank(0, 0);
    let id = job.status()["job"].as_str().expect("a job id").to_owned();
    cluster.order(&["stop-controller"]);
    // no warning comes; the rank goes on when the time for it has passed, and knows that by itself
    let note = job.output().join(format!("job/notes/{id}/0/00000.json"));
    let started = serde_json::from_slice::<Value>(&std::fs::read(&note).unwrap()).unwrap()["started"].as_u64().unwrap();
    job.until("the time", || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        (now > started + 47).then_some(())
    });
    signal(rank, libc::SIGCONT);
    job.until("its last act", || job.log().contains("back into the queue").then_some(()));
    cluster.order(&["start-controller"]);
    job.hurry();
    let status = job.until_state(&["done", "failed"]);
    assert_eq!((status["state"].as_str(), outcomes(&status)), (Some("done"), vec!["interrupted", "done"]), "{status}");
    assert_eq!(status["attempts"][0]["warned"], true);
    job.expect_the_bytes_of_a_local_run();
}

#[test]
fn a_run_that_was_started_by_hand_holds_the_folder() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    let local = job.start_local_run();
    let rank = job.stop_rank(0, 0);
    let status = job.status();
    assert_eq!(status["state"], "running", "{status}");
    job.submit(&[]).expect(3).complains(&[&format!("a run works in this output folder (process {rank} on ")]);
    signal(rank, libc::SIGCONT);
    local.wait(PATIENCE).expect(0);
}

#[test]
fn nodes_that_are_drained_and_daemons_that_die_end_no_job() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    job.submit(&[]).expect(0);
    let rank = job.stop_rank(0, 0);
    let node = job.status()["nodes"].as_str().expect("a node").to_owned();
    let name = format!("nodename={node}");
    assert!(cluster.slurm("scontrol", &["update", &name, "state=drain", "reason=test"]).0);
    cluster.kill_daemon(&node);
    signal(rank, libc::SIGCONT);
    job.until("the result", || job.output().join("reduction.json").is_file().then_some(()));
    cluster.order(&["start-node", &node]);
    let status = job.until_state(&["done", "failed"]);
    assert_eq!((status["state"].as_str(), outcomes(&status)), (Some("done"), vec!["done"]), "{}", job.log());
}

/// A disk of its own at a folder, until it goes.
struct Disk(PathBuf);

impl Disk {
    /// Nothing where no disk can be mounted.
    fn mount(folder: &Path, size: &str) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"]).arg(folder);
        mount.output().is_ok_and(|done| done.status.success()).then(|| Disk(folder.to_owned()))
    }

    fn grow(&self) {
        let grown = Command::new("mount").args(["-o", "remount,size=1g"]).arg(&self.0).status();
        assert!(grown.is_ok_and(|status| status.success()));
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // what the job had open may take a moment to go
        let done = Command::new("umount").arg("--lazy").arg(&self.0).status();
        assert!(done.is_ok_and(|status| status.success()), "{} stays mounted", self.0.display());
    }
}

#[test]
fn a_disk_that_fills_is_told_and_its_job_resumed_when_there_is_room() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, ONE_NODE);
    let Some(disk) = Disk::mount(job.output(), "6m") else { return println!("skipped: no disk can be mounted here") };
    job.submit(&[]).expect(0);
    for turn in 1..3 {
        job.until("the end of a start", || (outcomes(&job.status()).len() == turn).then_some(()));
        job.hurry();
    }
    // somebody else may have made room meanwhile, but not for ever
    let status = job.until_state(&["failed"]);
    assert_eq!(outcomes(&status), ["fault", "fault", "failed"], "{status}\n{}", job.log());
    assert!(status["attempts"].to_string().contains("No space left"), "{status}\n{}", job.log());
    assert!(status["attempts"][2]["error"].to_string().contains("given up"), "{status}");
    assert!(!job.output().join("reduction.json").exists());
    disk.grow();
    job.submit(&["--wait"]).expect(0);
    job.expect_the_bytes_of_a_local_run();
}

/// Open MPI ends the program in `MPI_Init`, before it can say a word of its own.
#[test]
fn ranks_that_find_no_way_to_each_other_are_told_and_not_tried_for_ever() {
    let Some(cluster) = Cluster::shared() else { return };
    let job = Submission::new(&cluster, &TWO_NODES.replace("self,tcp", "no-such-network"));
    let submitted = job.submit(&[]);
    if submitted.stderr.contains("this program was built without it") {
        return println!("skipped: the program is built without MPI");
    }
    submitted.expect(0);
    let status = job.until_state(&["failed", "done"]);
    assert_eq!(outcomes(&status), ["failed"], "{status}\n{}", job.log());
    assert!(status["last-error"].to_string().contains("ended while MPI started"), "{status}");
    assert!(job.log().contains("no-such-network"), "{}", job.log());
}

/// The kernel ends what takes more than a control group may.
#[test]
fn a_rank_that_the_kernel_kills_for_memory_is_told_and_not_tried_again() {
    let Some(cluster) = Cluster::shared() else { return };
    let Some(group) = ControlGroup::of_memory(40 << 20) else {
        return println!("skipped: no control group can be made");
    };
    let enter = format!("sh -c 'echo $$ > {}; exec \\\"$@\\\"' --", group.0.join("cgroup.procs").display());
    let job = Submission::new(&cluster, &format!("{ONE_NODE}, memory: 600MiB, launcher: \"{enter}\""));
    job.submit(&[]).expect(0);
    let status = job.until_state(&["failed", "done"]);
    assert_eq!(outcomes(&status), ["failed"], "{status}\n{}", job.log());
    assert!(status["last-error"].to_string().contains("a rank was killed (SIGKILL)"), "{status}");
}

struct ControlGroup(PathBuf);

impl ControlGroup {
    /// Of either version; nothing where none can be made.
    fn of_memory(limit: u64) -> Option<Self> {
        let made = |parent: &str, file: &str| {
            let folder = Path::new(parent).join(format!("trainyard-{}", std::process::id()));
            std::fs::create_dir(&folder).ok()?;
            let group = ControlGroup(folder);
            std::fs::write(group.0.join(file), limit.to_string()).ok()?;
            Some(group)
        };
        made("/sys/fs/cgroup/memory", "memory.limit_in_bytes").or_else(|| made("/sys/fs/cgroup", "memory.max"))
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir(&self.0) {
            eprintln!("{}: {error}", self.0.display());
        }
    }
}
