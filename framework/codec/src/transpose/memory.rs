//! Loads and stores of vectors, each within a slice.

use std::arch::x86_64::{
    __m256i, __m512i, _mm256_loadu_si256, _mm256_storeu_si256, _mm512_loadu_si512, _mm512_storeu_si512,
};

/// The first 32 bytes of `from`.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn load_256(from: &[u8]) -> __m256i {
    let bytes = &from[..32];
    // SAFETY: `bytes` are 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// To the first 32 bytes of `to`.
#[inline]
#[target_feature(enable = "avx")]
pub(super) fn store_256(to: &mut [u8], vector: __m256i) {
    let bytes = &mut to[..32];
    // SAFETY: `bytes` are 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), vector) }
}

/// The first 64 bytes of `from`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load_512(from: &[u8]) -> __m512i {
    let bytes = &from[..64];
    // SAFETY: `bytes` are 64 bytes, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

/// To the first 64 bytes of `to`.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store_512(to: &mut [u8], vector: __m512i) {
    let bytes = &mut to[..64];
    // SAFETY: `bytes` are 64 bytes, and the store needs no alignment.
    unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), vector) }
}
