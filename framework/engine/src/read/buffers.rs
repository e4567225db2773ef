//! Memory for reads, kept from batch to batch: fresh pages cost more than the bytes read into them.

use std::sync::Mutex;

/// Lengths are rounded up to this, so that the reads of the next batch fit although they differ a little.
const GRAIN: usize = 256 << 10;
/// A buffer this many times too large is left for a larger read.
const MOST_WASTE: usize = 4;

#[derive(Default)]
pub struct Buffers {
    spare: Mutex<Spare>,
}

#[derive(Default)]
struct Spare {
    /// shortest first
    buffers: Vec<Vec<u8>>,
    /// bytes of the largest batch given back
    largest: usize,
}

impl Buffers {
    /// A buffer of at least `length` bytes; what they are is of no meaning.
    pub fn take(&self, length: usize) -> Vec<u8> {
        let mut spare = self.spare.lock().unwrap_or_else(|e| e.into_inner());
        let at = spare.buffers.partition_point(|b| b.len() < length);
        match spare.buffers.get(at) {
            Some(buffer) if buffer.len() <= MOST_WASTE * length.max(GRAIN) => spare.buffers.remove(at),
            _ => {
                drop(spare);
                // zero pages of the system: nothing is written before the read does
                vec![0; length.checked_next_multiple_of(GRAIN).unwrap_or(length)]
            }
        }
    }

    /// Takes the buffers of a batch back; at most two batches lie idle, the shortest buffers go first.
    pub fn give(&self, batch: impl Iterator<Item = Vec<u8>>) {
        let mut spare = self.spare.lock().unwrap_or_else(|e| e.into_inner());
        let before = spare.buffers.len();
        spare.buffers.extend(batch);
        let given: usize = spare.buffers[before..].iter().map(Vec::len).sum();
        spare.largest = spare.largest.max(given);
        spare.buffers.sort_by_key(Vec::len);
        let mut idle: usize = spare.buffers.iter().map(Vec::len).sum();
        let most = 2 * spare.largest;
        let mut surplus = 0;
        while idle > most && surplus < spare.buffers.len() {
            idle -= spare.buffers[surplus].len();
            surplus += 1;
        }
        spare.buffers.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_that_fits_comes_back() {
        let buffers = Buffers::default();
        buffers.give([3 * GRAIN, GRAIN, 2 * GRAIN].into_iter().map(|n| vec![0; n]));
        assert_eq!(buffers.take(GRAIN + 1).len(), 2 * GRAIN);
        assert_eq!(buffers.take(GRAIN + 1).len(), 3 * GRAIN);
        assert_eq!(buffers.take(GRAIN + 1).len(), 2 * GRAIN, "a new one, rounded up");
        assert_eq!(buffers.take(0).len(), GRAIN);
    }

    #[test]
    fn a_small_read_leaves_a_large_buffer_alone() {
        let buffers = Buffers::default();
        buffers.give(std::iter::once(vec![0; 64 * GRAIN]));
        assert_eq!(buffers.take(100).len(), GRAIN);
        assert_eq!(buffers.take(60 * GRAIN).len(), 64 * GRAIN);
    }

    #[test]
    fn two_batches_lie_idle_at_most() {
        let buffers = Buffers::default();
        for n in 1..=4 {
            buffers.give((0..4).map(|_| vec![0; n * GRAIN]));
        }
        let idle: usize = buffers.spare.lock().unwrap().buffers.iter().map(Vec::len).sum();
        assert!(idle <= 2 * 16 * GRAIN, "{idle}");
        assert_eq!(buffers.take(4 * GRAIN).len(), 4 * GRAIN);
    }
}
