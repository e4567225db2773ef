//! A program under way: its output goes to files that have no name, so that it never waits for a reader.

use crate::family::{family, Relative};
use crate::Finished;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub struct Child {
    what: String,
    pid: libc::pid_t,
    started: Instant,
    stdout: File,
    stderr: File,
    ended: Option<(ExitStatus, u64)>,
}

impl Child {
    /// Starts `command` in a process group of its own.
    pub fn start(command: &mut Command) -> Self {
        let file = || tempfile::tempfile().expect("a temporary file");
        let (stdout, stderr) = (file(), file());
        let handle = |file: &File| Stdio::from(file.try_clone().expect("a second handle"));
        command.stdin(Stdio::null()).stdout(handle(&stdout)).stderr(handle(&stderr)).process_group(0);
        let what = format!("{command:?}");
        let started = Instant::now();
        #[expect(
            clippy::zombie_processes,
            reason = "`ended` waits by pid, for the peak memory that only `wait4` tells"
        )]
        let child = command.spawn().unwrap_or_else(|e| panic!("failed to start {what}: {e}"));
        Child { what, pid: child.id() as libc::pid_t, started, stdout, stderr, ended: None }
    }

    /// Sends a signal to the program, not to its children.
    pub fn signal(&mut self, signal: i32) {
        if self.ended.is_none() {
            // SAFETY: `kill` touches no memory; the process is not yet waited for, so the id is still its own.
            unsafe { libc::kill(self.pid, signal) };
        }
    }

    /// Sends a signal to the program and all its children.
    pub fn signal_all(&mut self, signal: i32) {
        if self.ended.is_none() {
            // SAFETY: as in `signal`; the group was made for this process.
            unsafe { libc::kill(-self.pid, signal) };
        }
    }

    /// The program and all processes below it that live at this moment.
    pub fn family(&mut self) -> Vec<Relative> {
        if self.ended() {
            return Vec::new();
        }
        family(self.pid)
    }

    /// Whether it has ended by now.
    pub fn ended(&mut self) -> bool {
        if self.ended.is_none() {
            let mut status = 0;
            // SAFETY: an all-zero `rusage` is a valid value of this plain C struct.
            let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
            // SAFETY: both pointers are to live values of the right type; the process is our own child.
            let found = unsafe { libc::wait4(self.pid, &mut status, libc::WNOHANG, &mut usage) };
            assert!(found >= 0, "failed to wait for {}: {}", self.what, std::io::Error::last_os_error());
            if found == self.pid {
                self.ended = Some((ExitStatus::from_raw(status), usage.ru_maxrss as u64 * 1024));
            }
        }
        self.ended.is_some()
    }

    /// Waits; a program that takes longer than `patience` is killed and ends the test.
    #[track_caller]
    pub fn wait(mut self, patience: Duration) -> Finished {
        while !self.ended() {
            if self.started.elapsed() > patience {
                self.signal_all(libc::SIGKILL);
                let said = text(&mut self.stderr);
                panic!("{} still ran after {patience:?}; it said\n{said}", self.what);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        let time = self.started.elapsed();
        let (status, peak) = self.ended.expect("it has ended");
        Finished {
            what: std::mem::take(&mut self.what),
            code: status.code(),
            stdout: text(&mut self.stdout),
            stderr: text(&mut self.stderr),
            time,
            peak,
        }
    }

    /// Waits until `found`, or until the program has ended: then false.
    pub fn until(&mut self, found: impl Fn() -> bool) -> bool {
        loop {
            if found() {
                return true;
            }
            if self.ended() {
                return found();
            }
            std::thread::sleep(Duration::from_micros(100));
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        while !self.ended() {
            self.signal_all(libc::SIGKILL);
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_end(&mut bytes)).expect("our own file");
    String::from_utf8_lossy(&bytes).into_owned()
}
