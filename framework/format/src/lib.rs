//! The EuXFEL HDF5 format ("EXDF"): files, runs and detectors to read, a writer, a validator.
//!
//! | folder | answers |
//! |---|---|
//! | `hdf5` | how do we call libhdf5? (the only module that does) |
//! | `map` | what is in a file? plain values, no open handles |
//! | `opener` | how do we look into a file that may be damaged? in a process that can be killed |
//! | `run` | which trains, sources and keys does a folder hold? |
//! | `detector` | which frames does a detector hold, and where? |
//! | `write` | how do we write a file nobody can fault? |
//! | `bounded` | how is a file read that a user names? within limits, and absent only when it certainly is |
//! | `positional` | how is a chunk read from storage that may block? |
//! | `durable` | how does a file appear, whole or not at all? |
//! | `stuck` | what if storage never finishes? |
//! | `validate` | what is wrong with a run? |
//! | `words` | how are counts told? |

pub mod bounded;
pub mod detector;
pub mod durable;
pub mod error;
pub mod hdf5;
pub mod map;
pub mod opener;
mod positional;
pub mod run;
pub mod stuck;
pub mod validate;
pub mod words;
pub mod write;

pub use error::{Error, Place, Result};
