//! The sums of a ring compiled for wider registers where the processor has them; the additions and their order stay.

use super::level::{sums_in_lanes, Sums};
use trainyard_codec::Processor;

#[cfg(target_arch = "x86_64")]
pub(super) fn sums(processor: Processor, values: &[f32], low: f32, high: f32) -> Sums {
    if processor.has_avx2() {
        // SAFETY: a level with AVX2 exists only where the processor has it; the function needs nothing else.
        return unsafe { sums_avx2(values, low, high) };
    }
    sums_in_lanes(values, low, high)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn sums_avx2(values: &[f32], low: f32, high: f32) -> Sums {
    sums_in_lanes(values, low, high)
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn sums(_: Processor, values: &[f32], low: f32, high: f32) -> Sums {
    sums_in_lanes(values, low, high)
}
