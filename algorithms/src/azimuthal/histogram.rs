//! The histogram that pixels are added to: [bin][copy][signal, variance], f64.
//!
//! A bin is one cache line. Signal and variance lie side by side, so that a pixel costs one 16-byte addition, and every
//! load of a slot finds exactly what an earlier store wrote.

use super::lanes::{Lanes, LANES};

/// Copies of the histogram. Part of the definition of the result: another number gives other roundings.
pub(super) const COPIES: usize = 4;

/// Signal and variance.
pub(super) type Pair = [f64; 2];

/// One bin.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
pub(super) struct Bin(pub(super) [Pair; COPIES]);

impl Bin {
    /// Adds `pair` to one copy.
    #[inline(always)]
    pub(super) fn add(&mut self, copy: usize, pair: Pair) {
        let slot = &mut self.0[copy % COPIES];
        slot[0] += pair[0];
        slot[1] += pair[1];
    }

    /// The copies added up, in order.
    pub(super) fn total(&self) -> Pair {
        let [a, b, c, d] = self.0;
        [(a[0] + b[0]) + (c[0] + d[0]), (a[1] + b[1]) + (c[1] + d[1])]
    }
}

/// One bin of eight frames: [copy][signal, variance][frame], the copies the same pixels as in [`Bin`].
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
pub(super) struct LaneBin(pub(super) [[Lanes; 2]; COPIES]);

impl LaneBin {
    /// The copies of one frame added up, in the order of [`Bin::total`].
    pub(super) fn total(&self, lane: usize) -> Pair {
        let lane = lane % LANES;
        Bin(self.0.map(|[signal, variance]| [signal[lane], variance[lane]])).total()
    }
}
