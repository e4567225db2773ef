//! The counting pass compiled for wider registers where the processor has them; the additions and their order stay.

use super::count::{count_in_lanes, ModuleCount};

#[cfg(target_arch = "x86_64")]
pub(super) fn count(image: &[f32], threshold: f32) -> ModuleCount {
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, as was just asked; the function needs nothing else.
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
pub(super) fn count(image: &[f32], threshold: f32) -> ModuleCount {
    count_in_lanes(image, threshold)
}
