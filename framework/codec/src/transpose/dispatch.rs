//! Calls a form of the transpositions: the vector form for as many elements as it takes, the
//! portable one for the rest. Nothing else may call the vector forms.

use super::scalar;
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};
use crate::processor::{Form, Processor};

/// Defines one direction: `vector` forms return how many elements they did.
macro_rules! transposition {
    ($(#[$doc:meta])* $name:ident, $multiple:literal) => {
        $(#[$doc])*
        pub(crate) fn $name(level: Processor, from: &[u8], to: &mut [u8], element_size: usize) {
            assert_eq!(from.len(), to.len(), "source and target of a transposition");
            assert!(from.len().is_multiple_of($multiple * element_size), "whole groups of elements");
            let done = match level.form() {
                Form::Scalar => 0,
                #[cfg(target_arch = "x86_64")]
                // SAFETY: this level exists only where the processor has AVX2.
                Form::Avx2 => unsafe { avx2::$name(from, to, element_size, 0) },
                #[cfg(target_arch = "x86_64")]
                Form::Avx512 => {
                    // SAFETY: this level exists only where the processor has AVX2, AVX-512 F,
                    // BW, VBMI and GFNI.
                    unsafe {
                        let done = avx512::$name(from, to, element_size);
                        avx2::$name(from, to, element_size, done)
                    }
                }
            };
            scalar::$name(from, to, element_size, done);
        }
    };
}

transposition! {
    /// Elements to rows of bits; a multiple of 8 elements.
    shuffle_bits, 8
}
transposition! {
    /// Rows of bits to elements; a multiple of 8 elements.
    unshuffle_bits, 8
}
transposition! {
    /// Elements to planes of bytes.
    shuffle_bytes, 1
}
transposition! {
    /// Planes of bytes to elements.
    unshuffle_bytes, 1
}

#[cfg(test)]
mod tests {
    use super::*;

    type Transposition = fn(Processor, &[u8], &mut [u8], usize);

    fn agree(name: &str, there: Transposition, back: Transposition, multiple: usize) {
        let scalar = Processor::SCALAR;
        if scalar == Processor::best() {
            println!("only the scalar form runs here");
        }
        let counts: Vec<usize> = (0..300).chain([511, 512, 520, 1000, 1024, 2048, 4096, 4104, 5000]).collect();
        for element_size in [1, 2, 3, 4, 5, 8, 16, 24] {
            for count in counts.iter().filter(|&n| n % multiple == 0) {
                let bytes = count * element_size;
                let from: Vec<u8> = (0..bytes as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 23) as u8).collect();
                let mut expected = vec![0xEE; bytes];
                there(scalar, &from, &mut expected, element_size);
                for level in Processor::available() {
                    let mut found = vec![0xDD; bytes];
                    there(level, &from, &mut found, element_size);
                    assert!(found == expected, "{name} {level:?} {element_size} x {count}");
                    let mut returned = vec![0xCC; bytes];
                    back(level, &found, &mut returned, element_size);
                    assert!(returned == from, "un{name} {level:?} {element_size} x {count}");
                }
            }
        }
    }

    #[test]
    fn all_levels_agree_on_bits() {
        agree("shuffle_bits", shuffle_bits, unshuffle_bits, 8);
    }

    #[test]
    fn all_levels_agree_on_bytes() {
        agree("shuffle_bytes", shuffle_bytes, unshuffle_bytes, 1);
    }
}
