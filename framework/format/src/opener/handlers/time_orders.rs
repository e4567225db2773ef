//! Whether the timestamps of CONTROL keys run forward: many small datasets in one request.

use super::kept;
use crate::error::Result;
use crate::validate::TimeOrder;
use std::path::Path;

/// Timestamps of this many rows are read at once.
const BLOCK_ROWS: u64 = 1 << 20;

pub(super) fn judge(path: &Path, datasets: &[String]) -> Result<Vec<TimeOrder>> {
    let file = kept::open(path)?;
    let judge = |dataset: &String| -> Result<TimeOrder> {
        let dataset = file.dataset(dataset)?;
        let (rows, mut order, mut first) = (dataset.rows(), TimeOrder::default(), 0);
        while first < rows {
            let count = BLOCK_ROWS.min(rows - first);
            let bytes = dataset.read_rows(&[(first, count)], BLOCK_ROWS * 8)?;
            order.extend(bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)));
            first += count;
        }
        Ok(order)
    };
    datasets.iter().map(judge).collect()
}
