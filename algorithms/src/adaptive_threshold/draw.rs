//! A number for each frame that looks random and is the same everywhere.

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Hash of a frame's identity.
pub(super) fn hash(seed: u64, train_id: u64, pulse_id: u64) -> u64 {
    mix(mix(mix(seed) ^ train_id) ^ pulse_id)
}

/// Exponentially distributed with mean 1/`weight` (Efraimidis and Spirakis 2006): the k smallest are a weighted sample
/// without replacement. Infinite for weight 0. The logarithm is `libm`'s, the same bits on every platform.
pub(super) fn waiting_time(hash: u64, weight: f64) -> f64 {
    // 52 bits and a half: never 0 nor 1
    let uniform = ((hash >> 12) as f64 + 0.5) / (1u64 << 52) as f64;
    if weight > 0.0 {
        -libm::log(uniform) / weight
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_published_sequence() {
        // first output of SplitMix64 seeded with 0
        assert_eq!(mix(0), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn waits_one_over_the_weight() {
        let mean = |weight| (0..100_000u64).map(|p| waiting_time(hash(7, 1, p), weight)).sum::<f64>() / 1e5;
        assert!((mean(1.0) - 1.0).abs() < 0.02, "{}", mean(1.0));
        assert!((mean(4.0) - 0.25).abs() < 0.005);
        assert!(waiting_time(0, 1.0).is_finite() && waiting_time(u64::MAX, 1.0) > 0.0);
    }
}
