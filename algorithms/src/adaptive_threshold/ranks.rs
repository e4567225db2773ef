//! How many values of each rank are in the window: a Fenwick tree, O(log n) to add, to take away and to find the k-th.

/// A multiset of ranks below a fixed number.
pub(super) struct Ranks {
    /// `tree[i]` counts the ranks (i - lowbit(i))..i, from 1 on
    tree: Vec<u32>,
    /// largest power of two that is not above the number of ranks
    top: usize,
    len: usize,
}

impl Ranks {
    pub(super) fn new(ranks: usize) -> Self {
        Ranks { tree: vec![0; ranks + 1], top: ranks.checked_ilog2().map_or(0, |b| 1 << b), len: 0 }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn add(&mut self, rank: usize) {
        self.len += 1;
        self.walk(rank, |count| *count += 1);
    }

    /// Takes one away that was added.
    pub(super) fn remove(&mut self, rank: usize) {
        self.len -= 1;
        self.walk(rank, |count| *count -= 1);
    }

    fn walk(&mut self, rank: usize, change: impl Fn(&mut u32)) {
        let mut at = rank + 1;
        while let Some(count) = self.tree.get_mut(at) {
            change(count);
            at += at & at.wrapping_neg();
        }
    }

    /// The `k`-th smallest rank, from 0 on; `k` below `len`.
    pub(super) fn select(&self, k: usize) -> usize {
        let (mut at, mut left, mut step) = (0, k as u64, self.top);
        while step > 0 {
            if let Some(&count) = self.tree.get(at + step) {
                if u64::from(count) <= left {
                    at += step;
                    left -= u64::from(count);
                }
            }
            step /= 2;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_kth_whatever_the_size() {
        for size in 1..40 {
            let mut ranks = Ranks::new(size);
            let kept: Vec<usize> = (0..size).filter(|r| r % 3 != 1).collect();
            (0..size).for_each(|r| ranks.add(r));
            (0..size).filter(|r| r % 3 == 1).for_each(|r| ranks.remove(r));
            assert_eq!(ranks.len(), kept.len());
            let found: Vec<usize> = (0..kept.len()).map(|k| ranks.select(k)).collect();
            assert_eq!(found, kept);
        }
    }
}
