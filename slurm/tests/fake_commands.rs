//! The client with commands that are shell scripts: fallbacks, time-outs, failures. No Slurm is needed.

use slurm_cli_wrapper::{
    Batch, Error, ExitCode, Failure, Filter, Identity, JobId, JobState, Memory, MemoryRequest, Poll, Preference, Slurm,
    Source, UnixTime, Waited,
};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A folder of commands. Each writes its arguments to `NAME.calls`, one call per line.
struct Commands(TempDir);

const DISABLED: &str = "echo 'Slurm accounting storage is disabled' >&2; exit 1";
const UNKNOWN: &str = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1";
const DOWN: &str = "echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1";

impl Commands {
    fn new(version: &str) -> Self {
        let commands = Self(TempDir::new().unwrap());
        fs::write(commands.path("version"), version).unwrap();
        commands
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn with(self, name: &str, body: &str) -> Self {
        let folder = self.0.path().display();
        let script = format!(
            "#!/bin/sh\nif [ \"$1\" = --version ]; then cat '{folder}/version'; exit; fi\n\
             printf '%s\\n' \"$*\" | tr -d '\\036\\037' >> '{folder}/{name}.calls'\n{body}\n"
        );
        let path = self.path(name);
        // Renamed into place: a fork of another test's thread may hold a file just written open for writing.
        let fresh = self.path(&format!("{name}.new"));
        fs::write(&fresh, script).unwrap();
        fs::set_permissions(&fresh, fs::Permissions::from_mode(0o755)).unwrap();
        fs::rename(&fresh, &path).unwrap();
        self
    }

    /// A command that prints a recorded output.
    fn printing(self, name: &str, recorded: &str) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded").join(recorded);
        let text = fs::read_to_string(source).unwrap().replace('␞', "\u{1e}").replace('␟', "\u{1f}");
        let file = self.path(&format!("{name}.out"));
        fs::write(&file, text).unwrap();
        let body = format!("cat '{}'", file.display());
        self.with(name, &body)
    }

    fn calls(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path(&format!("{name}.calls"))).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    fn slurm(&self) -> Slurm {
        Slurm::new().folder(self.0.path()).timeout(Duration::from_secs(10))
    }
}

#[test]
fn accounting_answers_first() {
    let commands = Commands::new("slurm 23.11.4").printing("sacct", "23.11/sacct.json").with("squeue", DOWN);
    let report = commands.slurm().job(&JobId::new(5003)).unwrap().unwrap();
    assert_eq!(report.source, Source::Accounting);
    assert_eq!(report.job.cause(), &JobState::OutOfMemory);
    assert!(report.passed_over.is_empty());
    assert_eq!(commands.calls("sacct"), ["--jobs=5003 --json"]);
    assert!(commands.calls("squeue").is_empty(), "nobody else is asked");
}

#[test]
fn without_accounting_the_queue_answers_and_scontrol_adds_the_exit_code() {
    let commands = Commands::new("slurm-wlm 22.05.8")
        .with("sacct", DISABLED)
        .printing("squeue", "22.05/squeue.txt")
        .printing("scontrol", "22.05/scontrol.txt");
    let slurm = commands.slurm();
    let report = slurm.job(&JobId::new(1)).unwrap().unwrap();
    assert_eq!(report.source, Source::Queue);
    assert_eq!(report.job.state, JobState::Failed);
    assert_eq!(report.job.exit_code, Some(ExitCode { code: 3, signal: 0 }));
    assert_eq!(report.passed_over, [(Source::Accounting, "the cluster keeps no accounting".to_owned())]);
    assert_eq!(slurm.job(&JobId::new(3)).unwrap().unwrap().job.state, JobState::Running);
    assert_eq!(commands.calls("sacct").len(), 1, "that accounting is off is remembered");
    assert!(commands.calls("squeue")[0].starts_with("--noheader --all --jobs=1 --states=all --format="));
}

#[test]
fn a_silent_sacct_that_ends_with_zero_counts_as_disabled() {
    let commands = Commands::new("slurm 20.11.9")
        .with("sacct", "echo 'Slurm accounting storage is disabled' >&2; exit 0")
        .printing("squeue", "20.11/squeue.txt")
        .with("scontrol", UNKNOWN);
    let report = commands.slurm().job(&JobId::new(8_123_390)).unwrap().unwrap();
    assert_eq!((report.source, &report.job.state), (Source::Queue, &JobState::OutOfMemory));
    assert_eq!(report.job.exit_code, None, "scontrol does not know it any more");
}

#[test]
fn a_preempted_job_that_is_back_in_the_queue_has_not_ended() {
    let job = r#"{"jobs": [{"job_id": 3, "state": {"current": ["PREEMPTED"]}}], "errors": []}"#;
    let commands = Commands::new("slurm 23.11.4")
        .with("sacct", &format!("echo '{job}'"))
        .with("squeue", r#"echo '{"jobs": [{"job_id": 3, "job_state": ["PENDING"], "state_reason": "BeginTime"}]}'"#);
    let report = commands.slurm().job(&JobId::new(3)).unwrap().unwrap();
    assert_eq!((report.source, &report.job.state), (Source::Queue, &JobState::Pending));
    assert_eq!(report.passed_over[0].1, "the job is back in the queue");

    let commands = commands.with("squeue", UNKNOWN);
    let report = commands.slurm().job(&JobId::new(3)).unwrap().unwrap();
    assert_eq!((report.source, &report.job.state), (Source::Accounting, &JobState::Preempted));
}

#[test]
fn scontrol_is_the_last_resort() {
    let commands = Commands::new("slurm 24.05.1")
        .with("sacct", "printf '%s' '{\"jobs\": [], \"errors\": []}'")
        .with("squeue", "echo \"squeue: error: internal\" >&2; exit 1")
        .printing("scontrol", "24.05/scontrol.txt");
    let report = commands.slurm().job(&JobId::new(6001)).unwrap().unwrap();
    assert_eq!(report.source, Source::Controller);
    assert_eq!(report.job.exit_code, Some(ExitCode { code: 0, signal: 15 }));
    assert_eq!(report.passed_over.len(), 2);
    assert_eq!(report.passed_over[0].1, "it does not know the job");
    assert!(report.passed_over[1].1.contains("internal"));
}

#[test]
fn a_job_that_nobody_knows() {
    let commands =
        Commands::new("slurm-wlm 22.05.8").with("sacct", DISABLED).with("squeue", UNKNOWN).with("scontrol", UNKNOWN);
    assert_eq!(commands.slurm().job(&JobId::new(9)).unwrap(), None);
    assert!(commands.slurm().tasks(&JobId::new(9)).unwrap().is_empty());
}

#[test]
fn a_controller_that_is_down_is_not_an_unknown_job() {
    let commands =
        Commands::new("slurm-wlm 22.05.8").with("sacct", DISABLED).with("squeue", DOWN).with("scontrol", DOWN);
    let error = commands.slurm().job(&JobId::new(9)).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::ControllerUnreachable));
    assert!(error.is_transient() && error.hint().is_some());
    assert!(commands.calls("scontrol").is_empty(), "the same daemon is not asked twice");
}

#[test]
fn a_database_that_is_down_does_not_hide_the_queue() {
    let commands = Commands::new("slurm-wlm 22.05.8")
        .with("sacct", "echo 'sacct: error: slurm_persist_conn_open: failed to open persistent connection' >&2; exit 1")
        .printing("squeue", "22.05/squeue.txt")
        .with("scontrol", UNKNOWN);
    let slurm = commands.slurm();
    assert_eq!(slurm.job(&JobId::new(3)).unwrap().unwrap().source, Source::Queue);
    // A job that only the database could know: nobody can tell.
    let error = slurm.job(&JobId::new(77)).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::AccountingUnreachable));
}

#[test]
fn a_command_that_hangs_is_killed() {
    let commands = Commands::new("slurm-wlm 22.05.8").with("squeue", "exec sleep 60");
    let begin = Instant::now();
    let error = commands
        .slurm()
        .timeout(Duration::from_millis(300))
        .prefer(Preference::Text)
        .jobs(&Filter::default())
        .unwrap_err();
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert!(matches!(error, Error::TimedOut { program: "squeue", .. }), "{error}");
    assert_eq!(error.to_string(), "`squeue` did not answer within 0.3 s and was killed");
    assert!(error.hint().unwrap().contains("scontrol ping"));
}

#[test]
fn a_grandchild_that_holds_the_pipe_does_not_hang_us() {
    let commands = Commands::new("slurm-wlm 22.05.8").with("sbatch", "sleep 20 & echo 7");
    let begin = Instant::now();
    let submitted = commands.slurm().submit(&Batch::new("true")).unwrap();
    assert_eq!(submitted.id, JobId::new(7));
    assert!(begin.elapsed() < Duration::from_secs(8), "{:?}", begin.elapsed());
}

#[test]
fn endless_output_is_cut_and_refused() {
    let commands = Commands::new("slurm-wlm 22.05.8").with("squeue", "exec yes");
    let error = commands.slurm().output_limit(100_000).jobs(&Filter::default()).unwrap_err();
    let Error::Unparsable { what, excerpt, .. } = &error else { panic!("{error}") };
    assert!(what.contains("more than 100000 bytes") && excerpt.len() < 300);
}

#[test]
fn a_command_that_is_missing() {
    let commands = Commands::new("slurm-wlm 22.05.8");
    let error = commands.slurm().submit(&Batch::new("true")).unwrap_err();
    assert!(matches!(error, Error::NotInstalled { program: "sbatch", .. }), "{error}");
    assert!(error.to_string().contains("looked in"));
    let error = Slurm::new().environment("PATH", commands.0.path()).version().unwrap_err();
    assert!(matches!(error, Error::NotInstalled { .. }), "{error}");
    let error = commands.slurm().job(&JobId::new(1)).unwrap_err();
    assert!(matches!(error, Error::NotInstalled { .. }), "{error}");
}

#[test]
fn commands_are_found_on_path() {
    let commands = Commands::new("slurm 23.02.7").with("squeue", "");
    let path = format!("{}:{}", commands.0.path().display(), std::env::var("PATH").unwrap());
    assert_eq!(Slurm::new().environment("PATH", path).version().unwrap().to_string(), "23.02.7");
}

#[test]
fn a_submission_passes_options_as_words_and_the_script_as_input() {
    let commands = Commands::new("slurm-wlm 22.05.8");
    let script = commands.path("script");
    let words = commands.path("words");
    let body = format!(
        "cat > '{}'; printf '<%s>' \"$@\" > '{}'; echo 'sbatch: a warning' >&2; echo '12;maxwell'",
        script.display(),
        words.display()
    );
    let commands = commands.with("sbatch", &body);
    let batch = Batch::command(["srun", "my program"])
        .output("/gpfs/a b/%j.log")
        .job_name("it's \"mine\"")
        .environment("A", "b c");
    let submitted = commands.slurm().cluster("maxwell").submit(&batch).unwrap();
    assert_eq!(submitted.id, JobId::new(12));
    assert_eq!(submitted.cluster.as_deref(), Some("maxwell"));
    assert_eq!(submitted.warnings.as_deref(), Some("sbatch: a warning"));
    assert_eq!(
        fs::read_to_string(words).unwrap(),
        "<--clusters=maxwell><--parsable><--job-name=it's \"mine\"><--output=/gpfs/a b/%j.log>"
    );
    assert_eq!(fs::read_to_string(script).unwrap(), "#!/bin/bash\nexport A='b c'\nsrun 'my program'\n");
}

#[test]
fn times_are_asked_for_in_seconds_but_not_within_jobs() {
    let commands = Commands::new("slurm-wlm 22.05.8");
    let seen = commands.path("seen");
    let body = format!("echo \"$(basename \"$0\") $SLURM_TIME_FORMAT\" >> '{}'; echo 12", seen.display());
    let commands = commands.with("sbatch", &body).with("scontrol", &body);
    let slurm = commands.slurm();
    slurm.submit(&Batch::new("true")).unwrap();
    slurm.hold(&JobId::new(12)).unwrap();
    assert_eq!(fs::read_to_string(seen).unwrap(), "sbatch \nscontrol %s\n");
}

/// As `squeue -o` or, without `restarts`, `sacct -P` would have it: a job 7 of this state, name, folder and submission time.
fn job_of(state: &str, name: &str, folder: &str, submitted: u64) -> String {
    format!(
        r#"{{"job_id": 7, "name": "{name}", "job_state": ["{state}"], "state": {{"current": ["{state}"]}}, "user_name": "ann", "user": "ann", "current_working_directory": "{folder}", "working_directory": "{folder}", "submit_time": {submitted}, "time": {{"submission": {submitted}}}}}"#
    )
}

fn answering(jobs: &[&str]) -> String {
    format!("echo '{{\"jobs\": [{}], \"errors\": []}}'", jobs.join(","))
}

fn identity() -> Identity {
    Identity {
        id: JobId::new(7),
        name: Some("ours".into()),
        user: Some("ann".into()),
        folder: Some("/ours".into()),
        submitted: Some(UnixTime(1_700_000_000)),
    }
}

#[test]
fn an_old_job_of_the_same_number_is_passed_over_whoever_tells_it() {
    let old = job_of("FAILED", "other", "/elsewhere", 1_600_000_000);
    let ours = job_of("PENDING", "ours", "/ours", 1_700_000_001);
    let commands =
        Commands::new("slurm 23.11.4").with("sacct", &answering(&[&old])).with("squeue", &answering(&[&ours]));
    let sought = commands.slurm().identified(&identity()).unwrap();
    assert_eq!(sought.report.unwrap().job.state, JobState::Pending);
    assert!(commands.calls("sacct").is_empty(), "the queue has it");

    let commands = commands.with("squeue", &answering(&[])).with("scontrol", UNKNOWN);
    let sought = commands.slurm().identified(&identity()).unwrap();
    assert_eq!(sought.report, None);
    assert_eq!(sought.strangers.len(), 1);
    assert_eq!(sought.strangers[0].source, Source::Accounting);
    assert!(sought.strangers[0].contradiction.contains("`other`"), "{:?}", sought.strangers);

    // the other way round: the number was given to a new job
    let new = job_of("RUNNING", "other", "/elsewhere", 1_800_000_000);
    let done = job_of("COMPLETED", "ours", "/ours", 1_700_000_001);
    let commands = commands.with("sacct", &answering(&[&done])).with("squeue", &answering(&[&new]));
    let sought = commands.slurm().identified(&identity()).unwrap();
    assert_eq!(sought.report.unwrap().job.state, JobState::Completed);
    assert_eq!(sought.strangers[0].job.state, JobState::Running);
}

#[test]
fn a_job_of_another_user_or_folder_is_another_job() {
    for (name, folder) in [("other", "/ours"), ("ours", "/copy")] {
        let job = job_of("RUNNING", name, folder, 1_700_000_001);
        let commands = Commands::new("slurm 23.11.4").with("sacct", DISABLED).with("squeue", &answering(&[&job]));
        let sought = commands.slurm().identified(&identity()).unwrap();
        assert_eq!((sought.report, sought.strangers.len()), (None, 1), "{name} {folder}");
    }
}

#[test]
fn a_database_that_missed_the_end_of_a_job_is_not_believed() {
    let running = job_of("RUNNING", "ours", "/ours", 1_700_000_001);
    let commands = Commands::new("slurm 23.11.4").with("sacct", &answering(&[&running])).with("squeue", UNKNOWN);
    assert_eq!(commands.slurm().identified(&identity()).unwrap().report, None);
    // the controller is away: the database is all there is
    let commands = commands.with("squeue", DOWN).with("scontrol", DOWN);
    let report = commands.slurm().identified(&identity()).unwrap().report.unwrap();
    assert_eq!((report.source, report.job.state), (Source::Accounting, JobState::Running));
}

#[test]
fn a_slow_database_costs_nothing_while_the_job_is_in_the_queue() {
    let ours = job_of("RUNNING", "ours", "/ours", 1_700_000_001);
    let commands = Commands::new("slurm 23.11.4").with("sacct", "exec sleep 60").with("squeue", &answering(&[&ours]));
    let begin = Instant::now();
    let sought = commands.slurm().identified(&identity()).unwrap();
    assert_eq!(sought.report.unwrap().source, Source::Queue);
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn neither_controller_nor_database_answers() {
    let commands =
        Commands::new("slurm 23.11.4").with("sacct", "echo nonsense").with("squeue", DOWN).with("scontrol", DOWN);
    let error = commands.slurm().identified(&identity()).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::ControllerUnreachable));
    assert!(commands.calls("scontrol").is_empty(), "the same daemon is not asked twice");
    // a database that does not answer may know what the controller has forgotten
    let commands = commands.with("squeue", UNKNOWN);
    assert!(commands.slurm().identified(&identity()).is_err());
}

#[test]
fn a_squeue_that_fails_hides_nothing_that_scontrol_tells() {
    let commands = Commands::new("slurm 24.05.1")
        .with("sacct", DISABLED)
        .with("squeue", "echo 'squeue: error: internal' >&2; exit 1")
        .printing("scontrol", "24.05/scontrol.txt");
    let other = Identity { id: JobId::new(6001), ..identity() };
    let sought = commands.slurm().identified(&other).unwrap();
    assert_eq!((sought.report, sought.strangers.len()), (None, 1), "it is another job, and told");
    let sought = commands.slurm().identified(&Identity::of_number(JobId::new(6001))).unwrap();
    assert_eq!(sought.report.unwrap().source, Source::Controller);
}

#[test]
fn waiting_for_a_job_by_its_identity_does_not_wait_for_another() {
    let other = job_of("RUNNING", "other", "/ours", 1_700_000_001);
    let commands = Commands::new("slurm 23.11.4").with("sacct", DISABLED).with("squeue", &answering(&[&other]));
    let poll = Poll { patience: Duration::from_millis(50), ..quick() };
    let waited = commands.slurm().wait_for(&identity(), &poll, |_| {}).unwrap();
    assert_eq!(waited, Waited::Vanished(None));
}

#[test]
fn a_submission_from_inside_a_job_brings_none_of_its_variables() {
    let commands = Commands::new("slurm-wlm 22.05.8");
    let seen = commands.path("seen");
    let commands = commands.with("sbatch", &format!("env > '{}'; echo 12", seen.display()));
    // this test's own process has to be inside a job, and its environment is every test's: a child runs the submission
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "submit_for_another_test", "--nocapture"])
        .env("FAKE_COMMANDS", commands.0.path())
        .envs([
            ("SLURM_JOB_ID", "99"),
            ("SLURM_RESTART_COUNT", "3"),
            ("SLURM_MEM_PER_CPU", "100"),
            ("SLURM_CONF", "/etc/special.conf"),
            ("PMI_RANK", "1"),
            ("OMPI_COMM_WORLD_SIZE", "4"),
            ("OMPI_MCA_btl", "self,tcp"),
            ("SBATCH_MEM_PER_CPU", "5"),
            ("SBATCH_ACCOUNT", "p1"),
        ])
        .status()
        .unwrap();
    assert!(child.success());
    let seen = fs::read_to_string(seen).unwrap();
    for kept in ["SLURM_CONF=/etc/special.conf", "OMPI_MCA_btl=self,tcp", "SBATCH_ACCOUNT=p1", "PATH="] {
        assert!(seen.lines().any(|line| line.starts_with(kept)), "{kept} is missing in {seen}");
    }
    for gone in ["SLURM_JOB_ID", "SLURM_RESTART_COUNT", "SLURM_MEM_PER_CPU", "PMI_RANK", "OMPI_COMM_", "SBATCH_MEM"] {
        assert!(!seen.lines().any(|line| line.starts_with(gone)), "{gone} is in {seen}");
    }
}

/// The body of the test above, in a process of its own; nothing to do without its variable.
#[test]
fn submit_for_another_test() {
    let Some(folder) = std::env::var_os("FAKE_COMMANDS") else { return };
    let batch = Batch::new("true").memory(MemoryRequest::PerNode(Memory::gibibytes(1)));
    Slurm::new().folder(folder).submit(&batch).unwrap();
}

#[test]
fn a_large_script_goes_to_a_command_that_does_not_read_it() {
    let commands = Commands::new("slurm-wlm 22.05.8").with("sbatch", "echo 'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified' >&2; exit 1");
    let batch = Batch::new(format!("true # {}\n", "x".repeat(1 << 20)));
    let error = commands.slurm().submit(&batch).unwrap_err();
    let Error::CommandFailed { status, stderr, .. } = &error else { panic!("{error}") };
    assert_eq!(*status, Some(1));
    assert!(stderr.contains("Invalid account"));
    assert_eq!(error.failure(), Some(Failure::Account));
}

#[test]
fn a_bad_request_runs_nothing() {
    let commands = Commands::new("slurm-wlm 22.05.8").with("sbatch", "echo 1");
    assert!(matches!(commands.slurm().submit(&Batch::new("true").nodes(0)), Err(Error::Request(_))));
    assert!(matches!(commands.slurm().submit(&Batch::new("")), Err(Error::Request(_))));
    assert!(matches!(
        commands.slurm().jobs(&Filter { name: Some("a\nb".into()), ..Filter::default() }),
        Err(Error::Request(_))
    ));
    assert!(commands.calls("sbatch").is_empty());
}

#[test]
fn an_sbatch_that_prints_no_id_is_shown() {
    let commands = Commands::new("slurm-wlm 22.05.8").with("sbatch", "echo 'Granted job allocation'");
    let error = commands.slurm().submit(&Batch::new("true")).unwrap_err();
    let Error::Unparsable { excerpt, .. } = &error else { panic!("{error}") };
    assert_eq!(excerpt.trim(), "Granted job allocation");
}

#[test]
fn json_is_asked_for_where_it_heeds_filters() {
    let commands = Commands::new("slurm 23.11.4").printing("squeue", "23.11/squeue.json");
    let jobs = commands.slurm().jobs(&Filter::default()).unwrap();
    assert_eq!(jobs.len(), 4, "ended jobs are left out");
    assert_eq!(commands.calls("squeue"), ["--noheader --all --json"]);

    let commands = Commands::new("slurm-wlm 22.05.8").printing("squeue", "22.05/squeue.json");
    let slurm = commands.slurm().prefer(Preference::Json);
    let jobs = slurm.jobs(&Filter::ids([JobId::new(2)])).unwrap();
    assert_eq!(jobs.len(), 2, "22.05 printed all jobs, ours are picked out");
}

#[test]
fn text_is_asked_for_where_json_is_not_built_in() {
    let commands = Commands::new("slurm 23.11.4");
    let out = commands.path("squeue.out");
    let commands = commands.printing("squeue", "20.11/squeue.txt").with(
        "squeue",
        &format!(
            "case $* in *--json*) echo \"squeue: unrecognized option '--json'\" >&2; exit 1;; esac; cat '{}'",
            out.display()
        ),
    );
    let slurm = commands.slurm();
    assert_eq!(slurm.jobs(&Filter::default()).unwrap().len(), 5);
    assert_eq!(slurm.jobs(&Filter::default()).unwrap().len(), 5);
    let calls = commands.calls("squeue");
    assert_eq!(calls.iter().filter(|call| call.contains("--json")).count(), 1, "asked once: {calls:?}");
}

#[test]
fn nodes_of_old_and_new_releases() {
    let commands = Commands::new("slurm 20.11.9").with("squeue", "").printing("sinfo", "20.11/sinfo.txt");
    assert_eq!(commands.slurm().nodes().unwrap().len(), 3);
    let commands = Commands::new("slurm 24.05.1").with("squeue", "").printing("sinfo", "24.05/sinfo.json");
    assert_eq!(commands.slurm().nodes().unwrap().len(), 2);
}

#[test]
fn cancelling_what_has_ended_is_no_error() {
    let commands = Commands::new("slurm-wlm 22.05.8").with(
        "scancel",
        "echo 'scancel: error: Kill job error on job id 7: Job/step already completing or completed' >&2; exit 1",
    );
    commands.slurm().cancel(&JobId::new(7).task(3)).unwrap();
    assert_eq!(commands.calls("scancel"), ["7_3"]);
    let commands = commands
        .with("scancel", "echo 'scancel: error: Kill job error on job id 7: Access/permission denied' >&2; exit 1");
    assert_eq!(commands.slurm().cancel(&JobId::new(7)).unwrap_err().failure(), Some(Failure::NotPermitted));
}

#[test]
fn whether_the_controller_is_up() {
    let up = Commands::new("").with("scontrol", "echo 'Slurmctld(primary) at login1 is UP'");
    assert!(up.slurm().is_up().unwrap());
    let down = up.with("scontrol", "echo 'Slurmctld(primary) at login1 is DOWN'; exit 1");
    assert!(!down.slurm().is_up().unwrap());
    let hanging = down.with("scontrol", "exec sleep 60");
    assert!(!hanging.slurm().timeout(Duration::from_millis(200)).is_up().unwrap());
}

/// Each call of `squeue` prints the next state; `-` fails as if the controller were away.
fn states(states: &[&str]) -> Commands {
    let commands = Commands::new("slurm-wlm 22.05.8").with("sacct", DISABLED).with("scontrol", UNKNOWN);
    let folder = commands.0.path().display().to_string();
    for (index, state) in states.iter().enumerate() {
        fs::write(commands.path(&format!("state{}", index + 1)), state).unwrap();
    }
    let fields = "\\0377\\0377\\037'\"$state\"'\\037None\\037main\\037\\037ann\\037\\0371\\0371\\0370\\0375:00\\0370:01\\037N/A\\037N/A\\037N/A\\037\\037/\\037\\037x\\n";
    let fields = fields.replacen("\\0377", "\\0367", 1);
    let body = format!(
        "n=$(wc -l < '{folder}/squeue.calls'); f='{folder}'/state$((n)); [ -f \"$f\" ] || f='{folder}'/state{}\nstate=$(cat \"$f\")\n\
         if [ \"$state\" = - ]; then {DOWN}; fi\nif [ \"$state\" = gone ]; then {UNKNOWN}; fi\nprintf '{fields}'",
        states.len()
    );
    commands.with("squeue", &body)
}

fn quick() -> Poll {
    Poll {
        first: Duration::from_millis(5),
        longest: Duration::from_millis(10),
        at_most: Some(Duration::from_secs(30)),
        patience: Duration::from_secs(10),
    }
}

#[test]
fn waiting_sees_each_change_and_survives_a_restart_of_the_controller() {
    let commands = states(&["PENDING", "PENDING", "RUNNING", "-", "-", "COMPLETING", "COMPLETED"]);
    let mut seen = Vec::new();
    let waited =
        commands.slurm().wait(&JobId::new(7), &quick(), |report| seen.push(report.job.state.to_string())).unwrap();
    let Waited::Finished(report) = waited else { panic!("{waited:?}") };
    assert!(report.job.state.is_success());
    assert_eq!(seen, ["PENDING", "RUNNING", "COMPLETING", "COMPLETED"]);
}

#[test]
fn waiting_ends_when_the_job_vanishes_or_time_is_up() {
    let commands = states(&["RUNNING", "gone"]);
    let poll = Poll { patience: Duration::from_millis(100), ..quick() };
    let waited = commands.slurm().wait(&JobId::new(7), &poll, |_| {}).unwrap();
    let Waited::Vanished(Some(report)) = waited else { panic!("{waited:?}") };
    assert_eq!(report.job.state, JobState::Running);

    let commands = states(&["PENDING"]);
    let poll = Poll { at_most: Some(Duration::from_millis(100)), ..quick() };
    let waited = commands.slurm().wait(&JobId::new(7), &poll, |_| {}).unwrap();
    assert!(matches!(waited, Waited::TimeIsUp(Some(_))), "{waited:?}");

    let commands = states(&["-"]);
    let poll = Poll { patience: Duration::from_millis(100), ..quick() };
    let error = commands.slurm().wait(&JobId::new(7), &poll, |_| {}).unwrap_err();
    assert_eq!(error.failure(), Some(Failure::ControllerUnreachable));
}
