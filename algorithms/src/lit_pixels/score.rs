//! One number for a frame: how many pixels would be lit if none were masked.

use super::ModuleCount;

/// Pixels that a module stands for in a score: 512 x 128. A constant as in EXtra-redu, so that thresholds carry over.
pub const MODULE_PIXELS: f64 = 65536.0;

/// Score of a frame from the counts of `modules` chosen modules; a module that misses the frame is left out of `counts`
/// but not of `modules`. `None` when no pixel is unmasked.
///
/// The value is not yet truncated to an integer: that comes after the normalisation by pulse energy, if there is one.
pub fn score(counts: impl IntoIterator<Item = ModuleCount>, modules: usize) -> Option<f64> {
    let (lit, unmasked) = counts
        .into_iter()
        .fold((0u64, 0u64), |(lit, unmasked), c| (lit + u64::from(c.lit), unmasked + u64::from(c.unmasked)));
    (unmasked > 0).then(|| lit as f64 / unmasked as f64 * (modules as f64 * MODULE_PIXELS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(lit: u32, unmasked: u32) -> ModuleCount {
        ModuleCount { lit, unmasked, total: 0.0 }
    }

    #[test]
    fn is_the_lit_share_of_all_pixels() {
        assert_eq!(score([counted(10, 100), counted(30, 100)], 2), Some(0.2 * 131072.0));
        // a missing module weighs nothing, but the score still speaks of two
        assert_eq!(score([counted(10, 100)], 2), Some(0.1 * 131072.0));
    }

    #[test]
    fn a_fully_masked_frame_has_none() {
        assert_eq!(score([counted(0, 0), counted(0, 0)], 2), None);
        assert_eq!(score([], 4), None);
    }
}
