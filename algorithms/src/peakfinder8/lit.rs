//! Which pixels are above: a bit each.

/// Bits of the pixels of a frame.
#[derive(Debug, Default)]
pub(super) struct Lit(Vec<u64>);

impl Lit {
    pub(super) fn bytes(pixels: usize) -> usize {
        pixels.div_ceil(64) * size_of::<u64>()
    }

    /// No pixel of a frame of so many.
    pub(super) fn clear(&mut self, pixels: usize) {
        self.0.clear();
        self.0.resize(pixels.div_ceil(64), 0);
    }

    pub(super) fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    /// Whether the pixel was lit; it is no longer.
    pub(super) fn take(&mut self, at: usize) -> bool {
        let (word, bit) = (&mut self.0[at / 64], 1 << (at % 64));
        let lit = *word & bit != 0;
        *word &= !bit;
        lit
    }

    /// The first of the pixels `from..to` that is lit.
    pub(super) fn next(&self, from: usize, to: usize) -> Option<usize> {
        let mut from = from;
        while from < to {
            let rest = self.0[from / 64] >> (from % 64);
            if rest != 0 {
                let at = from + rest.trailing_zeros() as usize;
                return (at < to).then_some(at);
            }
            from = (from / 64 + 1) * 64;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_found_in_order_and_taken_once() {
        let mut lit = Lit::default();
        lit.clear(200);
        [3, 63, 64, 199].into_iter().for_each(|at| lit.set(at));
        let found = |lit: &Lit, from, to| lit.next(from, to);
        assert_eq!(found(&lit, 0, 200), Some(3));
        assert_eq!(found(&lit, 4, 200), Some(63));
        assert_eq!(found(&lit, 64, 200), Some(64));
        assert_eq!((found(&lit, 65, 199), found(&lit, 65, 200), found(&lit, 200, 200)), (None, Some(199), None));
        assert!(lit.take(63) && !lit.take(63));
        assert_eq!(found(&lit, 4, 200), Some(64));
        lit.clear(10);
        assert_eq!(found(&lit, 0, 10), None);
    }
}
