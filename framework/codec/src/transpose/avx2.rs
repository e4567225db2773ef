//! AVX2: tiles of 256 elements for bits, so that every row is written and read in whole vectors
//! of 32 bytes, and of 32 elements for bytes.
//!
//! All movements of bytes are one network, the perfect shuffle of two vectors: on `E` planes it
//! interleaves bytes to elements, and on the 8 rows of a plane to groups of 8 bytes. The bits
//! are transposed while a group of 8 bytes still lies across 8 vectors: three rounds that swap
//! blocks of 4, 2, then 1 bits between two vectors, 9 instructions a vector where the same
//! within lanes of 8 bytes takes 18, and `movemask` with its 4-byte stores more than that.
//! Element sizes other than 1, 2, 4, 8 pick the bytes of a plane one by one, and only the bits
//! go through vectors.

use std::arch::x86_64::{
    __m256i, _mm256_and_si256, _mm256_permute2x128_si256, _mm256_permute4x64_epi64, _mm256_set1_epi8,
    _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_slli_epi64, _mm256_srli_epi64, _mm256_unpackhi_epi16,
    _mm256_unpackhi_epi32, _mm256_unpackhi_epi8, _mm256_unpacklo_epi16, _mm256_unpacklo_epi32, _mm256_unpacklo_epi8,
    _mm256_xor_si256,
};

use super::memory::{load_256, store_256};

/// Elements of a tile of bits, and of bytes.
const BIT_TILE: usize = 256;
const BYTE_TILE: usize = 32;

/// Units of `W` bytes of two vectors, alternating.
#[inline]
#[target_feature(enable = "avx2")]
fn interleave<const W: usize>(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    let (low, high) = match W {
        1 => (_mm256_unpacklo_epi8(a, b), _mm256_unpackhi_epi8(a, b)),
        2 => (_mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b)),
        _ => (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b)),
    };
    (_mm256_permute2x128_si256::<0x20>(low, high), _mm256_permute2x128_si256::<0x31>(low, high))
}

/// Even units of `W` bytes of each 16 bytes, then the odd ones.
const fn even_then_odd(width: usize) -> [u8; 32] {
    let mut indices = [0; 32];
    let mut at = 0;
    while at < 32 {
        let (half, byte) = (at % 16 / 8, at % 8);
        indices[at] = ((byte / width * 2 + half) * width + byte % width) as u8;
        at += 1;
    }
    indices
}

/// The reverse of [`interleave`]: even units of the two vectors, odd units.
#[inline]
#[target_feature(enable = "avx2")]
fn separate<const W: usize>(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    let order = load_256(const { &even_then_odd(W) });
    let a = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_shuffle_epi8(a, order));
    let b = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_shuffle_epi8(b, order));
    (_mm256_permute2x128_si256::<0x20>(a, b), _mm256_permute2x128_si256::<0x31>(a, b))
}

/// One round of joining: pairs of streams of `W` vectors each, in units of `W` bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn join_round<const W: usize, const E: usize>(from: [__m256i; E]) -> [__m256i; E] {
    let mut to = from;
    for pair in 0..E / 2 {
        let first = pair / W * 2 * W + pair % W;
        (to[2 * pair], to[2 * pair + 1]) = interleave::<W>(from[first], from[first + W]);
    }
    to
}

/// The reverse of [`join_round`].
#[inline]
#[target_feature(enable = "avx2")]
fn split_round<const W: usize, const E: usize>(from: [__m256i; E]) -> [__m256i; E] {
    let mut to = from;
    for pair in 0..E / 2 {
        let first = pair / W * 2 * W + pair % W;
        (to[first], to[first + W]) = separate::<W>(from[2 * pair], from[2 * pair + 1]);
    }
    to
}

/// 32 elements of `E` bytes from `E` planes.
#[inline]
#[target_feature(enable = "avx2")]
fn join<const E: usize>(mut planes: [__m256i; E]) -> [__m256i; E] {
    if E >= 2 {
        planes = join_round::<1, E>(planes);
    }
    if E >= 4 {
        planes = join_round::<2, E>(planes);
    }
    if E >= 8 {
        planes = join_round::<4, E>(planes);
    }
    planes
}

/// `E` planes from 32 elements of `E` bytes.
#[inline]
#[target_feature(enable = "avx2")]
fn split<const E: usize>(mut elements: [__m256i; E]) -> [__m256i; E] {
    if E >= 8 {
        elements = split_round::<4, E>(elements);
    }
    if E >= 4 {
        elements = split_round::<2, E>(elements);
    }
    if E >= 2 {
        elements = split_round::<1, E>(elements);
    }
    elements
}

/// `N` vectors of 32 bytes from `bytes`.
#[inline]
#[target_feature(enable = "avx2")]
fn load<const N: usize>(bytes: &[u8]) -> [__m256i; N] {
    let mut vectors = [_mm256_setzero_si256(); N];
    for (vector, bytes) in vectors.iter_mut().zip(bytes.chunks_exact(32)) {
        *vector = load_256(bytes);
    }
    vectors
}

/// `N` vectors of 32 bytes to `bytes`.
#[inline]
#[target_feature(enable = "avx2")]
fn store<const N: usize>(vectors: [__m256i; N], bytes: &mut [u8]) {
    for (bytes, vector) in bytes.chunks_exact_mut(32).zip(vectors) {
        store_256(bytes, vector);
    }
}

/// Swaps the high `SHIFT` bits of `low` with the low ones of `high`, in units of `2 SHIFT`.
#[inline]
#[target_feature(enable = "avx2")]
fn swap_bits<const SHIFT: i32>(low: __m256i, high: __m256i, mask: i8) -> (__m256i, __m256i) {
    let differ = _mm256_xor_si256(_mm256_srli_epi64::<SHIFT>(low), high);
    let differ = _mm256_and_si256(differ, _mm256_set1_epi8(mask));
    (_mm256_xor_si256(low, _mm256_slli_epi64::<SHIFT>(differ)), _mm256_xor_si256(high, differ))
}

/// Bit `i` of each byte of vector `b` to bit `b` of that byte of vector `i`.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose_bits(mut v: [__m256i; 8]) -> [__m256i; 8] {
    for i in [0, 1, 2, 3] {
        (v[i], v[i + 4]) = swap_bits::<4>(v[i], v[i + 4], 0x0F);
    }
    for i in [0, 1, 4, 5] {
        (v[i], v[i + 2]) = swap_bits::<2>(v[i], v[i + 2], 0x33);
    }
    for i in [0, 2, 4, 6] {
        (v[i], v[i + 1]) = swap_bits::<1>(v[i], v[i + 1], 0x55);
    }
    v
}

/// Stores the rows of a plane of 256 bytes, 32 bytes at `at` of each.
#[inline]
#[target_feature(enable = "avx2")]
fn store_rows(plane: [__m256i; 8], rows: &mut [u8], row_bytes: usize, at: usize) {
    for (b, row) in transpose_bits(split(plane)).into_iter().enumerate() {
        store_256(&mut rows[b * row_bytes + at..], row);
    }
}

/// The reverse of [`store_rows`].
#[inline]
#[target_feature(enable = "avx2")]
fn load_rows(rows: &[u8], row_bytes: usize, at: usize) -> [__m256i; 8] {
    let mut vectors = [_mm256_setzero_si256(); 8];
    for (b, row) in vectors.iter_mut().enumerate() {
        *row = load_256(&rows[b * row_bytes + at..]);
    }
    join(transpose_bits(vectors))
}

#[target_feature(enable = "avx2")]
fn shuffle_bit_tiles<const E: usize>(raw: &[u8], rows: &mut [u8], from: usize) -> usize {
    let (count, row_bytes) = (raw.len() / E, raw.len() / E / 8);
    let tiles = raw.chunks_exact(BIT_TILE * E).enumerate().skip(from / BIT_TILE);
    for (tile, elements) in tiles {
        let mut planes = [[_mm256_setzero_si256(); 8]; E];
        for (i, elements) in elements.chunks_exact(BYTE_TILE * E).enumerate() {
            for (plane, vector) in planes.iter_mut().zip(split(load::<E>(elements))) {
                plane[i] = vector;
            }
        }
        for (k, plane) in planes.into_iter().enumerate() {
            store_rows(plane, &mut rows[8 * k * row_bytes..], row_bytes, BIT_TILE / 8 * tile);
        }
    }
    count / BIT_TILE * BIT_TILE
}

#[target_feature(enable = "avx2")]
fn unshuffle_bit_tiles<const E: usize>(rows: &[u8], raw: &mut [u8], from: usize) -> usize {
    let (count, row_bytes) = (raw.len() / E, raw.len() / E / 8);
    let tiles = raw.chunks_exact_mut(BIT_TILE * E).enumerate().skip(from / BIT_TILE);
    for (tile, elements) in tiles {
        let mut planes = [[_mm256_setzero_si256(); 8]; E];
        for (k, plane) in planes.iter_mut().enumerate() {
            *plane = load_rows(&rows[8 * k * row_bytes..], row_bytes, BIT_TILE / 8 * tile);
        }
        for (i, elements) in elements.chunks_exact_mut(BYTE_TILE * E).enumerate() {
            let mut vectors = [_mm256_setzero_si256(); E];
            for (vector, plane) in vectors.iter_mut().zip(&planes) {
                *vector = plane[i];
            }
            store(join(vectors), elements);
        }
    }
    count / BIT_TILE * BIT_TILE
}

#[target_feature(enable = "avx2")]
fn shuffle_any_bits(raw: &[u8], rows: &mut [u8], element_size: usize, from: usize) -> usize {
    let (count, row_bytes) = (raw.len() / element_size, raw.len() / element_size / 8);
    let tiles = raw.chunks_exact(BIT_TILE * element_size).enumerate().skip(from / BIT_TILE);
    for (tile, elements) in tiles {
        for k in 0..element_size {
            let plane: [u8; BIT_TILE] = std::array::from_fn(|j| elements[j * element_size + k]);
            let rows = &mut rows[8 * k * row_bytes..];
            store_rows(load(&plane), rows, row_bytes, BIT_TILE / 8 * tile);
        }
    }
    count / BIT_TILE * BIT_TILE
}

#[target_feature(enable = "avx2")]
fn unshuffle_any_bits(rows: &[u8], raw: &mut [u8], element_size: usize, from: usize) -> usize {
    let (count, row_bytes) = (raw.len() / element_size, raw.len() / element_size / 8);
    let tiles = raw.chunks_exact_mut(BIT_TILE * element_size).enumerate().skip(from / BIT_TILE);
    for (tile, elements) in tiles {
        for k in 0..element_size {
            let mut plane = [0; BIT_TILE];
            let rows = &rows[8 * k * row_bytes..];
            store(load_rows(rows, row_bytes, BIT_TILE / 8 * tile), &mut plane);
            for (j, byte) in plane.into_iter().enumerate() {
                elements[j * element_size + k] = byte;
            }
        }
    }
    count / BIT_TILE * BIT_TILE
}

#[target_feature(enable = "avx2")]
fn shuffle_byte_tiles<const E: usize>(raw: &[u8], planes: &mut [u8], from: usize) -> usize {
    let count = raw.len() / E;
    for (tile, elements) in raw.chunks_exact(BYTE_TILE * E).enumerate().skip(from / BYTE_TILE) {
        for (k, plane) in split(load::<E>(elements)).into_iter().enumerate() {
            store_256(&mut planes[k * count + BYTE_TILE * tile..], plane);
        }
    }
    count / BYTE_TILE * BYTE_TILE
}

#[target_feature(enable = "avx2")]
fn unshuffle_byte_tiles<const E: usize>(planes: &[u8], raw: &mut [u8], from: usize) -> usize {
    let count = raw.len() / E;
    for (tile, elements) in raw.chunks_exact_mut(BYTE_TILE * E).enumerate().skip(from / BYTE_TILE) {
        let mut vectors = [_mm256_setzero_si256(); E];
        for (k, vector) in vectors.iter_mut().enumerate() {
            *vector = load_256(&planes[k * count + BYTE_TILE * tile..]);
        }
        store(join(vectors), elements);
    }
    count / BYTE_TILE * BYTE_TILE
}

/// Nothing is gained by vectors here: the portable form starts where it should.
fn none(_: &[u8], _: &mut [u8], _: usize, from: usize) -> usize {
    from
}

/// Defines the entry of one direction: starts at element `from`, returns where it ended.
macro_rules! by_element_size {
    ($name:ident, $tiles:ident, $any:ident) => {
        #[target_feature(enable = "avx2")]
        pub(super) fn $name(from: &[u8], to: &mut [u8], element_size: usize, at: usize) -> usize {
            match element_size {
                1 => $tiles::<1>(from, to, at),
                2 => $tiles::<2>(from, to, at),
                4 => $tiles::<4>(from, to, at),
                8 => $tiles::<8>(from, to, at),
                _ => $any(from, to, element_size, at),
            }
        }
    };
}

by_element_size!(shuffle_bits, shuffle_bit_tiles, shuffle_any_bits);
by_element_size!(unshuffle_bits, unshuffle_bit_tiles, unshuffle_any_bits);
by_element_size!(shuffle_bytes, shuffle_byte_tiles, none);
by_element_size!(unshuffle_bytes, unshuffle_byte_tiles, none);
