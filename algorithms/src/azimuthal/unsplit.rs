//! No splitting: every pixel belongs to the bin of its centre.
//!
//! Stored per pixel: the bin (u16; the number of bins stands for "none": masked, gap, out of range) and, looked at only for
//! missing pixels, the normalisation (f32). A module is filled up to whole blocks with pixels of no bin.

use super::block::{set_bits, Clean, BLOCK};
use super::histogram::{Bin, LaneBin, COPIES};
use super::lanes::{add, clean, Kind, Lost, Tile};

/// The pixels of one module.
#[derive(Debug, Clone)]
pub(super) struct Unsplit {
    bins: Vec<u16>,
    norms: Vec<f32>,
}

impl Unsplit {
    /// `pixels` yields bin and normalisation, or none; `outside` is the number of bins.
    pub(super) fn new(pixels: impl Iterator<Item = Option<(usize, f32)>>, outside: u16) -> Self {
        let (mut bins, mut norms): (Vec<u16>, Vec<f32>) = pixels
            .map(|pixel| match pixel {
                Some((bin, norm)) => (bin as u16, norm),
                None => (outside, 0.0),
            })
            .unzip();
        let whole = bins.len().next_multiple_of(BLOCK);
        bins.resize(whole, outside);
        norms.resize(whole, 0.0);
        Self { bins, norms }
    }

    /// Adds normalisation and number of the pixels of this module to their bins.
    pub(super) fn static_norm(&self, norm: &mut [f64], count: &mut [u32]) {
        for (&bin, &n) in self.bins.iter().zip(&self.norms) {
            if let (Some(norm), Some(count)) = (norm.get_mut(usize::from(bin)), count.get_mut(usize::from(bin))) {
                *norm += f64::from(n);
                *count += 1;
            }
        }
    }

    /// Adds block `at` of cleaned pixels; missing ones are taken from `norm` and `count`.
    #[inline(always)]
    pub(super) fn add(&self, at: usize, clean: &Clean, histogram: &mut [Bin], norm: &mut [f64], count: &mut [u32]) {
        let span = at * BLOCK..(at + 1) * BLOCK;
        let bins: &[u16; BLOCK] = match self.bins.get(span.clone()).and_then(|bins| bins.try_into().ok()) {
            Some(bins) => bins,
            None => return,
        };
        for (j, (&bin, &pair)) in bins.iter().zip(&clean.pairs).enumerate() {
            if let Some(bin) = histogram.get_mut(usize::from(bin)) {
                bin.add(j, pair);
            }
        }
        if clean.missing != 0 {
            for j in set_bits(clean.missing) {
                let bin = usize::from(bins[j]);
                // The slot of "none" exists too: its losses are never read.
                if let (Some(norm), Some(count)) = (norm.get_mut(bin), count.get_mut(bin)) {
                    *norm += f64::from(self.norms[span.start + j]);
                    *count += 1;
                }
            }
        }
    }

    /// Adds block `at` of up to eight frames, each as [`Self::add`] does.
    #[inline(always)]
    pub(super) fn add_tile(&self, at: usize, tile: &Tile, kind: Kind, histogram: &mut [LaneBin], lost: &mut [Lost]) {
        let span = at * BLOCK..(at + 1) * BLOCK;
        let Some(bins) = self.bins.get(span.clone()) else {
            return;
        };
        match (kind.finite, kind.variance) {
            (true, true) => add_pixels::<true, true>(bins, tile, kind.floor, histogram),
            (true, false) => add_pixels::<true, false>(bins, tile, kind.floor, histogram),
            (false, true) => add_pixels::<false, true>(bins, tile, kind.floor, histogram),
            (false, false) => add_pixels::<false, false>(bins, tile, kind.floor, histogram),
        }
        if kind.finite {
            return;
        }
        for j in set_bits(tile.missing()) {
            // The slot of "none" exists too: its losses are never read.
            if let Some(lost) = lost.get_mut(usize::from(bins[j])) {
                lost.add(&tile.missing_in(j), f64::from(self.norms[span.start + j]), 1);
            }
        }
    }
}

#[inline(always)]
fn add_pixels<const FINITE: bool, const VARIANCE: bool>(
    bins: &[u16],
    tile: &Tile,
    floor: f32,
    histogram: &mut [LaneBin],
) {
    let (bins, _) = bins.as_chunks::<COPIES>();
    let (pixels, _) = tile.pixels.as_chunks::<COPIES>();
    for (bins, pixels) in bins.iter().zip(pixels) {
        for copy in 0..COPIES {
            if let Some(bin) = histogram.get_mut(usize::from(bins[copy])) {
                let [signal, variance] = clean::<FINITE>(&pixels[copy], floor);
                add(&mut bin.0[copy][0], &signal);
                if VARIANCE {
                    add(&mut bin.0[copy][1], &variance);
                }
            }
        }
    }
}
