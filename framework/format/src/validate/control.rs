//! CONTROL sources: one row a train, and the times at which values were set.

use super::finding::Report;
use crate::map::{ElementType, FileMap, Section, SourceMap};
use crate::opener::OpenerPool;
use crate::Place;

/// Timestamps of this many rows are read at once.
const BLOCK_ROWS: u64 = 1 << 20;

fn sources(file: &FileMap) -> impl Iterator<Item = &SourceMap> {
    file.sources.iter().filter(|source| source.section == Section::Control && source.legacy_target.is_none())
}

fn place(file: &FileMap, source: &SourceMap) -> Place {
    Place::file(&file.path).source(source.name.as_str())
}

pub(super) fn count(file: &FileMap, report: &mut Report) {
    for source in sources(file) {
        for group in &source.groups {
            let some = group.count.iter().filter(|&&n| n > 0).count();
            if let Some(train) = group.count.iter().position(|&n| n > 1) {
                let mut place = place(file, source);
                place.train = file.trains.get(train).copied();
                report.add(place, format!("{} rows in one train", group.count[train])).at(format!("INDEX/{}", source.name));
            } else if some != 0 && some != group.count.len() {
                let what = format!("{some} of {} trains have a value", group.count.len());
                report.add(place(file, source), what).at(format!("INDEX/{}", source.name));
            }
        }
    }
}

/// A timestamp may repeat but not decrease; zeros are only allowed after the last one.
pub(super) fn timestamps(file: &FileMap, pool: &OpenerPool, report: &mut Report) {
    for source in sources(file) {
        let datasets = source.groups.iter().flat_map(|group| &group.datasets);
        for dataset in datasets.filter(|dataset| {
            dataset.path.ends_with("/timestamp") && dataset.element == ElementType::U64 && dataset.shape.len() == 1
        }) {
            let mut order = Order::default();
            for first in (0..dataset.rows()).step_by(BLOCK_ROWS as usize) {
                let count = BLOCK_ROWS.min(dataset.rows() - first);
                match pool.rows(&file.path, &dataset.path, &[(first, count)]) {
                    Ok(data) => order.extend(data.bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes))),
                    Err(error) => {
                        report.failed(&error);
                        break;
                    }
                }
            }
            if order.zeros_inside > 0 {
                let what = format!("{} timestamps are zero before the last train", order.zeros_inside);
                report.add(place(file, source), what).at(dataset.path.as_str());
            }
            if let Some((row, before, after)) = order.decrease {
                let what = format!("timestamps decrease, first at {row} ({after} < {before})");
                report.add(place(file, source), what).at(dataset.path.as_str());
            }
        }
    }
}

/// What is wrong with the order of some timestamps seen so far.
#[derive(Debug, Default)]
struct Order {
    row: usize,
    previous: Option<u64>,
    /// zeros since the last other value: inside only when another value follows
    zeros: usize,
    zeros_inside: usize,
    /// row, value before, value there
    decrease: Option<(usize, u64, u64)>,
}

impl Order {
    fn extend(&mut self, values: impl Iterator<Item = u64>) {
        for value in values {
            if value == 0 {
                self.zeros += 1;
            } else {
                self.zeros_inside += std::mem::take(&mut self.zeros);
                if let Some(before) = self.previous.filter(|&before| value < before && self.decrease.is_none()) {
                    self.decrease = Some((self.row, before, value));
                }
                self.previous = Some(value);
            }
            self.row += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Order;

    fn order(values: &[u64]) -> (usize, Option<(usize, u64, u64)>) {
        let mut order = Order::default();
        values.chunks(2).for_each(|block| order.extend(block.iter().copied()));
        (order.zeros_inside, order.decrease)
    }

    #[test]
    fn equal_is_fine_less_is_not_and_zeros_only_at_the_end() {
        assert_eq!(order(&[3, 3, 4, 0, 0]), (0, None));
        assert_eq!(order(&[0, 3, 0, 4]), (2, None));
        assert_eq!(order(&[5, 4, 3]), (0, Some((1, 5, 4))));
        assert_eq!(order(&[5, 0, 4]), (1, Some((2, 5, 4))));
    }
}
