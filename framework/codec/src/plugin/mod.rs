//! HDF5 filter plug-ins as filters of ours, called without HDF5 and without its lock.
//!
//! A plug-in is a shared library with two functions, `H5PLget_plugin_type` and
//! `H5PLget_plugin_info`; the second gives a record with the number of the filter and the
//! function that runs it (HDF5 reference manual, "Dynamically Loaded Filters"). Whatever the
//! site has installed for HDF5 works here with exactly its own stream, which is what makes
//! SZ3 usable at all: its format changes from version to version, and the only stream worth
//! writing is the one that the readers' plug-in reads.
//!
//! A plug-in is machine code of others that runs in this process. It is looked for only where
//! HDF5 itself would look, and asked to decode only what the caller trusts
//! ([`Pipeline::with_plugins`](crate::Pipeline::with_plugins)): most decoders believe the
//! lengths that a stream states, so damaged bytes can end the process.
//!
//! | question | file |
//! |---|---|
//! | where are plug-ins, which one has filter N? | `search.rs` |
//! | how is a library loaded and its function called? | `library.rs`, with `unsafe` |
//! | who owns the bytes that go in and come out? | `bytes.rs`, with `unsafe` |
//! | how does a plug-in become a stage of a pipeline? | `stage.rs` |

mod bytes;
mod library;
mod search;
mod stage;

pub(crate) use bytes::Bytes;
pub(crate) use library::{Direction, Library};
pub use search::Plugins;
pub(crate) use stage::build;
