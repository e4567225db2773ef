//! Rows of datasets of fixed-size values.

use super::super::{Limits, RowData};
use super::kept;
use crate::error::Result;
use crate::hdf5::File;
use std::path::Path;

pub(super) fn read(path: &Path, dataset: &str, ranges: &[(u64, u64)], limits: Limits) -> Result<RowData> {
    one(&kept::open(path)?, dataset, ranges, limits.reply())
}

/// Of several datasets of one file, together no more than one reply may take.
pub(super) fn read_all(path: &Path, datasets: &[(String, Vec<(u64, u64)>)], limits: Limits) -> Result<Vec<RowData>> {
    let file = kept::open(path)?;
    let mut left = limits.reply();
    let mut read = |(dataset, ranges): &(String, Vec<(u64, u64)>)| -> Result<RowData> {
        let rows = one(&file, dataset, ranges, left)?;
        left = left.saturating_sub(rows.bytes.len() as u64);
        Ok(rows)
    };
    datasets.iter().map(&mut read).collect()
}

fn one(file: &File, dataset: &str, ranges: &[(u64, u64)], limit: u64) -> Result<RowData> {
    let dataset = file.dataset(dataset)?;
    Ok(RowData {
        element: dataset.element(),
        row_shape: dataset.shape().iter().skip(1).copied().collect(),
        bytes: dataset.read_rows(ranges, limit)?,
    })
}
