//! The counting pass compiled for wider registers where the processor has them; the additions and their order stay.

use super::count::{count_in_lanes, ModuleCount};
use trainyard_codec::Processor;

#[cfg(target_arch = "x86_64")]
pub(super) fn count(processor: Processor, image: &[f32], threshold: f32) -> ModuleCount {
    if processor.has_avx2() {
        // SAFETY: a level with AVX2 exists only where the processor has it; the function needs nothing else.
        return unsafe { count_avx2(image, threshold) };
    }
    count_in_lanes(image, threshold)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn count_avx2(image: &[f32], threshold: f32) -> ModuleCount {
    count_in_lanes(image, threshold)
}

#[cfg(not(target_arch = "x86_64"))]
pub(super) fn count(_: Processor, image: &[f32], threshold: f32) -> ModuleCount {
    count_in_lanes(image, threshold)
}
