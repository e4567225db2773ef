//! Checksums of the values of datasets.

use crate::error::Result;
use crate::hdf5::File;
use crate::write::digest;
use std::path::Path;

pub(super) fn list(path: &Path, datasets: &[String]) -> Result<Vec<u64>> {
    let file = File::open(path)?;
    datasets.iter().map(|dataset| digest::dataset(&file.dataset(dataset)?)).collect()
}
