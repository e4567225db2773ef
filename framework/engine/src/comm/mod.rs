//! Ranks: who takes which piece of work, and waiting for each other.
//!
//! Only tickets, the plan, barriers and aborts travel here; data travel through the file system. A rank asks for the next
//! ticket of a phase, so a fast rank simply takes more of them. One-sided MPI would need no server, but `MPI_Win_allocate`
//! fails across nodes on common Open MPI installations, so rank 0 answers from a thread, with ordinary messages.

mod launch;
#[cfg(feature = "mpi")]
mod mpi;
mod share;
mod solo;

pub use launch::{connect, library, Launch};
#[cfg(feature = "mpi")]
pub use mpi::MpiRanks;
pub use share::Share;
pub use solo::Solo;

pub trait Ranks: Send + Sync {
    fn rank(&self) -> usize;
    fn size(&self) -> usize;
    /// The next piece of work of `phase`, counted from 0 over all ranks. The caller knows how many there are. Once any rank
    /// has called [`stop`](Self::stop), `u64::MAX`, which is none.
    fn next_ticket(&self, phase: usize) -> u64;
    /// Tells rank 0 how far this rank is, for those who watch.
    fn report(&self, share: Share);
    /// On rank 0: what all others told last, together.
    fn reported(&self) -> Share;
    /// No rank is given another ticket from now on: what is under way is finished, then all meet.
    fn stop(&self);
    /// Returns once every rank has called it.
    fn barrier(&self);
    /// Returns once every rank has called it: whether any of them said so.
    fn any(&self, mine: bool) -> bool;
    /// Rank 0's bytes, on every rank, however many.
    fn broadcast(&self, bytes: Vec<u8>) -> Vec<u8>;
    /// Every rank's bytes, on rank 0, in the order of the ranks; on the others nothing.
    fn gather(&self, bytes: Vec<u8>) -> Vec<Vec<u8>>;
    /// Ends all ranks.
    fn abort(&self, code: i32) -> !;
}
