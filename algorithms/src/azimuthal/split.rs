//! Splitting: every pixel is shared between neighbouring bins.
//!
//! Stored per pixel: its first bin (u16), the part in each bin it reaches (f32), and, for missing pixels, the normalisation
//! (f32). All pixels of a block have room for as many parts as the widest of them needs (2 to 4 as a rule), so that the
//! inner loop has a fixed length without a general sparse matrix. A pixel that counts nowhere has parts 0.

use super::block::{set_bits, Clean, BLOCK};
use super::histogram::{Bin, LaneBin, COPIES};
use super::lanes::{add_scaled, clean, Kind, Lanes, Lost, Tile};

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

    /// First bin, normalisation and parts of pixel `j` of block `at`.
    fn pixel(&self, at: usize, j: usize) -> (usize, f64, &[f32]) {
        let Block { start, reach } = self.blocks[at];
        let pixel = at * BLOCK + j;
        let parts = &self.parts[start + j * reach..start + (j + 1) * reach];
        (usize::from(self.first[pixel]), f64::from(self.norms[pixel]), parts)
    }

    fn take(&self, at: usize, j: usize, norm: &mut [f64], count: &mut [u32]) {
        let (first, n, parts) = self.pixel(at, j);
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

    /// Adds block `at` of up to eight frames, each as [`Self::add`] does.
    #[inline(always)]
    pub(super) fn add_tile(&self, at: usize, tile: &Tile, kind: Kind, histogram: &mut [LaneBin], lost: &mut [Lost]) {
        match (kind.finite, kind.variance) {
            (true, true) => self.add_tile_as::<true, true>(at, tile, kind.floor, histogram),
            (true, false) => self.add_tile_as::<true, false>(at, tile, kind.floor, histogram),
            (false, true) => self.add_tile_as::<false, true>(at, tile, kind.floor, histogram),
            (false, false) => self.add_tile_as::<false, false>(at, tile, kind.floor, histogram),
        }
        if kind.finite {
            return;
        }
        for j in set_bits(tile.missing()) {
            let (first, norm, parts) = self.pixel(at, j);
            let missing = tile.missing_in(j);
            for (lost, &part) in lost[first..].iter_mut().zip(parts) {
                lost.add(&missing, f64::from(part) * norm, u32::from(part > 0.0));
            }
        }
    }

    #[inline(always)]
    fn add_tile_as<const FINITE: bool, const VARIANCE: bool>(
        &self,
        at: usize,
        tile: &Tile,
        floor: f32,
        bins: &mut [LaneBin],
    ) {
        let Some(&Block { start, reach }) = self.blocks.get(at) else {
            return;
        };
        let first = &self.first[at * BLOCK..(at + 1) * BLOCK];
        let parts = &self.parts[start..start + BLOCK * reach];
        match reach {
            0 => (),
            1 => add_pixels::<1, FINITE, VARIANCE>(first, parts, tile, floor, bins),
            2 => add_pixels::<2, FINITE, VARIANCE>(first, parts, tile, floor, bins),
            3 => add_pixels::<3, FINITE, VARIANCE>(first, parts, tile, floor, bins),
            4 => add_pixels::<4, FINITE, VARIANCE>(first, parts, tile, floor, bins),
            _ => {
                for (j, (pixel, &first)) in tile.pixels.iter().zip(first).enumerate() {
                    let clean = clean::<FINITE>(pixel, floor);
                    let bins = bins[usize::from(first)..].iter_mut();
                    for (bin, &part) in bins.zip(&parts[j * reach..(j + 1) * reach]) {
                        add_part::<VARIANCE>(bin, j % COPIES, &clean, part);
                    }
                }
            }
        }
    }
}

#[inline(always)]
fn add_pixels<const REACH: usize, const FINITE: bool, const VARIANCE: bool>(
    first: &[u16],
    parts: &[f32],
    tile: &Tile,
    floor: f32,
    histogram: &mut [LaneBin],
) {
    let (parts, _) = parts.as_chunks::<REACH>();
    let (parts, _) = parts.as_chunks::<COPIES>();
    let (first, _) = first.as_chunks::<COPIES>();
    let (pixels, _) = tile.pixels.as_chunks::<COPIES>();
    for ((first, parts), pixels) in first.iter().zip(parts).zip(pixels) {
        for copy in 0..COPIES {
            let first = usize::from(first[copy]);
            if let Some(bins) = histogram.get_mut(first..first + REACH) {
                let clean = clean::<FINITE>(&pixels[copy], floor);
                for (bin, &part) in bins.iter_mut().zip(&parts[copy]) {
                    add_part::<VARIANCE>(bin, copy, &clean, part);
                }
            }
        }
    }
}

#[inline(always)]
fn add_part<const VARIANCE: bool>(bin: &mut LaneBin, copy: usize, [signal, variance]: &[Lanes; 2], part: f32) {
    let part = f64::from(part);
    let sums = &mut bin.0[copy];
    add_scaled(&mut sums[0], signal, part);
    if VARIANCE {
        add_scaled(&mut sums[1], variance, part * part);
    }
}
