//! Pixels with fewer significant bits: what is rounded away is noise that compressors cannot
//! shrink.
//!
//! A value is rounded to the nearest multiple of a *step*, a power of two, half to even:
//!
//! - [`round_to_bits`]: step = max(2^finest, 2^(e - bits)) where 2^e <= |v| < 2^(e + 1): at most
//!   `bits` bits after the leading one, and none worth less than 2^finest;
//! - [`round_to_noise`]: step = max(2^finest, 2^floor(log2(k sqrt(v gain)))) for v > 0, else
//!   2^finest: a fixed share `k` of the Poisson noise of `v / gain` photons of `gain` units each
//!   (Galchenkova et al. 2024, IUCrJ 11, 190, round non-uniformly to the same end).
//!
//! NaN and infinity stay what they are. A value that rounds up to 2^128 would become infinite: it
//! is left as it is. The result may have one bit less than asked for, never more.

/// Values of f32 are multiples of this power of two.
const SMALLEST_POWER: i32 = -149;
const LARGEST_POWER: i32 = 127;

/// Bits after the leading one of an f32.
const STORED_BITS: u32 = 23;

/// Rounds to at most `bits` bits after the leading one, and no finer than 2^`finest`.
///
/// `bits` of 23 or more: only 2^`finest` limits; `finest` below -149: only `bits` does.
pub fn round_to_bits(pixels: &mut [f32], bits: u32, finest: i32) {
    let bits = bits.min(STORED_BITS) as i32;
    let finest = finest.max(SMALLEST_POWER);
    for pixel in pixels {
        *pixel = to_multiple(*pixel, finest.max(exponent(*pixel) - bits));
    }
}

/// Rounds to `k` times the Poisson noise, and no finer than 2^`finest`.
///
/// `gain`: units of a pixel for one photon. Where `k` or `gain` is no positive number only
/// 2^`finest` limits.
pub fn round_to_noise(pixels: &mut [f32], k: f64, gain: f64, finest: i32) {
    let finest = finest.max(SMALLEST_POWER);
    for pixel in pixels {
        let noise = k * (f64::from(*pixel) * gain).sqrt();
        // NaN for a negative pixel: the comparison is false.
        let power = if noise > 0.0 && noise.is_finite() { floor_log2(noise) } else { finest };
        *pixel = to_multiple(*pixel, finest.max(power));
    }
}

/// Sets every value below `limit` to `value`; NaN stays.
pub fn set_below(pixels: &mut [f32], limit: f32, value: f32) {
    for pixel in pixels {
        *pixel = if *pixel < limit { value } else { *pixel };
    }
}

/// `e` with 2^e <= |v| < 2^(e + 1), also for subnormal values; of no meaning for 0 and NaN.
fn exponent(v: f32) -> i32 {
    // Every f32 but 0 is a normal f64.
    (f64::from(v).to_bits() >> 52 & 0x7ff) as i32 - 1023
}

fn floor_log2(v: f64) -> i32 {
    (v.to_bits() >> 52 & 0x7ff) as i32 - 1023
}

/// The multiple of 2^`power` next to `v`, half to even.
fn to_multiple(v: f32, power: i32) -> f32 {
    // Multiples of more than the largest value: all are 0, and so is `v` to that step, up to
    // half of it.
    if power > LARGEST_POWER + 1 {
        return if v.is_finite() { 0f32.copysign(v) } else { v };
    }
    // Both scalings are exact: powers of two well inside f64.
    let rounded = (f64::from(v) * two_to(-power)).round_ties_even() * two_to(power);
    let rounded = rounded as f32;
    if rounded.is_finite() {
        rounded
    } else {
        v
    }
}

fn two_to(power: i32) -> f64 {
    f64::from_bits(((power + 1023) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(v: f32, bits: u32, finest: i32) -> f32 {
        let mut pixels = [v];
        round_to_bits(&mut pixels, bits, finest);
        pixels[0]
    }

    #[test]
    fn halves_go_to_even() {
        for (v, expected) in [(0.5, 0.0), (1.5, 2.0), (2.5, 2.0), (-2.5, -2.0), (2.5001, 3.0), (-0.2, -0.0)] {
            assert_eq!(rounded(v, 23, 0), expected, "{v}");
        }
        for (v, expected) in [(0b1001 as f32, 8.0), (0b1011 as f32, 12.0), (0b1010 as f32, 10.0), (15.0, 16.0)] {
            assert_eq!(rounded(v, 2, -150), expected, "{v}");
        }
        assert_eq!(rounded(1000.0, 23, 2), 1000.0);
        assert_eq!(rounded(1002.0, 23, 2), 1000.0);
    }

    #[test]
    fn what_is_no_number_stays() {
        let mut pixels = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, f32::MAX, f32::MIN_POSITIVE / 8.0];
        let before = pixels.map(f32::to_bits);
        round_to_bits(&mut pixels, 23, i32::MIN);
        assert_eq!(pixels.map(f32::to_bits), before);
        round_to_bits(&mut pixels, 3, -149);
        assert_eq!(pixels.map(f32::to_bits), before);
        round_to_noise(&mut pixels, f64::NAN, 1.0, i32::MIN);
        assert_eq!(pixels.map(f32::to_bits), before);
        round_to_bits(&mut pixels, 23, i32::MAX);
        assert!(pixels[0].is_nan() && pixels[1] == f32::INFINITY && pixels[3..] == [0.0; 4]);
    }

    #[test]
    fn the_error_is_at_most_half_a_step() {
        for i in 1..5000u32 {
            let v = f32::from_bits(i.wrapping_mul(2_654_435_761) & 0x7f00_ffff | 0x10_0000);
            for (bits, finest) in [(0, -149), (3, -149), (7, -149), (23, 1), (5, -3)] {
                let step = 2f64.powi((exponent(v) - bits as i32).max(finest));
                let found = rounded(v, bits, finest);
                assert!((f64::from(found) - f64::from(v)).abs() <= step / 2.0 || found == v, "{v} {bits} {finest}");
                assert_eq!(rounded(found, bits, finest), found, "{v} {bits} {finest}");
            }
        }
    }

    #[test]
    fn the_step_follows_the_noise() {
        // 100 photons of 8 units: noise 80 units, half of it 40, step 32.
        let mut pixels = [800.0, 815.0, 816.0, 817.0, -3.3, 0.4, f32::NAN];
        round_to_noise(&mut pixels, 0.5, 8.0, -1);
        assert_eq!(pixels[..6], [800.0, 800.0, 832.0, 832.0, -3.5, 0.5]);
        assert!(pixels[6].is_nan());
    }

    #[test]
    fn small_values_are_set() {
        let mut pixels = [-5.0, 0.7, 0.69, f32::NAN, f32::NEG_INFINITY, 12.0];
        set_below(&mut pixels, 0.7, 0.0);
        assert_eq!((pixels[..3].to_vec(), pixels[4], pixels[5]), (vec![0.0, 0.7, 0.0], 0.0, 12.0));
        assert!(pixels[3].is_nan());
    }
}
