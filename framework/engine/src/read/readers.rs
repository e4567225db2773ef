//! Threads that read files by position. Nobody waits for them longer than the time limit: a read on blocked storage
//! cannot be taken back, but the run can end and say which file it was.

use super::unchanged::check_opened;
use super::Files;
use crossbeam_channel::{unbounded, Receiver, Sender};
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use trainyard_format::map::FileStamp;
use trainyard_format::{Error, Place, Result};

/// Attempts at a read that fails with an I/O error.
const ATTEMPTS: u32 = 3;

/// One read.
pub struct Task {
    /// index in `Run::files`
    pub file: usize,
    pub path: PathBuf,
    /// what the plan knows of the file: looked at through the descriptor, when it is opened
    pub known: Option<FileStamp>,
    pub start: u64,
    pub length: usize,
    /// at least `length` bytes
    pub buffer: Vec<u8>,
}

/// The buffer, filled, or why not: [`Error::Input`] when the file is too short.
pub type Outcome = Result<Vec<u8>>;

struct Order {
    number: usize,
    task: Task,
    reply: Sender<(usize, Result<Outcome>)>,
}

/// What one thread is at, since when.
type Busy = Mutex<Option<(Instant, PathBuf)>>;

pub struct Readers {
    orders: Sender<Order>,
    busy: Arc<Vec<Busy>>,
    limit: Duration,
}

impl Readers {
    /// `limit` is for one read.
    ///
    /// # Errors
    /// `Resource` when the system grants no more threads.
    pub fn start(threads: usize, limit: Duration) -> Result<Self> {
        let (orders, incoming) = unbounded::<Order>();
        let busy: Arc<Vec<Busy>> = Arc::new((0..threads).map(|_| Busy::default()).collect());
        let files = Arc::new(Files::default());
        for number in 0..threads {
            let (incoming, busy, files) = (incoming.clone(), busy.clone(), files.clone());
            let work = move || serve(&incoming, &busy[number], &files);
            std::thread::Builder::new()
                .name(format!("reader {number}"))
                .spawn(work)
                .map_err(|e| Error::resource(format!("failed to start a reading thread: {e}"), Place::default()))?;
        }
        Ok(Readers { orders, busy, limit })
    }

    /// Carries out all tasks; outcomes in their order.
    ///
    /// # Errors
    /// The first failure that is no lasting damage, a file that changed since the plan was made, or one whose read takes too long.
    pub fn read(&self, tasks: impl Iterator<Item = Task>) -> Result<Vec<Outcome>> {
        let (reply, replies) = unbounded();
        let mut outcomes: Vec<Option<Outcome>> = Vec::new();
        for (number, task) in tasks.enumerate() {
            outcomes.push(None);
            let sent = self.orders.send(Order { number, task, reply: reply.clone() });
            sent.map_err(|_| Error::bug("the reading threads have ended", Place::default()))?;
        }
        for _ in 0..outcomes.len() {
            let (number, outcome) = replies.recv_timeout(self.limit).map_err(|_| self.blocked())?;
            match outcome? {
                Err(error) if !matches!(error, Error::Input { .. }) => return Err(error),
                outcome => outcomes[number] = Some(outcome),
            }
        }
        outcomes.into_iter().map(|o| o.ok_or_else(|| Error::bug("a read was lost", Place::default()))).collect()
    }

    /// Names the file that is waited for longest.
    fn blocked(&self) -> Error {
        let read = |busy: &Busy| busy.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let oldest = self.busy.iter().filter_map(read).min();
        let place = oldest.map_or_else(Place::default, |(_, path)| Place::file(path));
        Error::resource(format!("no bytes of the file within {:?}", self.limit), place).with_hint(
            "the storage is blocked or slow: run again when it is back, finished sequences are kept; \
             TRAINYARD_STORAGE_TIMEOUT=SECONDS waits longer",
        )
    }
}

fn serve(orders: &Receiver<Order>, busy: &Busy, files: &Files) {
    let note = |what| *busy.lock().unwrap_or_else(|e| e.into_inner()) = what;
    for Order { number, task, reply } in orders {
        note(Some((Instant::now(), task.path.clone())));
        let outcome = carry_out(task, files);
        note(None);
        // whoever asked may have given up
        let _ = reply.send((number, outcome));
    }
}

/// The outer error ends all reading: a file that changed is no damage that may be skipped.
fn carry_out(task: Task, files: &Files) -> Result<Outcome> {
    let Task { file, path, known, start, length, mut buffer } = task;
    let check = |opened: &File| known.iter().try_for_each(|known| check_opened(known, opened, &path));
    let file = files.get_checked(file, &path, check)?;
    let wanted = buffer.get_mut(..length).ok_or_else(|| Error::bug("a buffer is too short", Place::file(&path)))?;
    Ok(read_exact(&file, &path, wanted, start).map(|()| buffer))
}

/// Short files are damage; other failures are tried again.
fn read_exact(file: &File, path: &Path, buffer: &mut [u8], offset: u64) -> Result<()> {
    let mut attempt = 0;
    loop {
        match file.read_exact_at(buffer, offset) {
            Ok(()) => return Ok(()),
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(Error::input("the file ends before the chunk does", Place::file(path)));
            }
            Err(e) => {
                attempt += 1;
                if attempt >= ATTEMPTS {
                    return Err(Error::io("read", path, &e));
                }
                std::thread::sleep(Duration::from_millis(100 << attempt));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(file: usize, path: &Path, start: u64, length: usize) -> Task {
        Task { file, path: path.into(), known: None, start, length, buffer: vec![0; length] }
    }

    #[test]
    fn reads_come_back_in_the_order_they_were_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let paths = [folder.path().join("a"), folder.path().join("b")];
        for (number, path) in paths.iter().enumerate() {
            std::fs::write(path, (0..200u8).map(|n| n ^ number as u8).collect::<Vec<_>>()).unwrap();
        }
        let readers = Readers::start(3, Duration::from_secs(20)).unwrap();
        let tasks = (0..100).map(|n| task(n % 2, &paths[n % 2], n as u64, 10));
        for (n, outcome) in readers.read(tasks).unwrap().into_iter().enumerate() {
            let expected: Vec<u8> = (n..n + 10).map(|byte| byte as u8 ^ (n % 2) as u8).collect();
            assert_eq!(outcome.unwrap(), expected, "read {n}");
        }
        let outcomes = readers.read([task(0, &paths[0], 195, 10), task(0, &paths[0], 0, 1)].into_iter()).unwrap();
        let short = outcomes[0].as_ref().unwrap_err();
        assert!(matches!(short, Error::Input { .. }) && short.to_string().contains("ends before"), "{short}");
        assert_eq!(outcomes[1].as_ref().unwrap(), &[0]);
    }

    /// Opening a named pipe that nobody writes to blocks for ever, as a file on dead storage does.
    #[test]
    fn a_file_that_blocks_is_named_and_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let (good, blocked) = (folder.path().join("good"), folder.path().join("blocked"));
        std::fs::write(&good, [7; 100]).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&blocked).status().unwrap().success());
        let readers = Readers::start(2, Duration::from_millis(300)).unwrap();
        let start = Instant::now();
        let error = readers.read([task(0, &good, 0, 100), task(1, &blocked, 0, 100)].into_iter()).unwrap_err();
        assert!(matches!(error, Error::Resource { .. }) && error.to_string().contains("within 300ms"), "{error}");
        assert_eq!(error.place().file.as_ref(), Some(&blocked));
        assert!(start.elapsed() < Duration::from_secs(10));
        // the other thread goes on
        assert_eq!(readers.read([task(0, &good, 0, 100)].into_iter()).unwrap()[0].as_ref().unwrap(), &[7; 100]);
    }

    /// A folder can be opened but never read.
    #[test]
    fn what_the_system_refuses_is_no_damage_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let readers = Readers::start(1, Duration::from_secs(20)).unwrap();
        let error = readers.read([task(0, folder.path(), 0, 1)].into_iter()).unwrap_err();
        assert!(matches!(error, Error::Resource { .. }), "{error}");
        assert_eq!(error.place().file.as_deref(), Some(folder.path()));
        let gone = folder.path().join("gone");
        let error = readers.read([task(1, &gone, 0, 1)].into_iter()).unwrap_err();
        assert_eq!(error.place().file, Some(gone));
    }

    #[test]
    fn a_file_that_changed_since_the_plan_is_no_damage() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, [7; 100]).unwrap();
        let known = FileStamp::of(&std::fs::metadata(&path).unwrap());
        let planned = || Task { known: Some(known.clone()), ..task(0, &path, 0, 50) };
        assert!(Readers::start(1, Duration::from_secs(20)).unwrap().read([planned()].into_iter()).unwrap()[0].is_ok());
        std::fs::write(&path, [7; 101]).unwrap();
        let error = Readers::start(1, Duration::from_secs(20)).unwrap().read([planned()].into_iter()).unwrap_err();
        assert!(error.to_string().contains("had 100 bytes and has 101"), "{error}");
    }
}
