//! AVX-512 with VBMI and GFNI: tiles of 512 elements, so that every row is written and read in
//! whole vectors of 64 bytes.
//!
//! All movements of bytes are one network, the perfect shuffle of two vectors in units of `W`
//! bytes, a single permutation of two registers: on planes it interleaves bytes to elements,
//! and thrice on 8 vectors of 8 lanes of 8 bytes it transposes them. The 8 x 8 bits within a
//! lane are transposed by one affine instruction, with the data as the matrix and the identity
//! as the operand. Element sizes 1, 2, 4, 8 only; others take the AVX2 form.

use std::arch::x86_64::{
    __m512i, _mm512_gf2p8affine_epi64_epi8, _mm512_permutex2var_epi8, _mm512_permutexvar_epi8, _mm512_set1_epi64,
    _mm512_setzero_si512,
};

use super::memory::{load_512, store_512};

/// Elements of a tile of bits, and of bytes.
const BIT_TILE: usize = 512;
const BYTE_TILE: usize = 64;

type Indices = [u8; 64];

/// Units of `width` bytes of two vectors, alternating: the first (`half` 0) or second half.
const fn interleaved(width: usize, half: usize) -> Indices {
    let mut indices = [0; 64];
    let mut at = 0;
    while at < 64 {
        let unit = at / width;
        let source = (half * 32 / width + unit / 2) * width + at % width;
        indices[at] = (source + if unit.is_multiple_of(2) { 0 } else { 64 }) as u8;
        at += 1;
    }
    indices
}

/// The reverse: even (`odd` 0) or odd units of the two vectors one after the other.
const fn separated(width: usize, odd: usize) -> Indices {
    let mut indices = [0; 64];
    let mut at = 0;
    while at < 64 {
        indices[at] = ((at / width * 2 + odd) * width + at % width) as u8;
        at += 1;
    }
    indices
}

/// Byte `i` of lane `j` to byte `j` of lane `i`, or of lane `7 - i` counted from the end.
const fn lanes_transposed(reversed: bool) -> Indices {
    let mut indices = [0; 64];
    let mut at = 0;
    while at < 64 {
        let (lane, byte) = (at / 8, at % 8);
        indices[at] = ((if reversed { 7 - byte } else { byte }) * 8 + lane) as u8;
        at += 1;
    }
    indices
}

/// The order of bytes in each lane turned round.
const fn lanes_reversed() -> Indices {
    let mut indices = [0; 64];
    let mut at = 0;
    while at < 64 {
        indices[at] = (at / 8 * 8 + 7 - at % 8) as u8;
        at += 1;
    }
    indices
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn interleave<const W: usize>(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    let (low, high) = const { (interleaved(W, 0), interleaved(W, 1)) };
    (_mm512_permutex2var_epi8(a, load_512(&low), b), _mm512_permutex2var_epi8(a, load_512(&high), b))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn separate<const W: usize>(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    let (even, odd) = const { (separated(W, 0), separated(W, 1)) };
    (_mm512_permutex2var_epi8(a, load_512(&even), b), _mm512_permutex2var_epi8(a, load_512(&odd), b))
}

/// One round of joining: pairs of streams of `run` vectors each, in units of `W` bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn join_round<const W: usize, const E: usize>(from: [__m512i; E]) -> [__m512i; E] {
    let mut to = from;
    for pair in 0..E / 2 {
        let (stream, at) = (pair / W, pair % W);
        let first = stream * 2 * W + at;
        let joined = interleave::<W>(from[first], from[first + W]);
        (to[2 * pair], to[2 * pair + 1]) = joined;
    }
    to
}

/// The reverse of [`join_round`].
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn split_round<const W: usize, const E: usize>(from: [__m512i; E]) -> [__m512i; E] {
    let mut to = from;
    for pair in 0..E / 2 {
        let (stream, at) = (pair / W, pair % W);
        let first = stream * 2 * W + at;
        (to[first], to[first + W]) = separate::<W>(from[2 * pair], from[2 * pair + 1]);
    }
    to
}

/// 64 elements of `E` bytes from `E` planes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn join<const E: usize>(mut planes: [__m512i; E]) -> [__m512i; E] {
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

/// `E` planes from 64 elements of `E` bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn split<const E: usize>(mut elements: [__m512i; E]) -> [__m512i; E] {
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

/// Lane `i` of vector `j` to lane `j` of vector `i`: each round turns the six bits of
/// (vector, lane) by one place.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn transpose_lanes(mut vectors: [__m512i; 8]) -> [__m512i; 8] {
    for _ in 0..3 {
        let from = vectors;
        for i in 0..4 {
            (vectors[2 * i], vectors[2 * i + 1]) = interleave::<8>(from[i], from[i + 4]);
        }
    }
    vectors
}

/// Bit `m` of byte `7 - i` of each lane to bit `i` of byte `m`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn transpose_bits_of_reversed(matrix: __m512i) -> __m512i {
    let identity = _mm512_set1_epi64(i64::from_le_bytes([1, 2, 4, 8, 16, 32, 64, 128]));
    _mm512_gf2p8affine_epi64_epi8::<0>(identity, matrix)
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn shuffle_bit_tiles<const E: usize>(raw: &[u8], rows: &mut [u8]) -> usize {
    let row_bytes = raw.len() / E / 8;
    let reverse = load_512(const { &lanes_reversed() });
    let columns = load_512(const { &lanes_transposed(false) });
    let mut tiles = 0;
    for (tile, elements) in raw.chunks_exact(BIT_TILE * E).enumerate() {
        let mut planes = [[_mm512_setzero_si512(); 8]; E];
        for (i, elements) in elements.chunks_exact(BYTE_TILE * E).enumerate() {
            let mut vectors = [_mm512_setzero_si512(); E];
            for (vector, bytes) in vectors.iter_mut().zip(elements.chunks_exact(64)) {
                *vector = load_512(bytes);
            }
            for (plane, vector) in planes.iter_mut().zip(split(vectors)) {
                plane[i] = vector;
            }
        }
        for (k, mut plane) in planes.into_iter().enumerate() {
            for vector in &mut plane {
                let bits = transpose_bits_of_reversed(_mm512_permutexvar_epi8(reverse, *vector));
                *vector = _mm512_permutexvar_epi8(columns, bits);
            }
            for (b, row) in transpose_lanes(plane).into_iter().enumerate() {
                store_512(&mut rows[(8 * k + b) * row_bytes + 64 * tile..], row);
            }
        }
        tiles = tile + 1;
    }
    tiles * BIT_TILE
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn unshuffle_bit_tiles<const E: usize>(rows: &[u8], raw: &mut [u8]) -> usize {
    let row_bytes = raw.len() / E / 8;
    let columns = load_512(const { &lanes_transposed(true) });
    let mut tiles = 0;
    for (tile, elements) in raw.chunks_exact_mut(BIT_TILE * E).enumerate() {
        let mut planes = [[_mm512_setzero_si512(); 8]; E];
        for (k, plane) in planes.iter_mut().enumerate() {
            for (b, row) in plane.iter_mut().enumerate() {
                *row = load_512(&rows[(8 * k + b) * row_bytes + 64 * tile..]);
            }
            *plane = transpose_lanes(*plane);
            for vector in plane {
                *vector = transpose_bits_of_reversed(_mm512_permutexvar_epi8(columns, *vector));
            }
        }
        for (i, elements) in elements.chunks_exact_mut(BYTE_TILE * E).enumerate() {
            let mut vectors = [_mm512_setzero_si512(); E];
            for (vector, plane) in vectors.iter_mut().zip(&planes) {
                *vector = plane[i];
            }
            for (bytes, vector) in elements.chunks_exact_mut(64).zip(join(vectors)) {
                store_512(bytes, vector);
            }
        }
        tiles = tile + 1;
    }
    tiles * BIT_TILE
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn shuffle_byte_tiles<const E: usize>(raw: &[u8], planes: &mut [u8]) -> usize {
    let count = raw.len() / E;
    let mut tiles = 0;
    for (tile, elements) in raw.chunks_exact(BYTE_TILE * E).enumerate() {
        let mut vectors = [_mm512_setzero_si512(); E];
        for (vector, bytes) in vectors.iter_mut().zip(elements.chunks_exact(64)) {
            *vector = load_512(bytes);
        }
        for (k, vector) in split(vectors).into_iter().enumerate() {
            store_512(&mut planes[k * count + BYTE_TILE * tile..], vector);
        }
        tiles = tile + 1;
    }
    tiles * BYTE_TILE
}

#[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
fn unshuffle_byte_tiles<const E: usize>(planes: &[u8], raw: &mut [u8]) -> usize {
    let count = raw.len() / E;
    let mut tiles = 0;
    for (tile, elements) in raw.chunks_exact_mut(BYTE_TILE * E).enumerate() {
        let mut vectors = [_mm512_setzero_si512(); E];
        for (k, vector) in vectors.iter_mut().enumerate() {
            *vector = load_512(&planes[k * count + BYTE_TILE * tile..]);
        }
        for (bytes, vector) in elements.chunks_exact_mut(64).zip(join(vectors)) {
            store_512(bytes, vector);
        }
        tiles = tile + 1;
    }
    tiles * BYTE_TILE
}

/// Defines the entry of one direction: the number of elements done.
macro_rules! by_element_size {
    ($name:ident, $tiles:ident) => {
        #[target_feature(enable = "avx512f,avx512bw,avx512vbmi,gfni")]
        pub(super) fn $name(from: &[u8], to: &mut [u8], element_size: usize) -> usize {
            match element_size {
                1 => $tiles::<1>(from, to),
                2 => $tiles::<2>(from, to),
                4 => $tiles::<4>(from, to),
                8 => $tiles::<8>(from, to),
                _ => 0,
            }
        }
    };
}

by_element_size!(shuffle_bits, shuffle_bit_tiles);
by_element_size!(unshuffle_bits, unshuffle_bit_tiles);
by_element_size!(shuffle_bytes, shuffle_byte_tiles);
by_element_size!(unshuffle_bytes, unshuffle_byte_tiles);
