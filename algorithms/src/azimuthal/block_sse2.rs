//! Cleaning a block with SSE2; see [`super::block`].

use std::arch::x86_64::{
    __m128d, _mm_and_ps, _mm_cmpeq_ps, _mm_cvtps_pd, _mm_cvtsd_f64, _mm_max_ps, _mm_movehl_ps, _mm_movemask_ps,
    _mm_set1_ps, _mm_setr_ps, _mm_sub_ps, _mm_unpackhi_pd, _mm_unpackhi_ps, _mm_unpacklo_ps,
};

use super::block::{Clean, BLOCK};
use super::histogram::Pair;

/// As `Clean::fill_portable`, bit for bit.
#[inline(always)]
pub(super) fn fill(clean: &mut Clean, pixels: &[f32; BLOCK], floor: f32) {
    // SAFETY: SSE2 belongs to the x86-64 instruction set: every processor that runs this code has it.
    unsafe { fill_with_sse2(clean, pixels, floor) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn fill_with_sse2(clean: &mut Clean, pixels: &[f32; BLOCK], floor: f32) {
    let mut good = 0u64;
    let floor = _mm_set1_ps(floor);
    let (groups, _) = pixels.as_chunks::<4>();
    let (out, _) = clean.pairs.as_chunks_mut::<4>();
    for (at, (p, out)) in groups.iter().zip(out).enumerate() {
        let value = _mm_setr_ps(p[0], p[1], p[2], p[3]);
        // x - x is 0 for a finite x, NaN for any other.
        let zero = _mm_sub_ps(value, value);
        let finite = _mm_cmpeq_ps(zero, zero);
        good |= (_mm_movemask_ps(finite) as u64) << (4 * at);
        let signal = _mm_and_ps(value, finite);
        let variance = _mm_and_ps(_mm_max_ps(value, floor), finite);
        let low = _mm_unpacklo_ps(signal, variance);
        let high = _mm_unpackhi_ps(signal, variance);
        out[0] = pair(_mm_cvtps_pd(low));
        out[1] = pair(_mm_cvtps_pd(_mm_movehl_ps(low, low)));
        out[2] = pair(_mm_cvtps_pd(high));
        out[3] = pair(_mm_cvtps_pd(_mm_movehl_ps(high, high)));
    }
    clean.missing = !good;
}

#[inline]
#[target_feature(enable = "sse2")]
fn pair(v: __m128d) -> Pair {
    [_mm_cvtsd_f64(v), _mm_cvtsd_f64(_mm_unpackhi_pd(v, v))]
}
