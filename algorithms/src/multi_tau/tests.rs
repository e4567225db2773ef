use super::*;
use proptest::prelude::*;

/// The definition, pair by pair, with a sum for each pixel.
fn definition(tau: &MultiTau, trains: &[Vec<Vec<f32>>]) -> (Vec<f64>, Vec<u64>) {
    let (mut g2, mut counts) = (Vec::new(), Vec::new());
    for (level, distance) in tau.all_lags() {
        let mut start = 0;
        for &size in &tau.ring_sizes {
            let (mut n, mut sums) = (0u64, vec![[0.0f64; 3]; size]);
            for train in trains {
                let mut series: Vec<Option<Vec<f64>>> = train
                    .iter()
                    .map(|frame| &frame[start..start + size])
                    .map(|ring| {
                        ring.iter().all(|v| v.is_finite()).then(|| ring.iter().map(|&v| f64::from(v)).collect())
                    })
                    .collect();
                for _ in 0..level {
                    series = series
                        .chunks_exact(2)
                        .map(|pair| match pair {
                            [Some(a), Some(b)] => Some(a.iter().zip(b).map(|(a, b)| (a + b) / 2.0).collect()),
                            _ => None,
                        })
                        .collect();
                }
                for late in distance..series.len() {
                    if let (Some(past), Some(future)) = (&series[late - distance], &series[late]) {
                        n += 1;
                        for (sum, (past, future)) in sums.iter_mut().zip(past.iter().zip(future)) {
                            sum[0] += past * future;
                            sum[1] += past;
                            sum[2] += future;
                        }
                    }
                }
            }
            counts.push(n);
            g2.push(match tau.normalisation {
                Normalisation::Roi => {
                    let total = |k: usize| sums.iter().map(|sum| sum[k]).sum::<f64>() / (n as f64 * size as f64);
                    total(0) / (total(1) * total(2))
                }
                Normalisation::Pixel => {
                    let ratios: Vec<f64> = sums
                        .iter()
                        .filter(|sum| sum[1] != 0.0 && sum[2] != 0.0)
                        .map(|sum| sum[0] / n as f64 / (sum[1] / n as f64 * (sum[2] / n as f64)))
                        .collect();
                    ratios.iter().sum::<f64>() / ratios.len() as f64
                }
            });
            start += size;
        }
    }
    (g2, counts)
}

/// Frames from a fixed recipe: slow and fast parts, so that no lag is trivial.
fn frames(seed: u64, times: usize, pixels: usize) -> Vec<Vec<f32>> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32
    };
    let slow: Vec<f32> = (0..pixels).map(|_| random()).collect();
    (0..times).map(|time| slow.iter().map(|slow| 1.0 + slow * (time as f32 * 0.1).cos() + random()).collect()).collect()
}

fn train(tau: &MultiTau, frames: &[Vec<f32>]) -> Partial {
    tau.train(&frames.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap()
}

fn agrees(tau: &MultiTau, trains: &[Vec<Vec<f32>>]) {
    let mut partial = tau.empty();
    for frames in trains {
        partial.merge(&train(tau, frames)).unwrap();
    }
    let found = tau.finish(&partial).unwrap();
    let (expected, counts) = definition(tau, trains);
    assert_eq!(found.counts, counts);
    for (index, (found, expected)) in found.g2.iter().zip(&expected).enumerate() {
        let same = (found.is_nan() && expected.is_nan()) || (found - expected).abs() <= 1e-12 * expected.abs();
        assert!(same, "cell {index}: {found}, expected {expected}");
    }
}

const BOTH: [Normalisation; 2] = [Normalisation::Roi, Normalisation::Pixel];

#[test]
fn lags_are_those_of_the_scheme() {
    let lags = |buffers, levels| MultiTau::new(&[1], buffers, levels, Normalisation::Roi).unwrap().lags();
    assert_eq!(lags(8, 1), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(lags(4, 3), [0, 1, 2, 3, 4, 6, 8, 12]);
    assert_eq!(lags(2, 4), [0, 1, 2, 4, 8]);
    assert_eq!(lags(8, 7).len(), 32);
    assert_eq!(lags(8, 7)[31], 7 << 6);
}

#[test]
fn agrees_with_the_definition() {
    for normalisation in BOTH {
        for (buffers, levels, times) in [(8, 7, 352), (4, 4, 61), (2, 5, 40), (10, 3, 100), (8, 3, 5), (8, 2, 0)] {
            let tau = MultiTau::new(&[37, 1, 64, 130], buffers, levels, normalisation).unwrap();
            agrees(&tau, &[frames(1, times, 232), frames(2, times, 232)]);
        }
    }
}

#[test]
fn a_frame_with_a_bad_pixel_leaves_the_pairs_of_its_ring_only() {
    for normalisation in BOTH {
        let tau = MultiTau::new(&[33, 20], 4, 4, normalisation).unwrap();
        let mut bad = frames(3, 50, 53);
        bad[0][5] = f32::NAN;
        bad[17][52] = f32::INFINITY;
        bad[18][52] = f32::NEG_INFINITY;
        bad[31][0] = f32::NAN;
        agrees(&tau, &[bad.clone(), frames(4, 50, 53)]);
        let counts = train(&tau, &bad).counts().to_vec();
        assert_eq!(counts[..2], [48, 48], "lag 0 of both rings");
        bad.iter_mut().for_each(|frame| frame[40] = f32::NAN);
        let g2 = tau.finish(&train(&tau, &bad)).unwrap();
        assert!(g2.g2.chunks(2).all(|row| row[1].is_nan() && !row[0].is_nan()));
    }
}

#[test]
fn pixels_without_intensity_are_left_out_of_the_mean() {
    let tau = MultiTau::new(&[6], 4, 2, Normalisation::Pixel).unwrap();
    let mut dark = frames(5, 20, 6);
    let mut lit = dark.clone();
    dark.iter_mut().for_each(|frame| frame[2] = 0.0);
    lit.iter_mut().for_each(|frame| {
        frame.remove(2);
    });
    let five = MultiTau::new(&[5], 4, 2, Normalisation::Pixel).unwrap();
    assert_eq!(tau.finish(&train(&tau, &dark)).unwrap().g2, five.finish(&train(&five, &lit)).unwrap().g2);
}

#[test]
fn pixel_normalisation_removes_a_static_pattern() {
    let times = 64;
    let speckle = |time: usize| 1.0 + 0.5 * (time as f32 * 0.2).sin();
    let uneven: Vec<Vec<f32>> = (0..times).map(|t| (1..=40).map(|px| px as f32 * speckle(t)).collect()).collect();
    let even: Vec<Vec<f32>> = (0..times).map(|t| vec![speckle(t); 40]).collect();
    let g2 = |normalisation, frames: &[Vec<f32>]| {
        let tau = MultiTau::new(&[40], 8, 3, normalisation).unwrap();
        tau.finish(&train(&tau, frames)).unwrap().g2
    };
    let reference = g2(Normalisation::Roi, &even);
    for (found, expected) in g2(Normalisation::Pixel, &uneven).iter().zip(&reference) {
        assert!((found - expected).abs() < 1e-6);
    }
    assert!(g2(Normalisation::Roi, &uneven)[0] > reference[0] * 1.2);
}

#[test]
fn refuses_what_does_not_fit() {
    let new = |rings: &[usize], buffers, levels| MultiTau::new(rings, buffers, levels, Normalisation::Pixel);
    assert!(new(&[4], 7, 2).is_err());
    assert!(new(&[4], 0, 2).is_err());
    assert!(new(&[4], 8, 0).is_err());
    assert!(new(&[4], 8, 1000).is_err());
    assert!(new(&[4, 0], 8, 2).is_err());
    assert!(new(&[usize::MAX, 2], 8, 2).is_err());
    assert!(new(&[usize::MAX / 100], 8, 2).is_err());
    let tau = new(&[4], 8, 2).unwrap();
    let error = tau.train(&[&[0.0; 4], &[0.0; 3]]).unwrap_err();
    assert_eq!(error.to_string(), "frame 1 has 3 pixels, expected 4");
    assert!(tau.train_contiguous(&[0.0; 9]).is_err());
    let other = MultiTau::new(&[4], 8, 2, Normalisation::Roi).unwrap();
    assert_eq!(tau.empty().merge(&other.empty()), Err(MultiTauError::Mismatch));
    assert_eq!(other.finish(&tau.empty()), Err(MultiTauError::Mismatch));
}

#[test]
fn a_train_added_in_place_has_the_bits_of_a_merge() {
    for normalisation in BOTH {
        let tau = MultiTau::new(&[7, 30], 4, 3, normalisation).unwrap();
        let (mut merged, mut added) = (tau.empty(), tau.empty());
        for seed in 0..4 {
            let frames = frames(seed, 30, 37);
            merged.merge(&train(&tau, &frames)).unwrap();
            tau.add_train(&frames.iter().map(Vec::as_slice).collect::<Vec<_>>(), &mut added).unwrap();
        }
        assert_eq!(merged, added);
    }
}

/// Frames of 2 rings; each number of `holes` makes pixels bad in some frames, in a whole train or in all.
fn holed(holes: &[(usize, usize, usize)], lengths: &[usize]) -> Vec<Vec<Vec<f32>>> {
    let mut trains: Vec<Vec<Vec<f32>>> =
        lengths.iter().enumerate().map(|(seed, &times)| frames(seed as u64, times, 13)).collect();
    for &(kind, at, pixel) in holes {
        let count = trains.len();
        for (number, train) in trains.iter_mut().enumerate() {
            let times = train.len();
            for (time, frame) in train.iter_mut().enumerate() {
                let bad = match kind {
                    0 => true,
                    1 => number == at % count,
                    _ => number == at % count && time == at % times.max(1),
                };
                if bad {
                    frame[pixel % 13] = [f32::NAN, f32::INFINITY][at % 2];
                }
            }
        }
    }
    trains
}

/// By the definition, without the pixels that are bad in every frame of all trains.
fn without_dead(tau: &MultiTau, trains: &[Vec<Vec<f32>>]) -> (Vec<f64>, Vec<u64>) {
    let all = || trains.iter().flatten();
    let dead = |pixel: usize| all().count() > 0 && all().all(|frame| !frame[pixel].is_finite());
    let (mut sizes, mut start) = (Vec::new(), 0);
    for &size in &tau.ring_sizes {
        sizes.push((start..start + size).filter(|&p| !dead(p)).count());
        start += size;
    }
    let living = |frame: &Vec<f32>| (0..13).filter(|&p| !dead(p)).map(|p| frame[p]).collect::<Vec<f32>>();
    let trains: Vec<Vec<Vec<f32>>> = trains.iter().map(|train| train.iter().map(living).collect()).collect();
    let smaller = MultiTau { ring_sizes: sizes, pixels: 0, ..tau.clone() };
    definition(&smaller, &trains)
}

proptest! {
    /// Dead pixels are known when all trains are, yet any grouping of the trains gives what the definition says.
    #[test]
    fn pixels_bad_in_every_frame_are_left_out(
        holes in prop::collection::vec((0usize..3, 0usize..40, 0usize..13), 0..6),
        lengths in prop::collection::vec(0usize..9, 1..6),
        cut in 0usize..6,
    ) {
        let trains = holed(&holes, &lengths);
        for normalisation in BOTH {
            let tau = MultiTau::new(&[8, 5], 4, 2, normalisation).unwrap();
            let partials: Vec<Partial> = trains.iter().map(|frames| train(&tau, frames)).collect();
            let fold = |partials: &[Partial]| {
                partials.iter().fold(tau.empty(), |mut sum, partial| { sum.merge(partial).unwrap(); sum })
            };
            let cut = cut % partials.len();
            let mut whole = fold(&partials[..cut]);
            whole.merge(&fold(&partials[cut..])).unwrap();
            if normalisation == Normalisation::Roi {
                prop_assert_eq!(&whole, &fold(&partials));
            }
            let mut in_place = tau.empty();
            for frames in &trains {
                tau.add_train(&frames.iter().map(Vec::as_slice).collect::<Vec<_>>(), &mut in_place).unwrap();
            }
            prop_assert_eq!(&in_place, &fold(&partials));
            let found = tau.finish(&whole).unwrap();
            let (g2, counts) = without_dead(&tau, &trains);
            for (cell, (found, expected)) in found.g2.iter().zip(&g2).enumerate() {
                let close = (found - expected).abs() <= 1e-9 * expected.abs();
                prop_assert!(close || (found.is_nan() && !expected.is_finite()), "cell {}: {} is not {}", cell, found, expected);
            }
            // a ring without a living pixel has no pairs
            let pairs: Vec<u64> = counts.iter().enumerate().map(|(cell, &n)| if found.pixels[cell % 2] == 0 { 0 } else { n }).collect();
            prop_assert_eq!(&found.counts, &pairs);
        }
    }
}

#[test]
fn partials_survive_storage() {
    for normalisation in BOTH {
        let tau = MultiTau::new(&[7, 5], 4, 3, normalisation).unwrap();
        let partial = train(&tau, &frames(6, 30, 12));
        let bytes = postcard::to_stdvec(&partial).unwrap();
        assert_eq!(postcard::from_bytes::<Partial>(&bytes).unwrap(), partial);
    }
}

proptest! {
    #[test]
    fn ring_sums_merge_to_the_same_bits_in_any_grouping(
        trains in prop::collection::vec((any::<u64>(), 0usize..40), 1..7),
        cut in 0usize..7,
        rotate in 0usize..7,
    ) {
        let tau = MultiTau::new(&[9, 4], 4, 3, Normalisation::Roi).unwrap();
        let mut partials: Vec<Partial> =
            trains.iter().map(|&(seed, times)| train(&tau, &frames(seed, times, 13))).collect();
        let fold = |partials: &[Partial]| {
            partials.iter().fold(tau.empty(), |mut sum, partial| { sum.merge(partial).unwrap(); sum })
        };
        let in_order = fold(&partials);
        let cut = cut % partials.len();
        let mut halves = fold(&partials[..cut]);
        halves.merge(&fold(&partials[cut..])).unwrap();
        prop_assert_eq!(&halves, &in_order);
        let turn = rotate % partials.len();
        partials.rotate_left(turn);
        prop_assert_eq!(&fold(&partials), &in_order);
    }

    #[test]
    fn photon_counts_merge_to_the_same_bits_by_pixel(
        counts in prop::collection::vec(prop::collection::vec(prop::collection::vec(0u8..50, 5), 0..20), 3),
    ) {
        let tau = MultiTau::new(&[5], 4, 3, Normalisation::Pixel).unwrap();
        let partials: Vec<Partial> = counts
            .iter()
            .map(|times| times.iter().map(|px| px.iter().map(|&n| f32::from(n)).collect()).collect::<Vec<Vec<f32>>>())
            .map(|frames| train(&tau, &frames))
            .collect();
        let mut left = partials[0].clone();
        left.merge(&partials[1]).unwrap();
        left.merge(&partials[2]).unwrap();
        let mut right = partials[1].clone();
        right.merge(&partials[2]).unwrap();
        let mut first = partials[0].clone();
        first.merge(&right).unwrap();
        prop_assert_eq!(left, first);
    }

    #[test]
    fn rings_do_not_see_each_other(seed in any::<u64>(), times in 0usize..30, sizes in prop::collection::vec(1usize..70, 1..4)) {
        for normalisation in BOTH {
            let whole = MultiTau::new(&sizes, 4, 3, normalisation).unwrap();
            let data = frames(seed, times, whole.pixels());
            let all = whole.finish(&train(&whole, &data)).unwrap();
            let mut start = 0;
            for (ring, &size) in sizes.iter().enumerate() {
                let alone = MultiTau::new(&[size], 4, 3, normalisation).unwrap();
                let cut: Vec<Vec<f32>> = data.iter().map(|frame| frame[start..start + size].to_vec()).collect();
                let one = alone.finish(&train(&alone, &cut)).unwrap();
                for (lag, value) in one.g2.iter().enumerate() {
                    prop_assert_eq!(value.to_bits(), all.g2[lag * sizes.len() + ring].to_bits());
                }
                start += size;
            }
        }
    }
}
