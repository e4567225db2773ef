//! The client on a cluster of virtual nodes, brought up and taken down by `tests/slurm/cluster`.
//!
//! Runs if `TRAINYARD_SLURM_TESTS=1`, as it needs Slurm's and munge's packages and some free ports. One test function, since one
//! cluster is enough; its parts run one after the other.

use slurm_cli_wrapper::{
    Array, Batch, Dependency, ExitCode, Failure, Fault, Filter, JobId, JobState, Memory, MemoryRequest, Poll,
    Preference, Report, Signal, SignalBefore, Slurm, Source, Waited, Waiting,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A cluster that goes down with this value, whatever the test does.
struct Cluster {
    state: TempDir,
    ports: u16,
}

impl Cluster {
    fn up(ports: u16, options: &[&str]) -> Self {
        let cluster = Self { state: TempDir::new_in("/tmp").unwrap(), ports };
        let shown = cluster.command("up", options);
        assert_eq!(shown.trim(), format!("export SLURM_CONF={}", cluster.configuration().display()));
        cluster
    }

    fn configuration(&self) -> PathBuf {
        self.state.path().canonicalize().unwrap().join("slurm.conf")
    }

    fn command(&self, verb: &str, options: &[&str]) -> String {
        let (output, _) = self.run(verb, options);
        assert!(output.status.success(), "{verb}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn run(&self, verb: &str, options: &[&str]) -> (std::process::Output, Duration) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/slurm/cluster");
        let begin = Instant::now();
        let output = Command::new(script)
            .arg(verb)
            .arg(self.state.path())
            .args(options)
            .env("TRAINYARD_SLURM_PORT_BASE", self.ports.to_string())
            .output()
            .unwrap();
        (output, begin.elapsed())
    }

    fn slurm(&self) -> Slurm {
        Slurm::new().environment("SLURM_CONF", self.configuration()).prefer(Preference::Auto)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let (output, took) = self.run("down", &[]);
        eprintln!("cluster down after {took:?}: {}{}", output.status, String::from_utf8_lossy(&output.stderr));
    }
}

const QUICK: Poll = Poll {
    first: Duration::from_millis(100),
    longest: Duration::from_millis(500),
    at_most: Some(Duration::from_secs(120)),
    patience: Duration::from_secs(30),
};

fn finished(slurm: &Slurm, id: &JobId) -> Report {
    match slurm.wait(id, &QUICK, |_| {}).unwrap() {
        Waited::Finished(report) => *report,
        other => panic!("job {id} did not end: {other:?}"),
    }
}

fn until(slurm: &Slurm, id: &JobId, state: &JobState) -> Report {
    let begin = Instant::now();
    loop {
        let report = slurm.job(id).unwrap().expect("a job that Slurm knows");
        if report.job.state == *state {
            return report;
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "job {id} is {} and not {state}", report.job.state);
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn in_folder(folder: &Path, script: &str) -> Batch {
    Batch::new(script).chdir(folder).time(Duration::from_secs(600)).output(folder.join("log of %j.txt"))
}

#[test]
fn a_cluster_of_virtual_nodes() {
    if std::env::var("TRAINYARD_SLURM_TESTS").as_deref() != Ok("1") {
        println!("skipped: TRAINYARD_SLURM_TESTS is not 1");
        return;
    }
    let cluster = Cluster::up(17_320, &["--accounting", "none", "--min-job-age", "600"]);
    cluster.command("up", &["--accounting", "none", "--min-job-age", "600"]);
    let slurm = cluster.slurm();
    let folder = TempDir::new_in("/tmp").unwrap();
    let folder = folder.path().join("run 53");
    fs::create_dir(&folder).unwrap();

    the_installation(&slurm);
    a_job_that_does_well(&slurm, &folder);
    the_rendered_script_asks_for_the_same(&cluster, &slurm, &folder);
    jobs_that_fail(&slurm, &folder);
    requests_that_are_refused(&slurm);
    cancelling(&slurm, &folder);
    arrays_and_dependencies(&slurm, &folder);
    a_signal_and_a_requeue(&slurm, &folder);
    a_time_limit(&slurm, &folder);
    a_node_that_dies(&cluster, &slurm, &folder);
    a_controller_that_is_away(&cluster, &slurm, &folder);
}

fn the_installation(slurm: &Slurm) {
    assert!(slurm.version().unwrap().year >= 20);
    assert!(slurm.is_up().unwrap());
    for preference in [Preference::Text, Preference::Json] {
        let groups = slurm.clone().prefer(preference).nodes().unwrap();
        let mut names: Vec<String> = groups.iter().flat_map(|group| group.nodes().unwrap()).collect();
        names.sort();
        assert_eq!(names, ["node1", "node2", "node3", "node4"]);
        assert!(groups.iter().all(|group| group.state.is_idle() && group.partition.as_deref() == Some("main")));
        assert!(groups.iter().all(|group| group.memory == Some(Memory::mebibytes(4000))));
    }
    assert_eq!(slurm.job(&JobId::new(999_999)).unwrap(), None);
    assert_eq!(slurm.accounting(&[JobId::new(1)]).unwrap_err().failure(), Some(Failure::AccountingDisabled));
}

fn a_job_that_does_well(slurm: &Slurm, folder: &Path) {
    let batch = in_folder(folder, "echo \"$GREETING from $SLURM_JOB_NUM_NODES nodes in $PWD\"")
        .job_name("my | \"job\" = 1")
        .comment("it's # \\ here")
        .partition("main")
        .nodes(2)
        .tasks_per_node(1)
        .memory(MemoryRequest::PerNode(Memory::mebibytes(100)))
        .environment("GREETING", "it's $HOME, \"hello\"");
    let submitted = slurm.submit(&batch).unwrap();
    let report = finished(slurm, &submitted.id);
    assert_eq!(report.source, Source::Queue);
    let job = report.job;
    assert_eq!(job.state, JobState::Completed);
    assert_eq!(job.exit_code, Some(ExitCode::SUCCESS));
    assert_eq!(job.name.as_deref(), Some("my | \"job\" = 1"));
    assert_eq!(job.comment.as_deref(), Some("it's # \\ here"));
    assert_eq!(job.nodes().unwrap().len(), 2);
    assert_eq!(job.folder.as_deref(), Some(folder));
    let log = folder.join(format!("log of {}.txt", submitted.id));
    assert_eq!(job.output.as_deref(), Some(log.as_path()));
    assert_eq!(
        fs::read_to_string(log).unwrap(),
        format!("it's $HOME, \"hello\" from 2 nodes in {}\n", folder.display())
    );

    // All three forms tell the same.
    for preference in [Preference::Text, Preference::Json] {
        let listed = slurm.clone().prefer(preference).jobs(&Filter::ids([submitted.id])).unwrap();
        let [listed] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!((&listed.name, &listed.state, &listed.comment), (&job.name, &job.state, &job.comment));
        assert_eq!((listed.submitted, listed.started, listed.ends), (job.submitted, job.started, job.ends));
        assert_eq!((&listed.node_list, listed.time_limit), (&job.node_list, job.time_limit));
    }
}

fn the_rendered_script_asks_for_the_same(cluster: &Cluster, slurm: &Slurm, folder: &Path) {
    let batch = in_folder(folder, "#!/bin/sh\n# a comment\ntrue")
        .job_name("by hand")
        .comment("say \"hi\" \\ # it's 5 > 4")
        .nodes(2)
        .hold(true);
    let file = folder.join("by hand.sh");
    fs::write(&file, batch.script().unwrap()).unwrap();
    let output = Command::new("sbatch")
        .arg("--parsable")
        .arg(&file)
        .env("SLURM_CONF", cluster.configuration())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let by_hand = slurm_cli_wrapper::parse::sbatch(&String::from_utf8_lossy(&output.stdout)).unwrap().0;
    let submitted = slurm.submit(&batch).unwrap().id;
    let jobs = [by_hand, submitted].map(|id| slurm.job(&id).unwrap().unwrap().job);
    for job in &jobs {
        assert_eq!(job.name.as_deref(), Some("by hand"));
        assert_eq!(job.comment.as_deref(), Some("say \"hi\" \\ # it's 5 > 4"));
        assert_eq!(job.node_count, Some(2));
        assert_eq!(job.folder.as_deref(), Some(folder));
        assert_eq!(job.time_limit, jobs[0].time_limit);
        assert_eq!(job.reason.as_ref().map(|reason| reason.waiting()), Some(Waiting::Held));
    }
    slurm.release(&submitted).unwrap();
    assert!(finished(slurm, &submitted).job.state.is_success());
    slurm.cancel(&by_hand).unwrap();
}

fn jobs_that_fail(slurm: &Slurm, folder: &Path) {
    let job = finished(slurm, &slurm.submit(&in_folder(folder, "exit 3")).unwrap().id).job;
    assert_eq!((&job.state, job.exit_code), (&JobState::Failed, Some(ExitCode { code: 3, signal: 0 })));
    assert_eq!(job.fault(), Fault::Job);
    let job = finished(slurm, &slurm.submit(&in_folder(folder, "kill -KILL $$")).unwrap().id).job;
    assert_eq!(job.exit_code, Some(ExitCode { code: 0, signal: 9 }));
    assert!(job.advice().contains("memory"));
}

fn requests_that_are_refused(slurm: &Slurm) {
    let error = slurm.submit(&Batch::new("true").partition("nowhere")).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::Partition), "{error}");
    let error = slurm.submit(&Batch::new("true").memory(MemoryRequest::PerNode(Memory::gibibytes(99)))).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::Unsatisfiable), "{error}");
    // More nodes than there are is taken, and waits for ever.
    let id = slurm.submit(&Batch::new("true").nodes(5)).unwrap().id;
    let begin = Instant::now();
    loop {
        let job = slurm.job(&id).unwrap().unwrap().job;
        assert_eq!(job.state, JobState::Pending);
        if job.reason.as_ref().is_some_and(|reason| reason.waiting() == Waiting::Never) {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "waits for {:?}", job.reason);
        std::thread::sleep(Duration::from_millis(100));
    }
    slurm.cancel(&id).unwrap();
    let error = slurm.submit(&Batch::new("true").reservation("none")).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::Reservation), "{error}");
}

fn cancelling(slurm: &Slurm, folder: &Path) {
    let id = slurm.submit(&in_folder(folder, "sleep 300")).unwrap().id;
    until(slurm, &id, &JobState::Running);
    slurm.cancel(&id).unwrap();
    let job = finished(slurm, &id).job;
    assert!(matches!(job.state, JobState::Cancelled { .. }), "{}", job.state);
    assert_eq!(job.fault(), Fault::Person);
    slurm.cancel(&id).unwrap();
    slurm.cancel(&JobId::new(999_999)).unwrap();
}

fn arrays_and_dependencies(slurm: &Slurm, folder: &Path) {
    let script = "[ \"$SLURM_ARRAY_TASK_ID\" != 2 ]";
    let array = slurm
        .submit(&in_folder(folder, script).output(folder.join("task %A %a.txt")).array(Array::range(0, 3).at_most(2)))
        .unwrap()
        .id;
    let after_success = slurm
        .submit(
            &in_folder(folder, "true").dependency(Dependency::after_success([array])).kill_on_invalid_dependency(true),
        )
        .unwrap()
        .id;
    let after_end = slurm.submit(&in_folder(folder, "true").dependency(Dependency::after_end([array]))).unwrap().id;

    let report = finished(slurm, &array);
    assert_eq!(
        (report.job.id, &report.job.state),
        (array.task(2), &JobState::Failed),
        "the task that failed stands for the array"
    );
    let states: Vec<String> =
        slurm.tasks(&array).unwrap().iter().map(|task| format!("{} {}", task.id, task.state)).collect();
    let expected = ["COMPLETED", "COMPLETED", "FAILED", "COMPLETED"];
    assert_eq!(
        states,
        std::array::from_fn::<String, 4, _>(|task| format!("{} {}", array.task(task as u32), expected[task]))
    );
    assert_eq!(slurm.job(&array.task(1)).unwrap().unwrap().job.state, JobState::Completed);

    assert!(finished(slurm, &after_end).job.state.is_success());
    assert!(matches!(finished(slurm, &after_success).job.state, JobState::Cancelled { .. }));
}

fn a_signal_and_a_requeue(slurm: &Slurm, folder: &Path) {
    let done = folder.join("warned");
    let script = format!("trap 'touch \"{}\"; exit 0' USR1\nsleep 300 & wait", done.display());
    let batch = in_folder(folder, &script)
        .append_output(true)
        .requeue(true)
        .signal_before_end(SignalBefore::new(Signal::Usr1, Duration::from_secs(60)).to_script());
    let id = slurm.submit(&batch).unwrap().id;
    until(slurm, &id, &JobState::Running);
    // The shell needs a moment to set its trap.
    std::thread::sleep(Duration::from_secs(1));
    slurm.signal(&id, Signal::Usr1, true).unwrap();
    assert!(finished(slurm, &id).job.state.is_success());
    assert!(done.exists());

    let id = slurm.submit(&in_folder(folder, "sleep 300").requeue(true)).unwrap().id;
    until(slurm, &id, &JobState::Running);
    slurm.requeue(&id).unwrap();
    let begin = Instant::now();
    loop {
        let report = slurm.job(&id).unwrap().unwrap();
        assert!(!report.job.state.is_final(), "{}", report.job.state);
        if report.job.state == JobState::Pending {
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(30));
        std::thread::sleep(Duration::from_millis(100));
    }
    slurm.cancel(&id).unwrap();
    assert!(finished(slurm, &id).job.state.is_final());
}

/// The least limit is a minute, and Slurm looks every 30 s: two thirds of this file's time.
fn a_time_limit(slurm: &Slurm, folder: &Path) {
    let id = slurm.submit(&in_folder(folder, "sleep 300").time(Duration::from_secs(1))).unwrap().id;
    let poll = Poll { at_most: Some(Duration::from_secs(240)), ..QUICK };
    let Waited::Finished(report) = slurm.wait(&id, &poll, |_| {}).unwrap() else { panic!("job {id} did not end") };
    assert_eq!(report.job.state, JobState::Timeout);
    assert_eq!(report.job.fault(), Fault::Job);
    assert!(report.job.advice().contains("more time"));
}

fn a_node_that_dies(cluster: &Cluster, slurm: &Slurm, folder: &Path) {
    let id = slurm.submit(&in_folder(folder, "sleep 300").requeue(false)).unwrap().id;
    let node = until(slurm, &id, &JobState::Running).job.nodes().unwrap().remove(0);
    cluster.command("stop-node", &[&node]);
    let job = finished(slurm, &id).job;
    assert_eq!(job.state, JobState::NodeFail);
    assert!(job.is_retryable());
    let group = slurm.nodes().unwrap().into_iter().find(|group| group.nodes().unwrap().contains(&node)).unwrap();
    assert!(!group.state.is_usable(), "{}", group.state);
    cluster.command("start-node", &[&node]);
    let groups = slurm.nodes().unwrap();
    assert!(groups.iter().all(|group| group.state.is_usable()), "{groups:?}");
}

fn a_controller_that_is_away(cluster: &Cluster, slurm: &Slurm, folder: &Path) {
    let id = slurm.submit(&in_folder(folder, "sleep 1")).unwrap().id;
    until(slurm, &id, &JobState::Running);
    cluster.command("stop-controller", &[]);
    let impatient = slurm.clone().timeout(Duration::from_secs(2));
    let begin = Instant::now();
    let error = impatient.job(&id).unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert!(!impatient.is_up().unwrap());

    let waiting = std::thread::spawn({
        let impatient = impatient.clone();
        move || finished(&impatient, &id)
    });
    std::thread::sleep(Duration::from_secs(2));
    cluster.command("start-controller", &[]);
    assert_eq!(waiting.join().unwrap().job.state, JobState::Completed, "the job ran on, and the waiting went on");
}
