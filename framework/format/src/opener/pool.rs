//! A pool of children that answer requests, one at a time each.

use super::command::{Limits, OpenerCommand};
use super::handlers::discard;
use super::record::{compare, Answers, Book, Told};
use super::request::{Reply, Request};
use super::worker::{crash_signal, Failed, Worker};
use crate::error::{Error, Place, Result};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Tries at a question whose child ends before it answers.
const MOST_ASKED: u32 = 2;

/// Children start when they are first needed, and again after one was lost. Many threads may ask at once; with more
/// threads than children, some wait.
pub struct OpenerPool {
    command: OpenerCommand,
    workers: usize,
    limits: Limits,
    state: Mutex<State>,
    freed: Condvar,
    book: Book,
}

#[derive(Default)]
struct State {
    idle: Vec<Worker>,
    busy: usize,
}

impl OpenerPool {
    /// Prepares up to `workers` children; starts none yet.
    pub fn start(command: OpenerCommand, workers: usize, limits: Limits) -> OpenerPool {
        OpenerPool {
            command,
            workers: workers.max(1),
            limits,
            state: Mutex::default(),
            freed: Condvar::new(),
            book: Book::default(),
        }
    }

    /// Starts all children now, for reading: before MPI, say, when starting processes is safest.
    ///
    /// # Errors
    /// `Resource` when one cannot be started.
    pub fn start_children(&self) -> Result<()> {
        let mut state = self.lock();
        while state.busy + state.idle.len() < self.workers {
            let worker = Worker::start(&self.command, self.limits, true)
                .map_err(|error| self.cannot_start(&error, Place::default()))?;
            state.idle.push(worker);
        }
        Ok(())
    }

    /// Keeps every answer from now on, for others to [`follow`](Self::follow).
    pub fn record(&self) {
        self.book.keep();
    }

    /// The answers since [`record`](Self::record); from now on none is kept.
    pub fn recorded(&self) -> Answers {
        self.book.close()
    }

    /// Answers from now on what another pool was told, and asks no child; what that one was not asked is an error.
    pub fn follow(&self, answers: Answers) {
        self.book.follow(answers);
    }

    /// Asks children again.
    pub fn stop_following(&self) {
        self.book.close();
    }

    /// Most children that work at a time.
    pub fn workers(&self) -> usize {
        self.workers
    }

    pub fn limits(&self) -> Limits {
        self.limits
    }

    /// Asks a child.
    ///
    /// # Errors
    /// What the child found; `Input` when the file crashes it, `Resource` when it does not answer in time (storage may
    /// be blocked as well) or cannot be started.
    pub fn call(&self, request: Request) -> Result<Reply> {
        self.call_within(request, self.limits.time)
    }

    /// As [`call`](Self::call) with a time limit of its own, for requests that move much data.
    pub fn call_within(&self, request: Request, time: Duration) -> Result<Reply> {
        let place = Place::file(request.path());
        let message = postcard::to_stdvec(&request).map_err(|error| {
            Error::request(format!("failed to pass the request on: {error}"), place.clone())
                .with_hint("paths must be valid UTF-8")
        })?;
        let expected = match self.book.told(&request, &message)? {
            Told::Reply(reply) => return understand(&reply, place),
            Told::Compare(sum) => Some(sum),
            Told::Nothing => None,
        };
        let reply = self.ask(&request, &message, time).or_else(|error| {
            postcard::to_stdvec(&Err::<Reply, _>(error)).map_err(|e| Error::bug(e.to_string(), place.clone()))
        })?;
        if let Some(sum) = expected {
            compare(&request, &reply, sum)?;
        }
        self.book.note(&request, &message, &reply);
        understand(&reply, place)
    }

    /// The reply of a child as it travels.
    fn ask(&self, request: &Request, message: &[u8], time: Duration) -> Result<Vec<u8>> {
        let place = Place::file(request.path());
        let mut asked = 0;
        loop {
            asked += 1;
            let mut worker = self.acquire(request).map_err(|error| self.cannot_start(&error, place.clone()))?;
            worker.about = request.path().to_owned();
            match worker.ask(message.to_vec(), time) {
                Ok(reply) => {
                    self.release(Some(worker));
                    return Ok(reply);
                }
                // somebody may have ended it, or the machine: the file is blamed when it happens again
                Err(Failed::Ended(_)) if asked < MOST_ASKED => {
                    drop(worker);
                    self.release(None);
                    if let Some(output) = request.output() {
                        discard(output)?;
                    }
                }
                Err(failed) => {
                    drop(worker);
                    self.release(None);
                    return Err(self.explain(failed, time, place));
                }
            }
        }
    }

    fn cannot_start(&self, error: &std::io::Error, place: Place) -> Error {
        Error::resource(format!("failed to start the opener `{}`: {error}", self.command.program.display()), place)
    }

    fn explain(&self, failed: Failed, time: Duration, place: Place) -> Error {
        match failed {
            Failed::TimedOut => Error::resource(format!("no answer about the file within {time:?}"), place).with_hint(
                "the storage is blocked or slow (TRAINYARD_STORAGE_TIMEOUT=SECONDS waits longer), or the file is damaged and \
                 the HDF5 library hangs",
            ),
            Failed::Ended(status) => match crash_signal(status) {
                Some(signal) => Error::input(format!("the file crashes the HDF5 library (signal {signal})"), place)
                    .with_hint(format!(
                        "the file is damaged, or needs more memory than the opener's {} MiB",
                        self.limits.memory >> 20
                    )),
                None => Error::resource(format!("the opener ended unexpectedly ({status})"), place),
            },
            Failed::Pipe(error) => Error::resource(format!("failed to talk with the opener: {error}"), place),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An idle child of the wanted kind, or a new one; waits while as many as there may be are busy. Idle ones of the other
    /// kind stay: writing and reading back take turns, and starting a process costs more than most requests. Best is the one
    /// that has the file open, else the one that was idle for longest: the files of the others may be asked about again.
    fn acquire(&self, request: &Request) -> std::io::Result<Worker> {
        let plugins = !request.writes();
        let mut state = self.lock();
        while state.busy >= self.workers {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.busy += 1;
        let position = |fits: &dyn Fn(&Worker) -> bool| state.idle.iter().position(|w| w.plugins == plugins && fits(w));
        let found = position(&|worker| worker.about == request.path()).or_else(|| position(&|_| true));
        if let Some(found) = found {
            return Ok(state.idle.remove(found));
        }
        drop(state);
        Worker::start(&self.command, self.limits, plugins).inspect_err(|_| self.release(None))
    }

    fn release(&self, worker: Option<Worker>) {
        let mut state = self.lock();
        state.busy = state.busy.saturating_sub(1);
        state.idle.extend(worker);
        drop(state);
        self.freed.notify_one();
    }
}

fn understand(reply: &[u8], place: Place) -> Result<Reply> {
    postcard::from_bytes::<Result<Reply>>(reply)
        .unwrap_or_else(|error| Err(Error::bug(format!("failed to read the opener's reply: {error}"), place)))
}

impl std::fmt::Debug for OpenerPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenerPool").field("command", &self.command).field("workers", &self.workers).finish()
    }
}
