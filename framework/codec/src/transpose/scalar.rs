//! The portable form, and the definition of the others.
//!
//! `n` elements of `e` bytes, element-wise `raw: [n, e]`.
//! Bytes: `planes: [e, n]`, plane `k` holds byte `k` of every element.
//! Bits: `rows: [8 e, n / 8]`, `n` a multiple of 8; row `8 k + b` holds bit `b` of byte `k` of
//! every element, element `j` at byte `j / 8`, bit `j % 8`: per plane and per 8 elements, the
//! transposition of an 8 x 8 bit matrix.
//!
//! Every function starts at element `from`, where a vector form left off.

/// Transposes 8 x 8 bits, bit `b` of byte `i` to bit `i` of byte `b`: three rounds that swap
/// off-diagonal blocks of 1, 2, then 4 (Warren, Hacker's Delight, 2nd edition, 7-3).
pub(super) fn transpose_8x8(mut x: u64) -> u64 {
    let mut swap = |shift: u32, mask: u64| {
        let t = (x ^ (x >> shift)) & mask;
        x ^= t ^ (t << shift);
    };
    swap(7, 0x00AA_00AA_00AA_00AA);
    swap(14, 0x0000_CCCC_0000_CCCC);
    swap(28, 0x0000_0000_F0F0_F0F0);
    x
}

pub(super) fn shuffle_bits(raw: &[u8], rows: &mut [u8], element_size: usize, from: usize) {
    let row_bytes = raw.len() / element_size / 8;
    for (group, elements) in raw.chunks_exact(8 * element_size).enumerate().skip(from / 8) {
        for k in 0..element_size {
            let column = std::array::from_fn(|i| elements[i * element_size + k]);
            let bits = transpose_8x8(u64::from_le_bytes(column)).to_le_bytes();
            for (b, byte) in bits.into_iter().enumerate() {
                rows[(8 * k + b) * row_bytes + group] = byte;
            }
        }
    }
}

pub(super) fn unshuffle_bits(rows: &[u8], raw: &mut [u8], element_size: usize, from: usize) {
    let row_bytes = raw.len() / element_size / 8;
    for (group, elements) in raw.chunks_exact_mut(8 * element_size).enumerate().skip(from / 8) {
        for k in 0..element_size {
            let bits = std::array::from_fn(|b| rows[(8 * k + b) * row_bytes + group]);
            let column = transpose_8x8(u64::from_le_bytes(bits)).to_le_bytes();
            for (i, byte) in column.into_iter().enumerate() {
                elements[i * element_size + k] = byte;
            }
        }
    }
}

pub(super) fn shuffle_bytes(raw: &[u8], planes: &mut [u8], element_size: usize, from: usize) {
    let count = raw.len() / element_size;
    for (j, element) in raw.chunks_exact(element_size).enumerate().skip(from) {
        for (k, &byte) in element.iter().enumerate() {
            planes[k * count + j] = byte;
        }
    }
}

pub(super) fn unshuffle_bytes(planes: &[u8], raw: &mut [u8], element_size: usize, from: usize) {
    let count = raw.len() / element_size;
    for (j, element) in raw.chunks_exact_mut(element_size).enumerate().skip(from) {
        for (k, byte) in element.iter_mut().enumerate() {
            *byte = planes[k * count + j];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_by_the_definition() {
        for (n, e) in [(8, 1), (24, 2), (16, 3), (40, 8)] {
            let raw: Vec<u8> = (0..n * e).map(|i| (i * 167 + i / 3 + 5) as u8).collect();
            let mut rows = vec![0; n * e];
            shuffle_bits(&raw, &mut rows, e, 0);
            for j in 0..n {
                for (k, b) in (0..e).flat_map(|k| (0..8).map(move |b| (k, b))) {
                    let there = rows[(8 * k + b) * (n / 8) + j / 8] >> (j % 8) & 1;
                    assert_eq!(there, raw[j * e + k] >> b & 1, "{j} {k} {b}");
                }
            }
            let mut back = vec![0; n * e];
            unshuffle_bits(&rows, &mut back, e, 0);
            assert_eq!(back, raw);
        }
    }
}
