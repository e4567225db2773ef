//! One command from start to end: its input, its output, its time limit.
//!
//! Standard output and error are read by a thread each. When time is up the command is killed and the threads are left to
//! themselves: a grandchild may hold the pipes open, and nobody waits for it. Polling for the end costs up to 20 ms; the road not
//! taken is `waitid` with a timer, which needs unsafe code or a dependency for what is noise beside Slurm's own answer time.

use super::launcher_environment::{is_foreign, is_memory_option};
use super::Slurm;
use crate::{Error, Failure};
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait for the rest of the output once the command has ended: only a grandchild that holds the pipe makes it late.
const GRACE: Duration = Duration::from_millis(200);

/// The most to keep of standard error.
const STDERR_LIMIT: usize = 4096;

/// What a command printed, and how it ended.
pub(super) struct Output {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

impl Slurm {
    /// Runs a command for the chosen cluster; its standard output, if it ended with 0.
    pub(super) fn run(&self, program: &'static str, arguments: &[String]) -> Result<String, Error> {
        self.run_alone(program, &self.with_cluster(arguments))
    }

    /// Runs a command as it is.
    pub(super) fn run_alone(&self, program: &'static str, arguments: &[String]) -> Result<String, Error> {
        let output = self.execute(program, arguments, None)?;
        output.success(program).map(|output| output.stdout)
    }

    pub(super) fn with_cluster(&self, arguments: &[String]) -> Vec<String> {
        let cluster = self.cluster.iter().map(|cluster| format!("--clusters={cluster}"));
        cluster.chain(arguments.iter().cloned()).collect()
    }

    /// Runs a command, gives it `input`, and waits for its end.
    pub(super) fn execute(
        &self,
        program: &'static str,
        arguments: &[String],
        input: Option<String>,
    ) -> Result<Output, Error> {
        // A time beyond what the clock can hold is no limit.
        let deadline = Instant::now().checked_add(self.timeout);
        if arguments.iter().any(|argument| argument.contains('\0')) {
            return Err(Error::Request("an argument holds a NUL byte".to_owned()));
        }
        let mut child = self
            .command(program, arguments, input.is_some())
            .spawn()
            .map_err(|source| self.not_installed(program, source))?;
        if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
            // A command that ends early closes the pipe; its exit code then tells why.
            thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        }
        let (done, finished) = mpsc::channel();
        let stdout = collect(child.stdout.take(), self.output_limit, done.clone());
        let stderr = collect(child.stderr.take(), STDERR_LIMIT, done);

        let Some(status) = wait(&mut child, &finished, deadline, &stdout) else {
            // Either call fails only if the command has just ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            if stdout.too_long() {
                let what = format!("output of more than {} bytes", self.output_limit);
                return Err(Error::unparsable(program, what, &stdout.text()));
            }
            return Err(Error::TimedOut { program, after: self.timeout });
        };
        if stdout.too_long() {
            let what = format!("output of more than {} bytes", self.output_limit);
            return Err(Error::unparsable(program, what, &stdout.text()));
        }
        Ok(Output { status, stdout: stdout.text(), stderr: stderr.text().trim().to_owned() })
    }

    fn command(&self, program: &'static str, arguments: &[String], with_input: bool) -> Command {
        let mut command = match &self.folder {
            Some(folder) => Command::new(folder.join(program)),
            None => Command::new(program),
        };
        // The user's own formats and filters would change what the options below ask for.
        for (name, _) in std::env::vars_os() {
            let foreign = ["SQUEUE_", "SACCT_", "SINFO_", "SCONTROL_", "SCANCEL_"];
            if name.to_str().is_some_and(|name| foreign.iter().any(|start| name.starts_with(start))) {
                command.env_remove(name);
            }
        }
        // What surrounds us is not what surrounds the job.
        if program == "sbatch" {
            let asks_for_memory = arguments.iter().any(|option| option.starts_with("--mem"));
            for (name, _) in std::env::vars_os() {
                let name = name.to_string_lossy();
                if is_foreign(&name) || asks_for_memory && is_memory_option(&name) {
                    command.env_remove(&*name);
                }
            }
        }
        // A submitted job inherits the environment, and its own commands should print as they always do.
        if program != "sbatch" {
            command.env("SLURM_TIME_FORMAT", "%s");
        }
        command
            .args(arguments)
            .envs(&self.environment)
            .stdin(if with_input { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn not_installed(&self, program: &'static str, source: std::io::Error) -> Error {
        let looked_in = match &self.folder {
            Some(folder) => format!("looked in {}", folder.display()),
            None => "looked on PATH".to_owned(),
        };
        Error::NotInstalled { program, looked_in, source }
    }
}

impl Output {
    /// Itself if the command ended with 0.
    pub(super) fn success(self, program: &'static str) -> Result<Self, Error> {
        // `sacct` of some releases says that accounting is off and ends with 0 all the same.
        let silent = self.stdout.trim().is_empty() && Failure::of(&self.stderr) == Failure::AccountingDisabled;
        if self.status.success() && !silent {
            Ok(self)
        } else {
            // Some messages go to standard output.
            let text = if self.stderr.is_empty() { &self.stdout } else { &self.stderr };
            let stderr = text.trim().chars().take(STDERR_LIMIT).collect();
            Err(Error::CommandFailed { program, status: self.status.code(), stderr })
        }
    }
}

/// Waits for the command and its output; none when time is up or its output too long.
fn wait(
    child: &mut Child,
    finished: &Receiver<()>,
    deadline: Option<Instant>,
    stdout: &Collected,
) -> Option<ExitStatus> {
    let mut open = 2;
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        if ended.is_none() {
            if let Ok(Some(status)) = child.try_wait() {
                ended = Some((status, Instant::now()));
            }
        }
        match ended {
            Some((status, at)) if open == 0 || at.elapsed() >= GRACE => return Some(status),
            None if deadline.is_some_and(|deadline| Instant::now() >= deadline) || stdout.too_long() => return None,
            _ => {}
        }
        if open == 0 {
            thread::sleep(Duration::from_millis(1));
            continue;
        }
        match finished.recv_timeout(Duration::from_millis(20)) {
            Ok(()) => open -= 1,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => open = 0,
        }
    }
}

/// What a pipe has brought so far.
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    limit: usize,
}

impl Collected {
    fn too_long(&self) -> bool {
        self.lock().len() > self.limit
    }

    fn text(&self) -> String {
        let bytes = self.lock();
        String::from_utf8_lossy(bytes.get(..self.limit).unwrap_or(&bytes)).into_owned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a pipe to its end in a thread, keeps up to one byte more than `limit`, and drains the rest so that the command does not
/// block on a full pipe.
fn collect(pipe: Option<impl Read + Send + 'static>, limit: usize, done: mpsc::Sender<()>) -> Collected {
    let bytes = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&bytes);
    thread::spawn(move || {
        if let Some(mut pipe) = pipe {
            let mut buffer = [0; 8192];
            loop {
                match pipe.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => {
                        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                        let room = limit.saturating_add(1).saturating_sub(kept.len()).min(count);
                        kept.extend_from_slice(&buffer[..room]);
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
        }
        // Nobody listens after a time-out.
        let _ = done.send(());
    });
    Collected { bytes, limit }
}
