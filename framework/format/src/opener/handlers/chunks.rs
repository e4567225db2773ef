//! Chunk tables of datasets.

use crate::error::Result;
use crate::hdf5::File;
use crate::map::ChunkTable;
use std::path::Path;

pub(super) fn list(path: &Path, datasets: &[String]) -> Result<Vec<ChunkTable>> {
    let file = File::open(path)?;
    datasets.iter().map(|dataset| file.dataset(dataset)?.chunk_table()).collect()
}
