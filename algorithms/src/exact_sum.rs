//! A sum of f64 without rounding, so that adding and merging are associative and commutative to the last bit.
//!
//! The value is an integer times a power of 2^32, kept as sign and magnitude:
//!
//! ```text
//! value = (-1)^negative * sum_k limbs[k] * 2^(32 (low + k))
//! ```
//!
//! A finite f64 touches at most three limbs; sums of like magnitude stay at three to five. The form is canonical (no zero
//! limb at either end), hence equal values are equal structs and equal bytes. Rounding happens once, in [`ExactSum::value`].
//!
//! Road not taken: compensated or pairwise f64 sums are accurate but depend on the order, and a run that is split over
//! ranks otherwise would then differ in its last bits.

use serde::{Deserialize, Serialize};

/// Lowest and one past the highest limb index that sums of finite f64 reach (2^-1074 .. 2^1024 times 2^63 terms).
const LIMBS: std::ops::Range<i32> = -34..36;

/// An exact sum of finite f64 values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct ExactSum {
    negative: bool,
    low: i32,
    limbs: Vec<u32>,
}

impl ExactSum {
    /// Adds one value; a value that is not finite is refused and leaves the sum as it was.
    #[must_use = "false says that the value was not finite and has not been added"]
    pub fn add(&mut self, value: f64) -> bool {
        if !value.is_finite() {
            return false;
        }
        let bits = value.to_bits();
        let biased = ((bits >> 52) & 0x7ff) as i32;
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = if biased == 0 { (fraction, -1074) } else { (fraction | (1 << 52), biased - 1075) };
        let wide = u128::from(mantissa) << exponent.rem_euclid(32);
        let mut term = ExactSum {
            negative: value < 0.0,
            low: exponent.div_euclid(32),
            limbs: vec![wide as u32, (wide >> 32) as u32, (wide >> 64) as u32],
        };
        term.trim();
        self.merge(&term);
        true
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &ExactSum) {
        if other.limbs.is_empty() {
            return;
        }
        if self.limbs.is_empty() {
            self.clone_from(other);
            return;
        }
        let low = self.low.min(other.low);
        let top = self.top().max(other.top());
        let mut digits = vec![0i64; (top - low) as usize + 1];
        for sum in [&*self, other] {
            let offset = (sum.low - low) as usize;
            for (digit, &limb) in digits[offset..].iter_mut().zip(&sum.limbs) {
                *digit += if sum.negative { -i64::from(limb) } else { i64::from(limb) };
            }
        }
        self.negative = carry(&mut digits) < 0;
        if self.negative {
            digits.iter_mut().for_each(|digit| *digit = -*digit);
            carry(&mut digits);
        }
        self.low = low;
        self.limbs = digits.iter().map(|&digit| digit as u32).collect();
        self.trim();
    }

    /// The sum, rounded once to the nearest f64 (ties to even; an overflow is infinite).
    pub fn value(&self) -> f64 {
        let from = self.limbs.len().saturating_sub(4);
        let (rest, head) = self.limbs.split_at(from);
        let mut magnitude = head.iter().rev().fold(0u128, |sum, &limb| (sum << 32) | u128::from(limb));
        // A sticky bit below the rounding position stands for everything that was cut off.
        magnitude |= u128::from(rest.iter().any(|&limb| limb != 0));
        let exponent = 32 * (self.low + from as i32);
        // Two steps: one power of two alone may leave the range of f64 although the product is inside.
        let half = exponent / 2;
        let scaled = magnitude as f64 * 2f64.powi(half) * 2f64.powi(exponent - half);
        if self.negative {
            -scaled
        } else {
            scaled
        }
    }

    /// One past the index of the highest limb.
    fn top(&self) -> i32 {
        self.low + self.limbs.len() as i32
    }

    /// Restores the canonical form: no zero limb at either end, zero is empty and positive.
    fn trim(&mut self) {
        while self.limbs.last() == Some(&0) {
            self.limbs.pop();
        }
        let zeros = self.limbs.iter().take_while(|&&limb| limb == 0).count();
        self.limbs.drain(..zeros);
        self.low += zeros as i32;
        if self.limbs.is_empty() {
            *self = ExactSum::default();
        }
    }
}

/// Brings every digit but the last into 0..2^32 and returns the last, which carries the sign.
fn carry(digits: &mut [i64]) -> i64 {
    let mut carried = 0;
    let last = digits.len().saturating_sub(1);
    for digit in &mut digits[..last] {
        let sum = *digit + carried;
        carried = sum >> 32;
        *digit = sum & 0xffff_ffff;
    }
    match digits.last_mut() {
        Some(digit) => {
            *digit += carried;
            *digit
        }
        None => 0,
    }
}

/// What is read back; checked before it becomes a sum, because `merge` allocates by these numbers.
#[derive(Deserialize)]
struct Stored {
    negative: bool,
    low: i32,
    limbs: Vec<u32>,
}

impl TryFrom<Stored> for ExactSum {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let Stored { negative, low, limbs } = stored;
        if limbs.is_empty() {
            return Ok(ExactSum::default());
        }
        if !LIMBS.contains(&low) || limbs.len() > (LIMBS.end - low) as usize {
            return Err("an exact sum outside the range of f64");
        }
        let mut sum = ExactSum { negative, low, limbs };
        sum.trim();
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sum(values: &[f64]) -> ExactSum {
        let mut sum = ExactSum::default();
        for &value in values {
            assert!(sum.add(value));
        }
        sum
    }

    #[test]
    fn cancels_where_f64_loses() {
        assert_eq!(sum(&[1e300, 1.0, -1e300, 1e-300, -1.0]).value(), 1e-300);
        assert_eq!(sum(&[0.1; 10]).value(), 1.0);
        assert_eq!(sum(&[-3.5, 1.0]).value(), -2.5);
        assert_eq!(sum(&[f64::MAX, f64::MAX]).value(), f64::INFINITY);
        assert_eq!(sum(&[5e-324, 5e-324]).value(), 1e-323);
        assert_eq!(sum(&[1.0, -1.0]), ExactSum::default());
        assert!(!ExactSum::default().add(f64::NAN));
    }

    #[test]
    fn refuses_stored_sums_out_of_range() {
        let text = r#"{"negative":false,"low":-2000000000,"limbs":[1]}"#;
        assert!(serde_json::from_str::<ExactSum>(text).is_err());
        let text = r#"{"negative":false,"low":0,"limbs":[0,1,0]}"#;
        assert_eq!(serde_json::from_str::<ExactSum>(text).unwrap().value(), 2f64.powi(32));
    }

    fn any_finite() -> impl Strategy<Value = f64> {
        any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |value| value.is_finite())
    }

    proptest! {
        #[test]
        fn one_value_returns_unchanged(value in any_finite()) {
            prop_assert_eq!(sum(&[value]).value(), value);
        }

        #[test]
        fn order_and_grouping_do_not_matter(values in prop::collection::vec(any_finite(), 1..20), cut in 0usize..20) {
            let whole = sum(&values);
            let (left, right) = values.split_at(cut.min(values.len()));
            let reversed: Vec<f64> = right.iter().rev().copied().collect();
            let mut merged = sum(&reversed);
            merged.merge(&sum(left));
            prop_assert_eq!(&merged, &whole);
            let text = serde_json::to_string(&whole).unwrap();
            prop_assert_eq!(serde_json::from_str::<ExactSum>(&text).unwrap(), whole);
        }

        #[test]
        fn integers_agree_with_i128(values in prop::collection::vec(-(1i64 << 52)..(1i64 << 52), 0..50)) {
            let floats: Vec<f64> = values.iter().map(|&value| value as f64).collect();
            let exact: i128 = values.iter().map(|&value| i128::from(value)).sum();
            prop_assert_eq!(sum(&floats).value(), exact as f64);
        }
    }
}
