//! Positional reads of one file that nobody waits for longer than the time limit of storage: a read on blocked storage cannot be
//! taken back, but whoever asked can say so and end.
//!
//! Each read is done by a thread that is free, with a buffer that goes along. A thread costs little beside a chunk and stays for
//! the next read; one that storage holds is left to itself.

use crate::bounded::patiently;
use crate::{Error, Place, Result};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{channel, Receiver, Sender};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// Bytes that are wanted, and the place where they begin.
type Order = (Vec<u8>, u64);
type Outcome = io::Result<Vec<u8>>;

/// A thread that reads.
struct Hand {
    orders: Sender<Order>,
    outcomes: Receiver<Outcome>,
}

pub(crate) struct Positional {
    path: PathBuf,
    limit: Duration,
    /// opened by the first read, because opening may block too
    file: Arc<OnceLock<File>>,
    free: Mutex<Vec<Hand>>,
    /// storage that took too long once is not waited for again
    blocked: OnceLock<Error>,
}

impl Positional {
    pub fn new(path: &Path, limit: Duration) -> Self {
        Positional {
            path: path.to_owned(),
            limit,
            file: Arc::default(),
            free: Mutex::default(),
            blocked: OnceLock::new(),
        }
    }

    /// Fills the buffer with the bytes from `offset` on.
    ///
    /// # Errors
    /// [`Error::Input`] when the file is too short, [`Error::Resource`] when storage refuses or takes too long.
    pub fn read(&self, buffer: Vec<u8>, offset: u64) -> Result<Vec<u8>> {
        if let Some(blocked) = self.blocked.get() {
            return Err(blocked.clone());
        }
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let hand = free().pop();
        let hand = match hand {
            Some(hand) => hand,
            None => self.start().map_err(|error| {
                Error::resource(format!("failed to start a reading thread: {error}"), Place::file(&self.path))
            })?,
        };
        let sent = hand.orders.send((buffer, offset));
        sent.map_err(|_| Error::bug("a reading thread has ended", Place::file(&self.path)))?;
        match hand.outcomes.recv_timeout(self.limit) {
            Ok(outcome) => {
                free().push(hand);
                outcome.map_err(|error| match error.kind() {
                    ErrorKind::UnexpectedEof => Error::input("the file ends too early", Place::file(&self.path)),
                    _ => Error::io("read", &self.path, &error),
                })
            }
            Err(_) => {
                let what = format!("no bytes of the file within {:?}", self.limit);
                let error = Error::resource(what, Place::file(&self.path))
                    .with_hint("the storage is blocked or slow; TRAINYARD_STORAGE_TIMEOUT=SECONDS waits longer");
                Err(self.blocked.get_or_init(|| error).clone())
            }
        }
    }

    fn start(&self) -> io::Result<Hand> {
        let (orders, incoming) = channel::<Order>();
        let (done, outcomes) = channel();
        let (path, file) = (self.path.clone(), self.file.clone());
        std::thread::Builder::new().name("positional".into()).spawn(move || {
            for (mut buffer, offset) in incoming {
                let outcome = patiently(|| open(&file, &path)?.read_exact_at(&mut buffer, offset)).map(|()| buffer);
                if done.send(outcome).is_err() {
                    return;
                }
            }
        })?;
        Ok(Hand { orders, outcomes })
    }
}

fn open<'a>(file: &'a OnceLock<File>, path: &Path) -> io::Result<&'a File> {
    match file.get() {
        Some(open) => Ok(open),
        None => {
            let new = File::open(path)?;
            Ok(file.get_or_init(|| new))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn bytes_come_from_their_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, (0..200u8).collect::<Vec<_>>()).unwrap();
        let file = Positional::new(&path, Duration::from_secs(20));
        for offset in [0, 7, 190] {
            let expected: Vec<u8> = (offset..offset + 10).map(|byte| byte as u8).collect();
            assert_eq!(file.read(vec![0; 10], offset).unwrap(), expected);
        }
        assert!(matches!(file.read(vec![0; 10], 191), Err(Error::Input { .. })));
        let gone = Positional::new(&folder.path().join("b"), Duration::from_secs(20));
        assert!(matches!(gone.read(vec![0; 1], 0), Err(Error::Resource { .. })));
    }

    #[test]
    fn storage_that_blocks_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let start = Instant::now();
        let error = Positional::new(&pipe, Duration::from_millis(200)).read(vec![0; 1], 0).unwrap_err();
        assert!(matches!(error, Error::Resource { .. }) && error.to_string().contains("within 200ms"), "{error}");
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
