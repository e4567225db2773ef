//! Blocks: a box of a dataset, small enough to be held in memory and in one piece in the order of its values.

use super::handle::Failure;

/// Larger rows are not carried from file to file.
const LARGEST_ROW: u64 = 64 << 30;

/// First place and extent in every dimension; none for a scalar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub start: Vec<u64>,
    pub count: Vec<u64>,
}

impl Block {
    /// Whole rows of a dataset of that shape.
    pub fn of_rows(shape: &[u64], first: u64, count: u64) -> Self {
        let (mut start, mut extent) = (vec![0; shape.len()], shape.to_vec());
        if shape.is_empty() && count == 0 {
            // none of a scalar
            (start, extent) = (vec![0], vec![0]);
        }
        if let (Some(start), Some(extent)) = (start.first_mut(), extent.first_mut()) {
            (*start, *extent) = (first, count);
        }
        Block { start, count: extent }
    }

    pub fn is_empty(&self) -> bool {
        self.count.contains(&0)
    }

    pub fn is_whole(&self, shape: &[u64]) -> bool {
        self.count == shape
    }

    /// Whether it lies inside of a dataset of that shape.
    pub fn check(&self, shape: &[u64]) -> Result<(), Failure> {
        let inside = |((&start, &count), &length): ((&u64, &u64), &u64)| {
            start.checked_add(count).is_some_and(|end| end <= length)
        };
        let fits = self.start.len() == shape.len() && self.count.len() == shape.len();
        if fits && self.start.iter().zip(&self.count).zip(shape).all(inside) {
            return Ok(());
        }
        Err(Failure::new(format!("the block {self:?} lies outside of {shape:?}")))
    }

    pub fn elements(&self) -> Option<u64> {
        self.count.iter().try_fold(1u64, |product, &length| product.checked_mul(length))
    }

    /// Bytes of its elements.
    pub fn bytes(&self, size: u64) -> Result<usize, Failure> {
        self.elements()
            .and_then(|elements| elements.checked_mul(size))
            .and_then(|bytes| usize::try_from(bytes).ok())
            .ok_or_else(|| Failure::new(format!("a block of {:?} is too large", self.count)))
    }

    /// The same box, its rows counted from another one.
    pub fn moved_to(&self, row: u64) -> Self {
        let mut moved = self.clone();
        if let Some(start) = moved.start.first_mut() {
            *start = row;
        }
        moved
    }
}

/// `count` rows from `first` on, cut into blocks of at most `limit` bytes: whole rows, or parts of one where a row is larger.
/// Their values follow one another as those of the rows do.
///
/// # Errors
/// Rows that are too large for any file.
pub(crate) fn blocks(
    shape: &[u64],
    (first, count): (u64, u64),
    size: u64,
    limit: u64,
) -> Result<impl Iterator<Item = Block>, Failure> {
    let inner = shape.get(1..).unwrap_or_default().to_vec();
    let row_bytes = inner.iter().try_fold(size, |product, &length| product.checked_mul(length));
    let row_bytes = row_bytes
        .filter(|&bytes| bytes <= LARGEST_ROW)
        .ok_or_else(|| Failure::new(format!("rows of shape {shape:?} are too large")))?;
    let parts = parts(&inner, size, limit.max(size));
    // rows of one block; 1 where a row is cut itself
    let step = if parts.len() > 1 { 1 } else { (limit / row_bytes.max(1)).max(1) };
    let scalar = shape.is_empty();
    let mut row = 0;
    let mut groups = std::iter::from_fn(move || {
        let rows = step.min(count.checked_sub(row).filter(|&left| left > 0)?);
        row += rows;
        Some((first + row - rows, rows))
    });
    let mut queue: std::collections::VecDeque<Block> = std::collections::VecDeque::new();
    Ok(std::iter::from_fn(move || {
        if queue.is_empty() {
            let (first, rows) = groups.next()?;
            if scalar {
                return Some(Block { start: Vec::new(), count: Vec::new() });
            }
            queue.extend(parts.iter().map(|(start, extent)| Block {
                start: std::iter::once(first).chain(start.iter().copied()).collect(),
                count: std::iter::once(rows).chain(extent.iter().copied()).collect(),
            }));
        }
        queue.pop_front()
    }))
}

/// One row of shape `inner` in parts of at most `limit` bytes, in the order of its values.
fn parts(inner: &[u64], size: u64, limit: u64) -> Vec<(Vec<u64>, Vec<u64>)> {
    let whole = || (vec![0; inner.len()], inner.to_vec());
    let Some((&length, below)) = inner.split_first() else { return vec![whole()] };
    let each = below.iter().fold(size, |product, &n| product.saturating_mul(n));
    if each.saturating_mul(length) <= limit {
        return vec![whole()];
    }
    if each <= limit {
        let step = limit / each.max(1);
        let with = |value: u64, rest: &[u64]| std::iter::once(value).chain(rest.iter().copied()).collect();
        let zeros = vec![0; below.len()];
        let begins = (0..length.div_ceil(step)).map(|n| n * step);
        return begins.map(|begin| (with(begin, &zeros), with(step.min(length - begin), below))).collect();
    }
    let below = parts(below, size, limit);
    (0..length)
        .flat_map(|index| {
            below.iter().map(move |(start, count)| {
                let start = std::iter::once(index).chain(start.iter().copied()).collect();
                (start, std::iter::once(1).chain(count.iter().copied()).collect())
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Places of the values of a block in the order of the dataset.
    fn places(shape: &[u64], block: &Block) -> Vec<u64> {
        let total: u64 = shape.iter().product();
        let inside = |place: &u64| {
            let mut rest = *place;
            shape.iter().enumerate().rev().all(|(dimension, &length)| {
                let index = rest % length;
                rest /= length;
                (block.start[dimension]..block.start[dimension] + block.count[dimension]).contains(&index)
            })
        };
        (0..total).filter(inside).collect()
    }

    #[test]
    fn blocks_follow_one_another_and_are_small() {
        for (shape, size) in [(vec![5, 3, 4], 2), (vec![2, 7], 8), (vec![3, 2, 3, 5], 1), (vec![9], 4)] {
            let total: u64 = shape.iter().product();
            for limit in [1, 2, 7, 8, 16, 24, 50, 1000] {
                let found: Vec<Block> = blocks(&shape, (0, shape[0]), size, limit).unwrap().collect();
                let all: Vec<u64> = found.iter().flat_map(|block| places(&shape, block)).collect();
                assert_eq!(all, (0..total).collect::<Vec<_>>(), "{shape:?} by {limit}");
                assert!(found.iter().all(|b| b.elements().unwrap() * size <= limit.max(size)), "{shape:?} by {limit}");
            }
        }
        let some: Vec<Block> = blocks(&[10, 2], (3, 4), 4, 16).unwrap().collect();
        let rows: Vec<_> = some.iter().map(|block| (block.start[0], block.count[0])).collect();
        assert_eq!(rows, [(3, 2), (5, 2)]);
        assert_eq!(blocks(&[], (0, 1), 4, 16).unwrap().count(), 1);
        assert_eq!(blocks(&[10, 2], (3, 0), 4, 16).unwrap().count(), 0);
    }

    #[test]
    fn absurd_rows_are_refused() {
        assert!(blocks(&[1, 1 << 40], (0, 1), 8, 1 << 20).is_err());
        assert!(blocks(&[1, 1 << 40, 1 << 40], (0, 1), 8, 1 << 20).is_err());
    }
}
