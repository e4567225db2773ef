//! Whether the timestamps of a CONTROL key run forward.

use serde::{Deserialize, Serialize};

/// What is wrong with the order of timestamps seen so far: equal is fine, less is not, and zeros only stand at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeOrder {
    rows: u64,
    previous: Option<u64>,
    /// zeros since the last other value: inside only when another value follows
    zeros: u64,
    pub zeros_inside: u64,
    /// row, value before it, value there
    pub decrease: Option<(u64, u64, u64)>,
}

impl TimeOrder {
    pub(crate) fn extend(&mut self, values: impl Iterator<Item = u64>) {
        for value in values {
            if value == 0 {
                self.zeros += 1;
            } else {
                self.zeros_inside += std::mem::take(&mut self.zeros);
                if let Some(before) = self.previous.filter(|&before| value < before && self.decrease.is_none()) {
                    self.decrease = Some((self.rows, before, value));
                }
                self.previous = Some(value);
            }
            self.rows += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TimeOrder;

    fn order(values: &[u64]) -> (u64, Option<(u64, u64, u64)>) {
        let mut order = TimeOrder::default();
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
