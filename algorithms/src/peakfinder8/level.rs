//! The threshold of one ring.

use trainyard_codec::Processor;

/// What is known of a ring. Limits are f32 that compare with pixels as the f64 ones would.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Level {
    pub(super) mean: f64,
    /// v is above `high` when it is above this
    pub(super) above: f32,
    /// v is below `high` when it is below this
    pub(super) below: f32,
    /// there were values, and no longer after some were cut off
    pub(super) lost: bool,
}

const ROUNDS: usize = 5;
/// Limits before the first round.
const WIDEST: f64 = 1e9;

/// Of the values of a ring; those that are not finite do not count.
pub(super) fn level(processor: Processor, values: &[f32], snr: f64, threshold: f64) -> Level {
    let (mut low, mut high) = (-WIDEST, WIDEST);
    let (mut mean, mut lost) = (0.0, false);
    for round in 0..ROUNDS {
        let found = super::wide::sums(processor, values, floor(low), ceiling(high));
        let limits = if found.count == 0 {
            lost |= round > 0;
            mean = 0.0;
            (f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX))
        } else {
            let count = f64::from(found.count);
            mean = found.sum / count;
            let variance = found.squares / count - mean * mean;
            let deviation = if variance >= 0.0 { variance.sqrt() } else { variance };
            (mean - snr * deviation, (mean + snr * deviation).max(threshold))
        };
        // what follows would be the same again
        if limits == (low, high) {
            break;
        }
        (low, high) = limits;
    }
    Level { mean, above: floor(high), below: ceiling(high), lost }
}

/// The largest f32 that is not above: v > limit is v > floor(limit) for every f32 v.
fn floor(limit: f64) -> f32 {
    let near = limit as f32;
    if f64::from(near) > limit {
        near.next_down()
    } else {
        near
    }
}

/// The smallest f32 that is not below: v < limit is v < ceiling(limit).
fn ceiling(limit: f64) -> f32 {
    let near = limit as f32;
    if f64::from(near) < limit {
        near.next_up()
    } else {
        near
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) count: u32,
    pub(super) sum: f64,
    pub(super) squares: f64,
}

/// Partial sums; fixed, because the order of additions is part of the result.
const LANES: usize = 8;

/// Over the values with `low` < v < `high`, compiled once for each instruction set.
#[inline(always)]
pub(super) fn sums_in_lanes(values: &[f32], low: f32, high: f32) -> Sums {
    let (mut count, mut sum, mut squares) = ([0u32; LANES], [0f64; LANES], [0f64; LANES]);
    let mut add = |lane: usize, value: f32| {
        // false for NaN
        let inside = (value > low) & (value < high);
        let value = f64::from(if inside { value } else { 0.0 });
        count[lane] += u32::from(inside);
        sum[lane] += value;
        squares[lane] += value * value;
    };
    let (blocks, rest) = values.as_chunks::<LANES>();
    for block in blocks {
        block.iter().enumerate().for_each(|(lane, &value)| add(lane, value));
    }
    rest.iter().enumerate().for_each(|(lane, &value)| add(lane, value));
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            sum[lane] += sum[lane + width];
            squares[lane] += squares[lane + width];
        }
    }
    Sums { count: count.iter().sum(), sum: sum[0], squares: squares[0] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f32], threshold: f64) -> Level {
        level(Processor::chosen(), values, 5.0, threshold)
    }

    #[test]
    fn limits_compare_as_their_f64() {
        for limit in [0.1, -0.1, 1.0, 1e9, 16_777_217.0, 1e300, -1e300, 0.0, f64::from(f32::MIN_POSITIVE)] {
            let near = limit as f32;
            for v in [near.next_down(), near, near.next_up(), 0.0, f32::MAX, f32::MIN] {
                assert_eq!(v > floor(limit), f64::from(v) > limit, "{v} > {limit}");
                assert_eq!(v < ceiling(limit), f64::from(v) < limit, "{v} < {limit}");
            }
        }
    }

    #[test]
    fn a_bright_pixel_is_cut_off() {
        let mut values: Vec<f32> = (0..1000).map(|i| (i % 5) as f32).collect();
        values[17] = 1e4;
        let found = of(&values, 0.0);
        // 0 to 4 alike, but for the bright one, which took the place of a 2
        assert!((found.mean - 2.0).abs() < 1e-9 && !found.lost, "{found:?}");
        let high = 2.0 + 5.0 * (2000.0f64 / 999.0).sqrt();
        assert!((f64::from(found.above) - high).abs() < 1e-6, "{found:?}");
        assert_eq!(of(&values, 100.0).above, 100.0);
    }

    #[test]
    fn what_has_no_spread_loses_its_threshold() {
        assert_eq!(of(&[0.0; 9], 3.0), Level { mean: 0.0, above: f32::MAX, below: f32::MAX, lost: true });
        // five rounds: with 7, without, with, without, with
        assert_eq!(of(&[7.0; 9], 3.0), Level { mean: 7.0, above: 7.0, below: 7.0, lost: true });
        assert_eq!(of(&[], 3.0), Level { mean: 0.0, above: f32::MAX, below: f32::MAX, lost: true });
        assert_eq!(of(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY], 3.0).above, f32::MAX);
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let values: Vec<f32> =
            (0..4099u32).map(|i| if i % 97 == 0 { f32::NAN } else { (i as f32 * 0.37).sin() * 1e3 }).collect();
        let plain = sums_in_lanes(&values, -700.0, 650.5);
        let inside = || values.iter().filter(|v| **v > -700.0 && **v < 650.5).map(|v| f64::from(*v));
        assert_eq!(plain.count as usize, inside().count());
        assert!((plain.sum - inside().sum::<f64>()).abs() < 1e-6);
        for processor in Processor::available() {
            assert_eq!(super::super::wide::sums(processor, &values, -700.0, 650.5), plain, "{processor:?}");
        }
    }
}
