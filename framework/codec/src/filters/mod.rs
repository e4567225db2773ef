//! One file per filter: its byte format, both directions, its tests.

pub(crate) mod bitshuffle;
pub(crate) mod deflate;
pub(crate) mod fletcher32;
pub(crate) mod lz4;
pub(crate) mod shuffle;
pub(crate) mod sz3;
pub(crate) mod zstandard;
