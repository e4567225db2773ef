//! What was written, remembered so that it can be compared with what is read back.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use xxhash_rust::xxh3::xxh3_64;

/// One stored chunk as it was handed to HDF5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkReceipt {
    pub size: u32,
    /// xxh3-64 of the stored bytes
    pub checksum: u64,
    pub filter_mask: u32,
}

impl ChunkReceipt {
    /// `None`: larger than HDF5 can store.
    pub(crate) fn of(stored: &[u8], filter_mask: u32) -> Option<Self> {
        Some(ChunkReceipt { size: u32::try_from(stored.len()).ok()?, checksum: xxh3_64(stored), filter_mask })
    }
}

/// A dataset written chunk by chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChunkedReceipt {
    /// absolute HDF5 path
    pub path: String,
    pub rows: u64,
    pub rows_per_chunk: u64,
    pub chunks: Vec<ChunkReceipt>,
}

/// A finished file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReceipt {
    pub path: PathBuf,
    pub size: u64,
    /// in order of creation
    pub datasets: Vec<ChunkedReceipt>,
    /// xxh3-64 of the values of every other dataset by path, as the writer digests them
    pub small: BTreeMap<String, u64>,
    /// xxh3-64 of what each object is beside its values, by path; empty: the file is a copy
    pub structure: BTreeMap<String, u64>,
    /// xxh3-64 of all bytes, where the writer saw them in order: a copy
    pub checksum: Option<u64>,
    /// what could not be carried over as it was: (dataset path, text)
    pub notes: Vec<(String, String)>,
}

impl FileReceipt {
    /// Stored bytes of all chunked datasets.
    pub fn chunk_bytes(&self) -> u64 {
        self.datasets.iter().flat_map(|dataset| &dataset.chunks).map(|chunk| u64::from(chunk.size)).sum()
    }
}
