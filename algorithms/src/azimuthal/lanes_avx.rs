//! Turning a tile with AVX; see [`super::lanes`]. Moves values and computes none, but for the question whether all are finite.

use std::arch::x86_64::{
    __m128, __m256, _mm256_castps128_ps256, _mm256_cmp_ps, _mm256_insertf128_ps, _mm256_movemask_ps, _mm256_or_ps,
    _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_sub_ps, _mm256_unpackhi_ps, _mm256_unpacklo_ps,
    _mm_setr_ps, _CMP_UNORD_Q,
};

use super::block::BLOCK;
use super::lanes::{Turned, LANES};

/// As `turn` there.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn turn(pixels: &mut Turned, rows: &[&[f32; BLOCK]; LANES]) -> bool {
    // x - x is 0 for a finite x, NaN for any other.
    let mut odd = _mm256_setzero_ps();
    let (pixels, _) = pixels.as_chunks_mut::<4>();
    for (at, out) in pixels.iter_mut().enumerate() {
        let (a, b) = (pair(rows[0], rows[4], at), pair(rows[1], rows[5], at));
        let (c, d) = (pair(rows[2], rows[6], at), pair(rows[3], rows[7], at));
        let ab = _mm256_or_ps(_mm256_sub_ps(a, a), _mm256_sub_ps(b, b));
        let cd = _mm256_or_ps(_mm256_sub_ps(c, c), _mm256_sub_ps(d, d));
        odd = _mm256_or_ps(odd, _mm256_or_ps(ab, cd));
        let (ab_low, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
        let (cd_low, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
        store(&mut out[0], _mm256_shuffle_ps::<0x44>(ab_low, cd_low));
        store(&mut out[1], _mm256_shuffle_ps::<0xEE>(ab_low, cd_low));
        store(&mut out[2], _mm256_shuffle_ps::<0x44>(ab_high, cd_high));
        store(&mut out[3], _mm256_shuffle_ps::<0xEE>(ab_high, cd_high));
    }
    _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_UNORD_Q>(odd, odd)) == 0
}

/// Pixels `4 at ..` of two frames.
#[inline]
#[target_feature(enable = "avx")]
fn pair(low: &[f32; BLOCK], high: &[f32; BLOCK], at: usize) -> __m256 {
    _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(four(low, at)), four(high, at))
}

#[inline]
#[target_feature(enable = "avx")]
fn four(row: &[f32; BLOCK], at: usize) -> __m128 {
    let pixels = &row.as_chunks::<4>().0[at];
    _mm_setr_ps(pixels[0], pixels[1], pixels[2], pixels[3])
}

#[inline]
#[target_feature(enable = "avx")]
fn store(pixel: &mut [f32; LANES], values: __m256) {
    // SAFETY: `pixel` is 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_ps(pixel.as_mut_ptr(), values) }
}
