//! Checksums of the values of datasets.

use crate::error::Result;
use crate::hdf5::{blocks, Dataset, File};
use crate::map::ElementType;
use crate::write::copy::{POINTER_BLOCK_BYTES, POINTER_BYTES};
use crate::write::digest::{strings, Digest};
use std::path::Path;

/// Values are read in blocks of at most this size.
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
    let fault = |failure| dataset.fault("read the dataset", failure);
    let mut digest = Digest::default();
    if dataset.has_pointers() {
        for block in blocks(dataset.shape(), (0, rows), POINTER_BYTES, POINTER_BLOCK_BYTES).map_err(fault)? {
            digest.bytes(&dataset.read_pointers(&block)?.content()?);
        }
        return Ok(digest.finish());
    }
    let size = dataset.element().size() as u64;
    for block in blocks(dataset.shape(), (0, rows), size, BLOCK_BYTES).map_err(fault)? {
        digest.bytes(&dataset.read_block(&block)?);
    }
    Ok(digest.finish())
}
