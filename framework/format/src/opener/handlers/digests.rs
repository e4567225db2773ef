//! Checksums of the values of datasets.

use super::kept;
use crate::error::Result;
use crate::write::digest;
use std::path::Path;

pub(super) fn list(path: &Path, datasets: &[String]) -> Result<Vec<u64>> {
    let file = kept::open(path)?;
    datasets.iter().map(|dataset| digest::dataset(&file.dataset(dataset)?)).collect()
}
