//! Ranks under MPI: two-sided messages only, and no blocking wait.
//!
//! A blocking receive spins on a core in common MPI libraries and would starve the workers, so every wait here polls
//! with a sleep. Rank 0 serves tickets from a thread of its own, which needs `MPI_THREAD_MULTIPLE`.

use super::{Ranks, Share};
use mpi::collective::SystemOperation;
use mpi::environment::Universe;
use mpi::point_to_point::MatchedReceiveVec;
use mpi::request::{scope, Request, Scope};
use mpi::topology::{Communicator, SimpleCommunicator};
use mpi::traits::{CommunicatorCollectives, Destination, Root, Source};
use mpi::Threading;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use trainyard_format::{Error, Place, Result};

const ASK: i32 = 71;
const ANSWER: i32 = 72;
const GATHER: i32 = 73;
/// Asks for no ticket, but that no more are given.
const STOP: u64 = u64::MAX;
/// Asks for nothing: tells how far the rank is.
const REPORT: u64 = u64::MAX - 1;
/// MPI counts in 32-bit numbers, and a piece should not hold up those that wait for the next one for long.
const PIECE: usize = 16 << 20;
const POLL: Duration = Duration::from_micros(200);

/// A communicator that may be used from several threads.
struct Shared(SimpleCommunicator);

// SAFETY: the handle is a plain value (a pointer in Open MPI, an integer in MPICH) that the library lets any thread use
// once it granted MPI_THREAD_MULTIPLE, which `initialise` insists on.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

struct Finalise(#[allow(dead_code)] Universe);

// SAFETY: the universe is only kept to be dropped at the end; with MPI_THREAD_MULTIPLE any thread may finalise.
unsafe impl Send for Finalise {}
// SAFETY: nothing is called through a shared reference.
unsafe impl Sync for Finalise {}

/// By phase, how many are given; nobody is given one once work is stopped. What each rank told last of itself.
#[derive(Default)]
struct Given {
    by_phase: HashMap<u64, u64>,
    stopped: bool,
    shares: HashMap<i32, Share>,
}

type Tickets = Arc<Mutex<Given>>;

pub struct MpiRanks {
    /// collective calls
    world: Arc<Shared>,
    /// ticket messages
    ticket_comm: Arc<Shared>,
    tickets: Tickets,
    /// one question under way at a time, so that an answer finds its asker
    asking: Mutex<()>,
    server: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    _finalise: Finalise,
}

impl MpiRanks {
    /// # Errors
    /// MPI refused to start or has no thread support.
    pub fn initialise() -> Result<Self> {
        let failed = |what: &str| Error::resource(format!("failed to initialise MPI: {what}"), Place::default());
        let (universe, threading) =
            mpi::initialize_with_threading(Threading::Multiple).ok_or_else(|| failed("it was initialised before"))?;
        if threading < Threading::Multiple {
            return Err(failed("the library offers no MPI_THREAD_MULTIPLE"));
        }
        let world = Arc::new(Shared(universe.world().duplicate()));
        let ticket_comm = Arc::new(Shared(universe.world().duplicate()));
        let tickets = Tickets::default();
        let stop = Arc::new(AtomicBool::new(false));
        let mut server = None;
        if world.0.rank() == 0 && world.0.size() > 1 {
            let (comm, tickets, stop) = (ticket_comm.clone(), tickets.clone(), stop.clone());
            let thread = std::thread::Builder::new().name("tickets".into());
            let spawned = thread.spawn(move || serve(&comm, &tickets, &stop));
            server = Some(spawned.map_err(|e| Error::threads("give out tickets", &e))?);
        }
        Ok(MpiRanks {
            world,
            ticket_comm,
            tickets,
            asking: Mutex::new(()),
            server,
            stop,
            _finalise: Finalise(universe),
        })
    }
}

fn take(tickets: &Tickets, phase: u64) -> u64 {
    let mut tickets = tickets.lock().unwrap_or_else(|e| e.into_inner());
    tickets.stopped |= phase == STOP;
    if tickets.stopped {
        return u64::MAX;
    }
    let next = tickets.by_phase.entry(phase).or_insert(0);
    *next += 1;
    *next - 1
}

fn serve(comm: &Shared, tickets: &Tickets, stop: &AtomicBool) {
    while !stop.load(Ordering::Acquire) {
        match comm.0.any_process().immediate_matched_probe_with_tag(ASK) {
            Some(matched) => {
                let (words, status) = matched.matched_receive_vec::<u64>();
                let rank = status.source_rank();
                let answer = match words.split_first() {
                    Some((&REPORT, numbers)) => {
                        let mut tickets = tickets.lock().unwrap_or_else(|e| e.into_inner());
                        tickets.shares.extend(Share::of_numbers(numbers).map(|share| (rank, share)));
                        0
                    }
                    Some((&phase, _)) => take(tickets, phase),
                    None => u64::MAX,
                };
                comm.0.process_at_rank(rank).send_with_tag(&answer, ANSWER);
            }
            None => std::thread::sleep(POLL),
        }
    }
}

impl Ranks for MpiRanks {
    fn rank(&self) -> usize {
        self.world.0.rank() as usize
    }

    fn size(&self) -> usize {
        self.world.0.size() as usize
    }

    fn next_ticket(&self, phase: usize) -> u64 {
        self.ask(&[phase as u64])
    }

    fn report(&self, share: Share) {
        if self.rank() != 0 {
            let [frames, bytes, files, entries] = share.numbers();
            self.ask(&[REPORT, frames, bytes, files, entries]);
        }
    }

    fn reported(&self) -> Share {
        let tickets = self.tickets.lock().unwrap_or_else(|e| e.into_inner());
        tickets.shares.values().fold(Share::default(), |all, share| all + *share)
    }

    fn stop(&self) {
        self.ask(&[STOP]);
    }

    fn barrier(&self) {
        poll(self.world.0.immediate_barrier());
    }

    fn any(&self, mine: bool) -> bool {
        let (mine, mut all) = (u8::from(mine), 0u8);
        scope(|scope| {
            poll(self.world.0.immediate_all_reduce_into(scope, &mine, &mut all, SystemOperation::max()));
        });
        all != 0
    }

    fn broadcast(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.size() == 1 {
            return bytes;
        }
        let root = self.world.0.process_at_rank(0);
        let mut length = bytes.len() as u64;
        scope(|scope| poll(root.immediate_broadcast_into(scope, &mut length)));
        bytes.resize(length as usize, 0);
        for piece in bytes.chunks_mut(PIECE) {
            scope(|scope| poll(root.immediate_broadcast_into(scope, piece)));
        }
        bytes
    }

    fn gather(&self, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if self.rank() != 0 {
            self.world.0.process_at_rank(0).send_with_tag(&bytes[..], GATHER);
            return Vec::new();
        }
        let mut all = vec![bytes];
        for rank in 1..self.size() as i32 {
            let from = self.world.0.process_at_rank(rank);
            all.push(loop {
                match from.immediate_matched_probe_with_tag(GATHER) {
                    Some(matched) => break matched.matched_receive_vec::<u8>().0,
                    None => std::thread::sleep(POLL),
                }
            });
        }
        all
    }

    fn abort(&self, code: i32) -> ! {
        self.world.0.abort(code)
    }
}

/// Until it is done; a blocking wait would spin.
fn poll<'a, D: ?Sized, S: Scope<'a>>(mut request: Request<'a, D, S>) {
    loop {
        match request.test() {
            Ok(_) => return,
            Err(pending) => {
                request = pending;
                std::thread::sleep(POLL);
            }
        }
    }
}

impl MpiRanks {
    /// What rank 0 answers to a phase, to [`STOP`], or to [`REPORT`] and numbers.
    fn ask(&self, words: &[u64]) -> u64 {
        if self.rank() == 0 {
            return words.first().map_or(u64::MAX, |&phase| take(&self.tickets, phase));
        }
        let _one = self.asking.lock().unwrap_or_else(|e| e.into_inner());
        let server = self.ticket_comm.0.process_at_rank(0);
        server.send_with_tag(words, ASK);
        loop {
            match server.immediate_matched_probe_with_tag(ANSWER) {
                Some((message, _)) => return message.matched_receive::<u64>().0,
                None => std::thread::sleep(POLL),
            }
        }
    }
}

impl Drop for MpiRanks {
    fn drop(&mut self) {
        self.barrier();
        self.stop.store(true, Ordering::Release);
        if let Some(server) = self.server.take() {
            let _ = server.join();
        }
    }
}
