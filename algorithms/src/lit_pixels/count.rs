//! Counts of one module in one pass.

use trainyard_codec::Processor;

/// What is counted of one module.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ModuleCount {
    /// unmasked pixels above the threshold
    pub lit: u32,
    /// pixels that are not `NaN`
    pub unmasked: u32,
    /// sum of the unmasked pixels
    pub total: f64,
}

impl ModuleCount {
    /// The total as EXtra-redu stores it: truncated towards zero.
    pub fn truncated_total(&self) -> i64 {
        self.total as i64
    }
}

/// Partial sums; fixed, because the order of additions is part of the result.
const LANES: usize = 16;

/// Counts the pixels of `image`, `NaN` = bad, against `threshold`.
pub fn count(image: &[f32], threshold: f32) -> ModuleCount {
    super::wide::count(Processor::chosen(), image, threshold)
}

/// The pass itself, compiled once for each instruction set.
#[inline(always)]
pub(super) fn count_in_lanes(image: &[f32], threshold: f32) -> ModuleCount {
    let mut lit = [0u32; LANES];
    let mut unmasked = [0u32; LANES];
    let mut total = [0f64; LANES];
    let (blocks, rest) = image.as_chunks::<LANES>();
    for block in blocks {
        for lane in 0..LANES {
            add(block[lane], threshold, &mut lit[lane], &mut unmasked[lane], &mut total[lane]);
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        add(value, threshold, &mut lit[lane], &mut unmasked[lane], &mut total[lane]);
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            total[lane] += total[lane + width];
        }
    }
    ModuleCount { lit: lit.iter().sum(), unmasked: unmasked.iter().sum(), total: total[0] }
}

#[inline(always)]
fn add(value: f32, threshold: f32, lit: &mut u32, unmasked: &mut u32, total: &mut f64) {
    // a comparison with NaN is false, so a bad pixel is not lit
    *lit += u32::from(value > threshold);
    *unmasked += u32::from(!value.is_nan());
    *total += f64::from(if value.is_nan() { 0.0 } else { value });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naive(image: &[f32], threshold: f32) -> (u32, u32, f64) {
        let good = image.iter().filter(|v| !v.is_nan());
        (
            good.clone().filter(|v| **v > threshold).count() as u32,
            good.clone().count() as u32,
            good.map(|&v| f64::from(v)).sum(),
        )
    }

    #[test]
    fn counts_strictly_above_and_leaves_out_bad_pixels() {
        let c = count(&[0.7, 0.70001, f32::NAN, 3.0, -1.0, 0.0], 0.7);
        assert_eq!((c.lit, c.unmasked), (2, 5));
        assert_eq!(c.truncated_total(), 3);
        assert_eq!(count(&[f32::NAN; 40], 0.0), ModuleCount::default());
        assert_eq!(count(&[], 0.0), ModuleCount::default());
        assert_eq!(count(&[-0.6, -0.7], 0.0).truncated_total(), -1);
    }

    #[test]
    fn agrees_with_a_plain_count_at_every_length() {
        let mut state = 1u64;
        let image: Vec<f32> = (0..1000)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // multiples of 1/8: their sum is exact in f64 in any order
                let value = (state >> 48) as f32 / 8.0 - 1000.0;
                if state >> 60 == 3 {
                    f32::NAN
                } else {
                    value
                }
            })
            .collect();
        for length in (0..100).chain([511, 512, 999, 1000]) {
            let c = count(&image[..length], 100.0);
            assert_eq!((c.lit, c.unmasked, c.total), naive(&image[..length], 100.0), "{length} pixels");
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let image: Vec<f32> =
            (0..65_537u32).map(|i| if i % 97 == 0 { f32::NAN } else { (i as f32 * 0.37).sin() * 1e3 }).collect();
        let plain = count_in_lanes(&image, 0.7);
        for processor in Processor::available() {
            let wide = super::super::wide::count(processor, &image, 0.7);
            assert_eq!(plain.total.to_bits(), wide.total.to_bits(), "{processor:?}");
            assert_eq!((plain.lit, plain.unmasked), (wide.lit, wide.unmasked), "{processor:?}");
        }
    }
}
