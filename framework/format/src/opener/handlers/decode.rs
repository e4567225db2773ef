//! One chunk through libhdf5's own filter pipeline and its plug-ins.

use super::super::Limits;
use super::kept;
use crate::error::Result;
use std::path::Path;

pub(super) fn chunk(path: &Path, dataset: &str, index: u64, limits: Limits) -> Result<Vec<u8>> {
    let file = kept::open(path)?;
    file.dataset(dataset)?.read_chunk(index, limits.reply())
}
