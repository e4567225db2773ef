//! A workflow as a job: in this process, where its stages can be measured, or as `trainyard run`, as a user starts it.

use super::catalogue::Bench;
use crate::cli::{session, Exit, Failure, WorkflowOptions};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use trainyard_engine::comm::Solo;
use trainyard_engine::engine::{run, Meter, Options, Outcome, Snapshot};
use trainyard_engine::read::FetchOptions;
use trainyard_format::Error;

/// Wall time of the engine, and what each stage of it took.
pub struct Stages {
    pub seconds: f64,
    pub snapshot: Snapshot,
}

impl Stages {
    /// Seconds of the slowest stage.
    pub fn slowest(&self) -> f64 {
        let stages = [self.snapshot.read_ns, self.snapshot.compute_ns, self.snapshot.write_ns];
        stages.into_iter().max().unwrap_or(0) as f64 / 1e9
    }
}

impl Bench<'_> {
    /// Writes a workflow that reads `run`; returns it and its output folder.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn workflow(
        &self,
        name: &str,
        run: &Path,
        geometry: Option<&Path>,
        steps: &str,
    ) -> Result<(PathBuf, PathBuf), Failure> {
        let output = self.data.join(name);
        let mut text = format!("run: {}\noutput: {}\n", quoted(run), quoted(&output));
        if let Some(geometry) = geometry {
            text.push_str(&format!("geometry: {}\n", quoted(geometry)));
        }
        text.push_str(&format!("steps:\n{steps}"));
        let file = self.write(&format!("{name}.yaml"), text.as_bytes())?;
        Ok((file, output))
    }

    /// Reduces in this process.
    ///
    /// # Errors
    /// What the job reports.
    pub fn reduce(
        &self,
        workflow: &Path,
        output: &Path,
        threads: usize,
        fetch: FetchOptions,
    ) -> Result<Stages, Failure> {
        self.clear(output)?;
        let options = WorkflowOptions::of(workflow.into());
        let (_, job) = options.job(self.registry)?;
        let options =
            Options { threads, memory: session::default_memory(), fetch, overwrite: false, stop: Arc::default() };
        let meter = Meter::default();
        let started = Instant::now();
        let outcome = run(&job, &Solo::default(), &options, &meter)?;
        let seconds = started.elapsed().as_secs_f64();
        match outcome {
            Outcome::Published(_) => Ok(Stages { seconds, snapshot: meter.snapshot() }),
            other => Err(Failure::new(Exit::Bug, &format!("a job of the bench ended as {other:?}"), None)),
        }
    }

    /// Seconds that `trainyard run` takes, from its start to its end, without a report, which no peer makes.
    ///
    /// # Errors
    /// A run that fails, with its own words.
    pub fn run_program(&self, workflow: &Path, output: &Path, threads: usize) -> Result<f64, Failure> {
        self.clear(output)?;
        let threads = threads.to_string();
        program(&["run".as_ref(), workflow.as_os_str(), "--no-report".as_ref(), "--threads".as_ref(), threads.as_ref()])
    }
}

/// Seconds that `trainyard` takes with these arguments, from its start to its end.
///
/// # Errors
/// When it does not end with success, with its own words.
pub fn program(arguments: &[&OsStr]) -> Result<f64, Failure> {
    let program = std::env::current_exe()
        .map_err(|e| Failure::new(Exit::Resource, &format!("failed to find our own executable: {e}"), None))?;
    let mut command = Command::new(&program);
    command.args(arguments).stdin(Stdio::null());
    let started = Instant::now();
    let done = command.output().map_err(|e| Error::io("start", &program, &e))?;
    let seconds = started.elapsed().as_secs_f64();
    if done.status.success() {
        return Ok(seconds);
    }
    let what = format!(
        "{command:?} of the bench ended with {}: {}{}",
        done.status,
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    Err(Failure::new(Exit::Bug, &what, None))
}

/// As [`program`]; also the most memory that it had, as the kernel told it shortly before the end.
///
/// # Errors
/// When it does not end with success.
pub fn peak_of_program(arguments: &[&OsStr]) -> Result<(f64, u64), Failure> {
    let program = std::env::current_exe()
        .map_err(|e| Failure::new(Exit::Resource, &format!("failed to find our own executable: {e}"), None))?;
    let mut command = Command::new(&program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let mut child = command.spawn().map_err(|e| Error::io("start", &program, &e))?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let told = std::fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) << 10);
        let ended = child.try_wait().map_err(|e| Error::io("wait for", &program, &e))?;
        match ended {
            Some(ended) if ended.success() => return Ok((started.elapsed().as_secs_f64(), peak)),
            Some(ended) => {
                let what = format!("{command:?} of the bench ended with {ended}");
                return Err(Failure::new(Exit::Bug, &what, None));
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    }
}

/// A path in YAML: single quotes, doubled inside.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', "''"))
}
