//! libhdf5 behind a thin safe wrapper: the only code of the crate that calls it.
//!
//! The static build is not thread-safe, so every call happens under `hdf5_sys::LOCK`; objects are `Send + Sync` because
//! an HDF5 identifier is a number that is only ever used under that lock. Every object keeps its file open and carries
//! its path, so an error names both. Sizes are checked against a limit before anything is allocated.
//!
//! Road not taken: the `hdf5` crate's typed layer, which has no foreign filters on creation, no chunk iterator with
//! filter masks, no link kinds, and no bound on what a damaged file may make it allocate.

mod attribute;
mod block;
mod chunks;
mod dataset;
mod datatype;
mod driver;
mod existence;
mod external_storage;
mod file;
mod filters;
mod group;
mod handle;
mod pointers;
mod read;
mod scan;
mod spec;
mod store;
mod strings;
mod version;
mod virtual_sources;
mod written;

pub(crate) use block::{blocks, Block};
pub use chunks::MAX_CHUNKS;
pub use dataset::Dataset;
pub use datatype::Datatype;
pub use file::File;
pub use filters::register_filters;
pub use group::{Child, Group, Link, ObjectKind};
pub use handle::{enable_plugins, init};
pub(crate) use read::merged;
pub use spec::{DatasetSpec, FillTime};
pub use version::version;
