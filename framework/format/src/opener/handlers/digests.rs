//! Checksums of the values of datasets.

use crate::error::Result;
use crate::hdf5::{Dataset, File};
use crate::map::ElementType;
use crate::write::digest::{strings, Digest};
use std::path::Path;

/// Values are read in blocks of about this size.
const BLOCK_BYTES: u64 = 64 << 20;

pub(super) fn list(path: &Path, datasets: &[String]) -> Result<Vec<u64>> {
    let file = File::open(path)?;
    datasets.iter().map(|dataset| digest(&file.dataset(dataset)?)).collect()
}

fn digest(dataset: &Dataset) -> Result<u64> {
    let rows = dataset.rows();
    if dataset.element() == ElementType::VarString {
        let texts = dataset.read_byte_strings(&[(0, rows)], 4 * BLOCK_BYTES)?;
        return Ok(strings(texts.iter().map(Vec::as_slice)));
    }
    let row_bytes =
        dataset.shape().iter().skip(1).fold(dataset.element().size() as u64, |n, &d| n.saturating_mul(d)).max(1);
    let block = (BLOCK_BYTES / row_bytes).max(1);
    let mut digest = Digest::default();
    let mut first = 0;
    while first < rows {
        let count = block.min(rows - first);
        digest.bytes(&dataset.read_rows(&[(first, count)], row_bytes.max(BLOCK_BYTES))?);
        first += count;
    }
    Ok(digest.finish())
}
