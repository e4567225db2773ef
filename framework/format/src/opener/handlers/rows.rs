//! Rows of a dataset of fixed-size values.

use super::super::{Limits, RowData};
use crate::error::Result;
use crate::hdf5::File;
use std::path::Path;

pub(super) fn read(path: &Path, dataset: &str, ranges: &[(u64, u64)], limits: Limits) -> Result<RowData> {
    let file = File::open(path)?;
    let dataset = file.dataset(dataset)?;
    Ok(RowData {
        element: dataset.element(),
        row_shape: dataset.shape().iter().skip(1).copied().collect(),
        bytes: dataset.read_rows(ranges, limits.reply())?,
    })
}
