//! Splitting: every pixel is shared between neighbouring bins.
//!
//! Stored per pixel: its first bin (u16), the part in each bin it reaches (f32), and, for missing pixels, the normalisation
//! (f32). All pixels of a block have room for as many parts as the widest of them needs (2 to 4 as a rule), so that the
//! inner loop has a fixed length without a general sparse matrix. A pixel that counts nowhere has parts 0.

use super::block::{set_bits, Clean, BLOCK};
use super::histogram::Bin;

/// The parts of a pixel: the first bin, and what each bin from there on gets.
pub(super) struct Shares<'a> {
    pub(super) first: usize,
    pub(super) parts: &'a [f32],
    pub(super) norm: f32,
}

/// The pixels of one module.
#[derive(Debug, Clone)]
pub(super) struct Split {
    first: Vec<u16>,
    norms: Vec<f32>,
    blocks: Vec<Block>,
    /// [block][pixel][part]
    parts: Vec<f32>,
}

#[derive(Debug, Clone, Copy)]
struct Block {
    start: usize,
    reach: usize,
}

/// Collects the pixels of a module in order.
#[derive(Default)]
pub(super) struct Builder {
    first: Vec<u16>,
    norms: Vec<f32>,
    blocks: Vec<Block>,
    parts: Vec<f32>,
    waiting: Vec<Vec<f32>>,
}

impl Builder {
    pub(super) fn push(&mut self, shares: Option<Shares<'_>>) {
        let (first, parts, norm) = match shares {
            Some(shares) => (shares.first as u16, shares.parts.to_vec(), shares.norm),
            None => (0, Vec::new(), 0.0),
        };
        self.first.push(first);
        self.norms.push(norm);
        self.waiting.push(parts);
        if self.waiting.len() == BLOCK {
            self.close();
        }
    }

    fn close(&mut self) {
        let reach = self.waiting.iter().map(Vec::len).max().unwrap_or(0);
        self.blocks.push(Block { start: self.parts.len(), reach });
        for parts in self.waiting.drain(..) {
            self.parts.extend_from_slice(&parts);
            self.parts.extend(std::iter::repeat_n(0.0, reach - parts.len()));
        }
    }

    pub(super) fn finish(mut self) -> Split {
        while !self.waiting.is_empty() {
            self.push(None);
        }
        Split { first: self.first, norms: self.norms, blocks: self.blocks, parts: self.parts }
    }
}

impl Split {
    /// The most bins a pixel reaches: room the histogram needs past its end.
    pub(super) fn reach(&self) -> usize {
        self.blocks.iter().map(|block| block.reach).max().unwrap_or(0)
    }

    /// Adds normalisation and number of the pixels of this module to their bins.
    pub(super) fn static_norm(&self, norm: &mut [f64], count: &mut [u32]) {
        for at in 0..self.blocks.len() {
            for j in 0..BLOCK {
                self.take(at, j, norm, count);
            }
        }
    }

    fn take(&self, at: usize, j: usize, norm: &mut [f64], count: &mut [u32]) {
        let Block { start, reach } = self.blocks[at];
        let first = usize::from(self.first[at * BLOCK + j]);
        let n = f64::from(self.norms[at * BLOCK + j]);
        let parts = &self.parts[start + j * reach..start + (j + 1) * reach];
        for (&part, (norm, count)) in parts.iter().zip(norm[first..].iter_mut().zip(&mut count[first..])) {
            *norm += f64::from(part) * n;
            *count += u32::from(part > 0.0);
        }
    }

    /// Adds block `at` of cleaned pixels; missing ones are taken from `norm` and `count`.
    #[inline(always)]
    pub(super) fn add(&self, at: usize, clean: &Clean, histogram: &mut [Bin], norm: &mut [f64], count: &mut [u32]) {
        let Some(&Block { reach, .. }) = self.blocks.get(at) else {
            return;
        };
        match reach {
            0 => return,
            1 => self.add_fixed::<1>(at, clean, histogram),
            2 => self.add_fixed::<2>(at, clean, histogram),
            3 => self.add_fixed::<3>(at, clean, histogram),
            4 => self.add_fixed::<4>(at, clean, histogram),
            5 => self.add_fixed::<5>(at, clean, histogram),
            6 => self.add_fixed::<6>(at, clean, histogram),
            _ => self.add_any(at, clean, histogram),
        }
        for j in set_bits(clean.missing) {
            self.take(at, j, norm, count);
        }
    }

    #[inline(always)]
    fn add_fixed<const REACH: usize>(&self, at: usize, clean: &Clean, histogram: &mut [Bin]) {
        let start = self.blocks[at].start;
        let (parts, _) = self.parts[start..start + BLOCK * REACH].as_chunks::<REACH>();
        let first = &self.first[at * BLOCK..(at + 1) * BLOCK];
        for (j, ((&first, parts), pair)) in first.iter().zip(parts).zip(&clean.pairs).enumerate() {
            let first = usize::from(first);
            if let Some(bins) = histogram.get_mut(first..first + REACH) {
                for (bin, &part) in bins.iter_mut().zip(parts) {
                    let part = f64::from(part);
                    bin.add(j, [pair[0] * part, pair[1] * (part * part)]);
                }
            }
        }
    }

    fn add_any(&self, at: usize, clean: &Clean, histogram: &mut [Bin]) {
        let Block { start, reach } = self.blocks[at];
        for (j, pair) in clean.pairs.iter().enumerate() {
            let first = usize::from(self.first[at * BLOCK + j]);
            let parts = &self.parts[start + j * reach..start + (j + 1) * reach];
            for (bin, &part) in histogram[first..].iter_mut().zip(parts) {
                let part = f64::from(part);
                bin.add(j, [pair[0] * part, pair[1] * (part * part)]);
            }
        }
    }
}
