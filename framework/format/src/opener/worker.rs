//! One child process and the thread that talks with it.
//!
//! The thread starts the child, because a child dies with the thread that started it; it lives as long as the worker.
//! Talking in a thread of its own also lets the asker stop waiting.

use super::command::{Limits, OpenerCommand};
use super::wire;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{channel, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

pub(super) struct Worker {
    /// taken when the worker is dropped
    child: Option<Child>,
    requests: Sender<Vec<u8>>,
    replies: Receiver<io::Result<Option<Vec<u8>>>>,
    /// whether filter plug-ins are allowed in it
    pub plugins: bool,
    /// the file that it was asked about last
    pub about: PathBuf,
}

/// Why there is no reply; the worker is then of no more use.
#[derive(Debug)]
pub(super) enum Failed {
    TimedOut,
    /// the child has ended
    Ended(ExitStatus),
    /// the pipe broke or carried nonsense
    Pipe(io::Error),
}

impl Worker {
    pub fn start(command: &OpenerCommand, limits: Limits, plugins: bool) -> io::Result<Worker> {
        let (requests, incoming) = channel::<Vec<u8>>();
        let (outgoing, replies) = channel();
        let (started, child) = channel();
        let mut program = Command::new(&command.program);
        program.args(&command.args).arg("--memory").arg(limits.memory.to_string());
        if plugins {
            program.arg("--plugins");
        }
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        std::thread::Builder::new().name("opener".into()).spawn(move || {
            let mut child = match program.spawn() {
                Ok(child) => child,
                Err(error) => {
                    let _ = started.send(Err(error));
                    return;
                }
            };
            let pipes = (child.stdin.take(), child.stdout.take());
            if started.send(Ok(child)).is_err() {
                return;
            }
            let (Some(mut input), Some(mut output)) = pipes else { return };
            for request in incoming {
                let reply = wire::send(&mut input, &request).and_then(|()| wire::receive(&mut output, limits.memory));
                let lost = !matches!(reply, Ok(Some(_)));
                if outgoing.send(reply).is_err() || lost {
                    return;
                }
            }
        })?;
        let child = child.recv().map_err(|_| io::Error::other("the thread of the opener has ended"))??;
        Ok(Worker { child: Some(child), requests, replies, plugins, about: PathBuf::new() })
    }

    /// Sends one request and waits for its reply.
    pub fn ask(&mut self, request: Vec<u8>, time: Duration) -> Result<Vec<u8>, Failed> {
        let gone = |worker: &mut Worker| worker.ended(io::ErrorKind::BrokenPipe.into());
        if self.requests.send(request).is_err() {
            return Err(gone(self));
        }
        match self.replies.recv_timeout(time) {
            Ok(Ok(Some(reply))) => Ok(reply),
            Ok(Ok(None)) => Err(gone(self)),
            Ok(Err(error)) => Err(self.ended(error)),
            Err(RecvTimeoutError::Timeout) => Err(Failed::TimedOut),
            Err(RecvTimeoutError::Disconnected) => Err(gone(self)),
        }
    }

    /// Tells a child that has ended from one whose pipe is broken.
    fn ended(&mut self, error: io::Error) -> Failed {
        if error.kind() == io::ErrorKind::InvalidData {
            return Failed::Pipe(error);
        }
        // Its output is closed, so it is ending; a moment later it has.
        for _ in 0..2000 {
            match self.child.as_mut().map_or(Ok(None), Child::try_wait) {
                Ok(Some(status)) => return Failed::Ended(status),
                Ok(None) => std::thread::sleep(Duration::from_millis(5)),
                Err(error) => return Failed::Pipe(error),
            }
        }
        Failed::Pipe(error)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            reap(child);
        }
    }
}

/// Waits for a child that was killed, but not for long: one that waits for blocked storage inside the system ends when
/// the storage lets it, and whoever asked it must not wait so long. Then a thread does.
fn reap(mut child: Child) {
    for _ in 0..20 {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(1)),
            _ => return,
        }
    }
    let _ = std::thread::Builder::new().name("reaper".into()).spawn(move || child.wait());
}

/// Signals that say the program itself went wrong, not that somebody ended it.
pub(super) fn crash_signal(status: ExitStatus) -> Option<i32> {
    status.signal().filter(|signal| {
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGABRT, libc::SIGILL, libc::SIGFPE, libc::SIGTRAP].contains(signal)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    /// As a child whose death the storage holds back: it does not end within the time of this test.
    #[test]
    fn nobody_waits_for_a_child_that_does_not_end() {
        let child = Command::new("sleep").arg("3").spawn().unwrap();
        let start = Instant::now();
        reap(child);
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
}
