//! Chunk tables of datasets.

use super::kept;
use crate::error::Result;
use crate::map::ChunkTable;
use std::path::Path;

pub(super) fn list(path: &Path, datasets: &[String]) -> Result<Vec<ChunkTable>> {
    let file = kept::open(path)?;
    datasets.iter().map(|dataset| file.dataset(dataset)?.chunk_table()).collect()
}
