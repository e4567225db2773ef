//! Looking into files from processes that can be killed.
//!
//! A damaged file can send libhdf5 into an endless loop or crash it, no thread can time that out, and its lock
//! serialises threads. So a small pool of our own executable, each with a memory limit, opens files and answers with
//! plain values; a request that takes too long or crashes costs one child, which is started again.
//!
//! Wire: each message is its length (u64, little-endian) and that many bytes of postcard; requests go to the child's
//! standard input, replies come from its standard output. A child ends when its input closes, and dies with the thread
//! that started it.
//!
//! Cost: starting a child takes a few milliseconds, a request one copy of its reply.

mod bytes;
mod command;
mod fault;
mod guard;
mod handlers;
mod helpers;
mod pool;
mod record;
mod request;
mod serve;
mod wire;
mod worker;
mod writing;

pub use command::{Limits, OpenerCommand};
pub use pool::OpenerPool;
pub use record::Answers;
pub use request::{Array, ArrayFound, Purpose, Reply, Request, RowData};
pub use serve::{answer, serve};
