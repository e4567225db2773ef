//! Pixels are taken in blocks of 64: cleaned first, then added to the histogram.
//!
//! Cleaning makes [value, max(value, floor)] in f64 of a finite pixel and [0, 0] of a missing one, and notes the missing ones as
//! bits. It has no branches, so that a frame with 7 % of scattered NaN costs little more than a clean one: only the set
//! bits are visited again.
//!
//! On x86-64 this is SSE2, which every such processor has; elsewhere plain code of the same result. Conversion f32 to f64, the
//! maximum and the masking are exact, so the two cannot differ.

use super::histogram::Pair;

/// Pixels of a block: the bits of a word.
pub(super) const BLOCK: usize = 64;

/// A block of cleaned pixels.
pub(super) struct Clean {
    pub(super) pairs: [Pair; BLOCK],
    /// Bit j is set where pixel j is missing.
    pub(super) missing: u64,
}

impl Clean {
    pub(super) const EMPTY: Self = Self { pairs: [[0.0; 2]; BLOCK], missing: 0 };

    /// Cleans `pixels`; the variance is at least `floor`.
    #[inline(always)]
    pub(super) fn fill(&mut self, pixels: &[f32; BLOCK], floor: f32) {
        #[cfg(target_arch = "x86_64")]
        super::block_sse2::fill(self, pixels, floor);
        #[cfg(not(target_arch = "x86_64"))]
        self.fill_portable(pixels, floor);
    }

    #[cfg(any(test, not(target_arch = "x86_64")))]
    fn fill_portable(&mut self, pixels: &[f32; BLOCK], floor: f32) {
        self.missing = 0;
        for (at, (&value, pair)) in pixels.iter().zip(&mut self.pairs).enumerate() {
            let good = value.is_finite();
            self.missing |= u64::from(!good) << at;
            *pair = if good { [f64::from(value), f64::from(value.max(floor))] } else { [0.0; 2] };
        }
    }
}

/// The positions of the set bits, lowest first.
#[inline(always)]
pub(super) fn set_bits(mut bits: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros() as usize;
        bits &= bits.wrapping_sub(1);
        (at < BLOCK).then_some(at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_agree_bit_for_bit() {
        let odd = [
            0.0,
            -0.0,
            1.0,
            -3.5,
            0.5,
            f32::NAN,
            -f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::MAX,
            f32::MIN,
            f32::MIN_POSITIVE,
            1e-45,
            1.000_000_1,
        ];
        for (shift, floor) in (0..odd.len()).flat_map(|shift| [(shift, 1.0), (shift, f32::NEG_INFINITY)]) {
            let pixels: [f32; BLOCK] = std::array::from_fn(|j| odd[(j * 5 + shift) % odd.len()]);
            let (mut a, mut b) = (Clean::EMPTY, Clean::EMPTY);
            a.fill(&pixels, floor);
            b.fill_portable(&pixels, floor);
            assert_eq!(a.missing, b.missing);
            assert_eq!(a.pairs.map(|p| p.map(f64::to_bits)), b.pairs.map(|p| p.map(f64::to_bits)));
            let missing: Vec<_> = set_bits(a.missing).collect();
            let expected: Vec<_> = (0..BLOCK).filter(|&j| !pixels[j].is_finite()).collect();
            assert_eq!(missing, expected);
        }
    }
}
