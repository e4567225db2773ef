//! Eight frames side by side: a tile holds one block of pixels of each, turned so that the eight values of a pixel lie together.
//!
//! ```text
//! frames: [frame][pixel] f32   ->   tile: [pixel][frame] f32
//! ```
//!
//! A pixel's bin, parts and normalisation are then read once for eight frames, and each addition is one of eight lanes. A lane
//! does what a frame alone does, in the same order, so the sums have the same bits. A frame that lacks a module
//! has NaN there: it adds 0 to sums that began at 0, which changes no bit of them. Lanes past the last frame hold zeros and are
//! never looked at.

use trainyard_codec::Processor;

use super::block::BLOCK;

/// Frames of a block.
pub const LANES: usize = 8;

/// One number for each frame.
pub(super) type Lanes = [f64; LANES];

/// [pixel][frame]
pub(super) type Turned = [[f32; LANES]; BLOCK];

/// One block of pixels of each frame.
#[derive(Clone)]
#[repr(C, align(32))]
pub(super) struct Tile {
    pub(super) pixels: Turned,
    /// The frames that have this module: only they can miss a pixel of it.
    present: [bool; LANES],
    /// The last block of each frame, which may not be whole.
    last: [[f32; BLOCK]; LANES],
}

/// What the pixels of a tile add to their bins.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Kind {
    /// All values of the tile are finite: nothing is to be cleaned.
    pub(super) finite: bool,
    /// The variance is asked for.
    pub(super) variance: bool,
    /// What it is at least.
    pub(super) floor: f32,
}

const ZEROS: [f32; BLOCK] = [0.0; BLOCK];
const ABSENT: [f32; BLOCK] = [f32::NAN; BLOCK];

impl Tile {
    /// For one module of `frames`.
    pub(super) fn of(frames: &[Option<&[f32]>]) -> Self {
        let mut present = [false; LANES];
        for (present, frame) in present.iter_mut().zip(frames) {
            *present = frame.is_some();
        }
        Self { pixels: [[0.0; LANES]; BLOCK], present, last: [ZEROS; LANES] }
    }

    /// Takes block `at` of each frame; the last one is filled up with zeros. Says whether all values are finite.
    #[inline(always)]
    pub(super) fn fill(&mut self, wide: Option<Wide>, frames: &[Option<&[f32]>], at: usize) -> bool {
        let Self { pixels, last, .. } = self;
        let mut rows = [&ZEROS; LANES];
        for ((frame, row), last) in frames.iter().zip(&mut rows).zip(last) {
            let Some(pixels) = frame.and_then(|frame| frame.get(at * BLOCK..)) else {
                *row = &ABSENT;
                continue;
            };
            *row = match pixels.first_chunk::<BLOCK>() {
                Some(whole) => whole,
                None => {
                    last[..pixels.len()].copy_from_slice(pixels);
                    last
                }
            };
        }
        #[cfg(target_arch = "x86_64")]
        if wide.is_some() {
            // SAFETY: a `Wide` exists only where the processor has AVX2, and with it AVX.
            return unsafe { super::lanes_avx::turn(pixels, &rows) };
        }
        let _ = wide;
        turn(pixels, &rows)
    }

    /// The frames that miss pixel `at`.
    #[inline(always)]
    pub(super) fn missing_in(&self, at: usize) -> [bool; LANES] {
        let mut missing = self.present;
        for (missing, value) in missing.iter_mut().zip(&self.pixels[at % BLOCK]) {
            *missing &= !value.is_finite();
        }
        missing
    }

    /// The pixels that any frame misses, as bits.
    #[inline(always)]
    pub(super) fn missing(&self) -> u64 {
        let mut bits = 0;
        for (at, pixel) in self.pixels.iter().enumerate() {
            let mut odd = false;
            for (value, present) in pixel.iter().zip(&self.present) {
                odd |= *present & !value.is_finite();
            }
            bits |= u64::from(odd) << at;
        }
        bits
    }
}

/// The plain form of turning.
#[inline(always)]
fn turn(pixels: &mut Turned, rows: &[&[f32; BLOCK]; LANES]) -> bool {
    let mut odd = false;
    for (at, pixel) in pixels.iter_mut().enumerate() {
        for (value, row) in pixel.iter_mut().zip(rows) {
            *value = row[at];
            odd |= !value.is_finite();
        }
    }
    !odd
}

/// [value, max(value, floor)] of a pixel in f64; both 0 where it is missing. See [`super::block`], of which this is the twin.
#[inline(always)]
pub(super) fn clean<const FINITE: bool>(pixel: &[f32; LANES], floor: f32) -> [Lanes; 2] {
    let mut out = [[0.0; LANES]; 2];
    for (lane, &value) in pixel.iter().enumerate() {
        let mask = if FINITE || value.is_finite() { u32::MAX } else { 0 };
        let variance: f32 = if value > floor { value } else { floor };
        out[0][lane] = f64::from(f32::from_bits(value.to_bits() & mask));
        out[1][lane] = f64::from(f32::from_bits(variance.to_bits() & mask));
    }
    out
}

#[inline(always)]
pub(super) fn add(sum: &mut Lanes, values: &Lanes) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value;
    }
}

/// Adds `values * by`, multiplied and added without fusing.
#[inline(always)]
pub(super) fn add_scaled(sum: &mut Lanes, values: &Lanes, by: f64) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum += value * by;
    }
}

/// What missing pixels take from normalisation and count, [slot] of each frame.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lost {
    pub(super) norm: Lanes,
    pub(super) count: [u32; LANES],
}

impl Lost {
    /// One pixel, in the frames that miss it.
    #[inline(always)]
    pub(super) fn add(&mut self, missing: &[bool; LANES], norm: f64, count: u32) {
        for (lane, &missing) in missing.iter().enumerate() {
            self.norm[lane] += if missing { norm } else { 0.0 };
            self.count[lane] += if missing { count } else { 0 };
        }
    }
}

/// The processor has AVX2: there is no other way to get one than to ask.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide(());

impl Wide {
    pub(super) fn of(processor: Processor) -> Option<Self> {
        processor.has_avx2().then_some(Self(()))
    }
}
