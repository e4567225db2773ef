//! Damage to bytes as storage, transfer and bugs of writers do it, the same in every test run.
//!
//! One to three of: bits flipped, bytes overwritten, a number replaced by one that breaks sums (0, 1, 2^31, 2^32 - 1, 2^63,
//! 2^64 - 1, one more, one less, a neighbour's sum), two numbers exchanged, a block copied or zeroed, the end cut off.
//! Numbers are little-endian words of 4 or 8 bytes; those that could be lengths or offsets in the file are preferred.

use crate::Random;
use std::ops::Range;

/// Bytes to damage, and where damage is worth most.
pub struct Original {
    bytes: Vec<u8>,
    /// what is no stored value, ascending: the file's own structure
    structure: Vec<Range<usize>>,
}

impl Original {
    /// `values` are ranges of stored values: damage prefers what lies outside of them.
    pub fn new(bytes: Vec<u8>, values: &[Range<usize>]) -> Self {
        let mut structure = Vec::new();
        let mut end = 0;
        for range in values.iter().chain([&(bytes.len()..bytes.len())]) {
            if range.start > end {
                structure.push(end..range.start);
            }
            end = end.max(range.end);
        }
        Original { bytes, structure }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// A damaged copy, and what was done to it.
    pub fn mutant(&self, random: &mut Random) -> (Vec<u8>, String) {
        let mut bytes = self.bytes.clone();
        let mut done = Vec::new();
        for _ in 0..[1, 1, 1, 2, 3][random.below(5)] {
            done.push(self.damage(&mut bytes, random));
        }
        (bytes, done.join(", "))
    }

    fn damage(&self, bytes: &mut Vec<u8>, random: &mut Random) -> String {
        if bytes.len() < 16 {
            bytes.push(random.bits() as u8);
            return "appended a byte".into();
        }
        let at = self.place(bytes, random);
        match random.below(16) {
            0..=3 => {
                let bit = random.below(8);
                bytes[at] ^= 1 << bit;
                format!("bit {bit} at {at}")
            }
            4..=6 => {
                bytes[at] = [0, 0xff, 1, random.bits() as u8][random.below(4)];
                format!("byte {:#04x} at {at}", bytes[at])
            }
            7..=10 => {
                let (at, width) = self.length(bytes, at, random);
                let old = word(bytes, at, width);
                let neighbour = word(bytes, (at + width).min(bytes.len() - width), width);
                let limits = [0, 1, 1 << 31, u64::from(u32::MAX), 1 << 63, u64::MAX];
                let new = match random.below(9) {
                    6 => old.wrapping_add(1),
                    7 => old.wrapping_sub(1),
                    8 => old.wrapping_add(neighbour),
                    limit => limits[limit],
                };
                put(bytes, at, width, new);
                format!("number of {width} bytes at {at} from {old} to {}", word(bytes, at, width))
            }
            11 | 12 => {
                let (one, width) = self.length(bytes, at, random);
                let two = self.place(bytes, random).min(bytes.len() - width);
                let (a, b) = (word(bytes, one, width), word(bytes, two, width));
                put(bytes, one, width, b);
                put(bytes, two, width, a);
                format!("numbers of {width} bytes at {one} and {two} exchanged")
            }
            13 => {
                let length = (1usize << random.below(10)).min(bytes.len() - at);
                let from = self.place(bytes, random).min(bytes.len() - length);
                bytes.copy_within(from..from + length, at);
                format!("{length} bytes from {from} copied to {at}")
            }
            14 => {
                let length = (1usize << random.below(10)).min(bytes.len() - at);
                bytes[at..at + length].fill(0);
                format!("{length} bytes at {at} zeroed")
            }
            _ => {
                let length = if random.below(3) == 0 { random.below(bytes.len()) } else { at };
                bytes.truncate(length);
                format!("cut to {length} bytes")
            }
        }
    }

    /// Mostly in the structure, and there mostly at bytes in use.
    fn place(&self, bytes: &[u8], random: &mut Random) -> usize {
        let inside: usize = self.structure.iter().map(Range::len).sum();
        if inside == 0 || random.below(6) == 0 {
            return random.below(bytes.len());
        }
        let mut at = 0;
        for _ in 0..6 {
            let mut left = random.below(inside);
            for range in &self.structure {
                if left < range.len() {
                    at = (range.start + left).min(bytes.len() - 1);
                    break;
                }
                left -= range.len();
            }
            if bytes[at] != 0 {
                break;
            }
        }
        at
    }

    /// Where near `at` a number stands that could be a length or an offset, and its width.
    fn length(&self, bytes: &[u8], at: usize, random: &mut Random) -> (usize, usize) {
        let width = [4, 8][random.below(2)];
        let last = bytes.len() - width;
        let most = 4 * self.bytes.len() as u64;
        let found = (at..at + 64).take_while(|&at| at <= last).find(|&at| (1..=most).contains(&word(bytes, at, width)));
        (found.unwrap_or(at.min(last)), width)
    }
}

fn word(bytes: &[u8], at: usize, width: usize) -> u64 {
    bytes[at..at + width].iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

fn put(bytes: &mut [u8], at: usize, width: usize, word: u64) {
    bytes[at..at + width].copy_from_slice(&word.to_le_bytes()[..width]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutants_are_the_same_again_and_mostly_leave_values_alone() {
        let original = Original::new((0..200u8).cycle().take(4000).collect(), &[1000..2000, 2000..3900]);
        let (mut again, mut in_values) = (Random::new(5), 0);
        let mut random = Random::new(5);
        for _ in 0..500 {
            let (mutant, what) = original.mutant(&mut random);
            assert_eq!((&mutant, &what), (&original.mutant(&mut again).0, &what));
            let changed = |range: Range<usize>| mutant.get(range.clone()) != original.bytes.get(range);
            in_values += usize::from(mutant.len() == 4000 && changed(1000..3900));
        }
        assert!((20..250).contains(&in_values), "{in_values}");
    }

    #[test]
    fn bytes_of_any_length_can_be_damaged() {
        let mut random = Random::new(1);
        for length in 0..40 {
            let original = Original::new(vec![7; length], &[]);
            (0..200).for_each(|_| drop(original.mutant(&mut random)));
        }
    }
}
