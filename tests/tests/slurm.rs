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
            serde_json::from_slice(&std::fs::read(job.output().join(format!("job/notes/0/{rank}.json"))).unwrap())
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
    assert!(job.sequences_done() < 24 + done, "finished sequences are not done again");
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
    let words = std::fs::read_to_string(job.output().join("job/notes/0/00000.json")).unwrap();
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
    let record = job.output().join("job/submitted.json");
    let text = std::fs::read_to_string(&record).unwrap();
    std::fs::write(&record, text.replace(&format!("\"job\": {}", status["job"]), "\"job\": \"4000000\"")).unwrap();
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
