//! The inner loop: correlations of one level of four pixels.
//!
//! A tile is `series: [time][4]` in f64. For each distance d: `out[lane] = sum_n series[n][lane] * series[n - d][lane]`, n
//! ascending, one accumulator by lane and distance, multiplied and added without fusing. How many distances share a pass over the series
//! changes only the speed: AVX2 takes eight, baseline x86-64 and other machines four. All give the same bits.

#[cfg(target_arch = "x86_64")]
use trainyard_codec::Processor;

/// Pixels of a tile.
pub const LANES: usize = 4;
/// The values of a tile's pixels in one frame.
pub type Lanes = [f64; LANES];

/// Correlates `series` at the distances `first..first + out.len()`.
pub fn correlate(series: &[Lanes], first: usize, out: &mut [Lanes]) {
    #[cfg(target_arch = "x86_64")]
    if Processor::chosen().has_avx2() {
        // SAFETY: a level with AVX2 exists only where the processor has it; the function needs nothing else.
        unsafe { correlate_avx2(series, first, out) };
        return;
    }
    correlate_baseline(series, first, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn correlate_avx2(series: &[Lanes], first: usize, out: &mut [Lanes]) {
    groups::<8>(series, first, out);
}

/// The copy for every processor; public within the crate so that a test compares the two.
pub fn correlate_baseline(series: &[Lanes], first: usize, out: &mut [Lanes]) {
    groups::<4>(series, first, out);
}

#[inline(always)]
fn groups<const K: usize>(series: &[Lanes], first: usize, out: &mut [Lanes]) {
    let mut distance = first;
    let mut whole = out.chunks_exact_mut(K);
    for chunk in &mut whole {
        chunk.copy_from_slice(&group::<K>(series, distance));
        distance += K;
    }
    let mut fours = whole.into_remainder().chunks_exact_mut(4);
    for chunk in &mut fours {
        chunk.copy_from_slice(&group::<4>(series, distance));
        distance += 4;
    }
    for sum in fours.into_remainder() {
        *sum = group::<1>(series, distance)[0];
        distance += 1;
    }
}

/// `K` distances from `first` on in one pass.
#[inline(always)]
fn group<const K: usize>(series: &[Lanes], first: usize) -> [Lanes; K] {
    let mut sums = [[0.0; LANES]; K];
    let all = first + K - 1;
    // The first frames have a partner at the short distances only.
    for n in first..all.min(series.len()) {
        for (k, sum) in sums.iter_mut().enumerate().take(n + 1 - first) {
            add_product(sum, &series[n], &series[n - first - k]);
        }
    }
    if series.len() > all {
        let count = series.len() - all;
        let present = &series[all..][..count];
        let past: [&[Lanes]; K] = std::array::from_fn(|k| &series[K - 1 - k..][..count]);
        for n in 0..count {
            for k in 0..K {
                add_product(&mut sums[k], &present[n], &past[k][n]);
            }
        }
    }
    sums
}

#[inline(always)]
fn add_product(sum: &mut Lanes, left: &Lanes, right: &Lanes) {
    for lane in 0..LANES {
        sum[lane] += left[lane] * right[lane];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_copy_gives_the_bits_of_the_plain_sum() {
        for length in [0usize, 1, 3, 7, 8, 9, 40, 131] {
            let series: Vec<Lanes> = (0..length)
                .map(|n| std::array::from_fn(|lane| ((n * 7919 + lane * 104_729) % 1009) as f64 * 0.37 + 0.1))
                .collect();
            for (first, count) in [(0, 8), (4, 4), (0, 1), (3, 3), (5, 13), (200, 4)] {
                let mut plain = vec![[0.0; LANES]; count];
                for (k, sum) in plain.iter_mut().enumerate() {
                    for n in first + k..length {
                        for lane in 0..LANES {
                            sum[lane] += series[n][lane] * series[n - first - k][lane];
                        }
                    }
                }
                let mut found = vec![[f64::NAN; LANES]; count];
                correlate(&series, first, &mut found);
                assert_eq!(found, plain, "length {length}, distances {first}+{count}");
                found.fill([f64::NAN; LANES]);
                correlate_baseline(&series, first, &mut found);
                assert_eq!(found, plain, "baseline, length {length}, distances {first}+{count}");
            }
        }
    }
}
