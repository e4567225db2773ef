//! INDEX: the trains, and for each group of each source its first row and number of rows per train.
//!
//! ```text
//! INDEX/trainId u64, timestamp u64, flag i32, origin i32      [trains]
//! INDEX/<source>[/<group>]/first, count u64                   [trains]
//! ```
//! `first` is the running sum of `count`, also in a train without rows: readers rely on rows being contiguous, and the
//! ecosystem's validator reports anything else as gaps and overlaps.

use super::{FileWriter, Values};
use crate::Result;

impl FileWriter {
    pub(super) fn write_index(&mut self) -> Result<()> {
        let sources = self.data_sources();
        let origin = |origin: &Option<String>| -> i32 {
            let row = origin.as_ref().and_then(|origin| sources.binary_search(origin).ok());
            row.and_then(|row| i32::try_from(row).ok()).unwrap_or(-1)
        };
        let trains = &self.spec.trains;
        let id: Vec<u64> = trains.iter().map(|train| train.id).collect();
        let timestamp: Vec<u64> = trains.iter().map(|train| train.timestamp).collect();
        let flag: Vec<i32> = trains.iter().map(|train| train.flag).collect();
        let origin: Vec<i32> = trains.iter().map(|train| origin(&train.origin)).collect();
        self.container.values("INDEX/trainId", &Values::of(&id, &[]))?;
        self.container.values("INDEX/timestamp", &Values::of(&timestamp, &[]))?;
        self.container.values("INDEX/flag", &Values::of(&flag, &[]))?;
        self.container.values("INDEX/origin", &Values::of(&origin, &[]))?;
        for ((_, source), groups) in &self.sources {
            for (name, group) in groups {
                let counts = group.counts.as_deref().unwrap_or_default();
                let base = match name.as_str() {
                    "" => format!("INDEX/{source}"),
                    name => format!("INDEX/{source}/{name}"),
                };
                self.container.values(&format!("{base}/first"), &Values::of(&first_rows(counts), &[]))?;
                self.container.values(&format!("{base}/count"), &Values::of(counts, &[]))?;
            }
        }
        Ok(())
    }
}

/// The running sum of `counts`, starting at 0.
pub(super) fn first_rows(counts: &[u64]) -> Vec<u64> {
    let sums = counts.iter().scan(0u64, |sum, &n| {
        let first = *sum;
        *sum = sum.saturating_add(n);
        Some(first)
    });
    sums.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_empty_train_carries_the_cursor() {
        assert_eq!(super::first_rows(&[2, 0, 3]), [0, 2, 2]);
        assert!(super::first_rows(&[]).is_empty());
    }
}
