//! One chunk through libhdf5's own filter pipeline and its plug-ins.

use super::super::Limits;
use crate::error::Result;
use crate::hdf5::File;
use std::path::Path;

pub(super) fn chunk(path: &Path, dataset: &str, index: u64, limits: Limits) -> Result<Vec<u8>> {
    let file = File::open(path)?;
    file.dataset(dataset)?.read_chunk(index, limits.reply())
}
