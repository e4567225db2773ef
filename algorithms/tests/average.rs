//! Statistics over frames: blocks, levels of instructions and groupings against plain sums.

use proptest::prelude::*;
use trainyard_algorithms::average::{Accumulator, Kept, Moments, MomentsError};
use trainyard_codec::Processor;

const ALL: Kept = Kept { variance: true, extremes: true };

fn kinds() -> [Kept; 4] {
    [[false, false], [true, false], [false, true], [true, true]].map(|[variance, extremes]| Kept { variance, extremes })
}

fn frames(pixels: usize) -> impl Strategy<Value = Vec<Vec<f32>>> {
    let pixel = prop_oneof![
        12 => -5.0f32..1e4,
        4 => 1e6f32..1.000_01e6,
        1 => Just(f32::NAN),
        1 => Just(f32::INFINITY),
        1 => Just(-0.0f32),
    ];
    proptest::collection::vec(proptest::collection::vec(pixel, pixels), 0..20)
}

fn slices(frames: &[Vec<f32>]) -> Vec<&[f32]> {
    frames.iter().map(Vec::as_slice).collect()
}

/// Every number, as bits: NaN included.
fn bits(moments: &Moments) -> Vec<u64> {
    let counts = moments.count().iter().map(|&n| u64::from(n));
    let wide = moments.mean().iter().copied().chain(moments.variance()).chain(moments.sample_variance());
    let narrow = moments.min().iter().chain(moments.max()).map(|v| u64::from(v.to_bits()));
    counts.chain(wide.map(f64::to_bits)).chain(narrow).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_block_is_the_loop_over_its_frames(frames in (1usize..40).prop_flat_map(frames), cut in 1usize..10) {
        let pixels = frames.first().map_or(3, Vec::len);
        for kept in kinds() {
            let mut alone = Accumulator::new(pixels, kept).on(Processor::SCALAR);
            for frame in &frames {
                alone.add(&[frame]).unwrap();
            }
            let expected = bits(&alone.moments());
            for processor in Processor::available() {
                let mut blocks = Accumulator::new(pixels, kept).on(processor);
                for block in slices(&frames).chunks(cut) {
                    blocks.add(block).unwrap();
                }
                prop_assert_eq!(bits(&blocks.moments()), expected.clone(), "{:?} {:?}", kept, processor);
            }
        }
    }

    /// Against two passes in f64, within the bound that the module states.
    #[test]
    fn agrees_with_two_passes(frames in (1usize..12).prop_flat_map(frames), cut in 0usize..20) {
        let pixels = frames.first().map_or(3, Vec::len);
        let mut whole = Accumulator::new(pixels, ALL);
        whole.add(&slices(&frames)).unwrap();
        let (left, right) = frames.split_at(cut.min(frames.len()));
        let mut halves = [left, right].map(|frames| {
            let mut half = Accumulator::new(pixels, ALL);
            half.add(&slices(frames)).unwrap();
            half.moments()
        });
        let (first, second) = halves.split_at_mut(1);
        first[0].merge(&second[0]).unwrap();
        for found in [&whole.moments(), &first[0]] {
            for pixel in 0..pixels {
                let values: Vec<f32> = frames.iter().map(|frame| frame[pixel]).filter(|v| v.is_finite()).collect();
                let n = values.len() as f64;
                prop_assert_eq!(found.count()[pixel] as usize, values.len());
                if values.is_empty() {
                    prop_assert!(found.mean()[pixel].is_nan() && found.min()[pixel].is_nan());
                    continue;
                }
                let mean = values.iter().map(|&v| f64::from(v)).sum::<f64>() / n;
                let squares: f64 = values.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum();
                let unit = 2f64.powi(-53);
                let reach = values.iter().map(|v| v.abs()).fold(0.0, f32::max);
                prop_assert!((found.mean()[pixel] - mean).abs() <= 4.0 * (n + 2.0) * unit * f64::from(reach).max(1.0));
                let variance = found.variance().nth(pixel).unwrap();
                let bound = 4.0 * n * (n + 4.0) * unit * squares + 1e-9 * unit;
                // two passes have an error of their own, from the rounded mean
                let own = n * (8.0 * n * unit * f64::from(reach)).powi(2);
                prop_assert!((variance * n - squares).abs() <= bound + own, "{} {}", variance * n, squares);
                prop_assert_eq!(found.min()[pixel], values.iter().copied().fold(f32::INFINITY, f32::min));
                prop_assert_eq!(found.max()[pixel], values.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            }
        }
    }
}

/// Sums of squares about 0 have no digit left here.
#[test]
fn a_small_noise_on_a_large_offset_is_found() {
    let frames: Vec<Vec<f32>> = (0..1000).map(|k| vec![16_000_000.0 + (k % 2) as f32]).collect();
    let mut sums = Accumulator::new(1, ALL);
    sums.add(&slices(&frames)).unwrap();
    let moments = sums.moments();
    assert_eq!((moments.count()[0], moments.mean()[0]), (1000, 16_000_000.5));
    assert_eq!(moments.variance().next(), Some(0.25));
    assert_eq!(moments.sample_variance().next(), Some(250.0 / 999.0));
    assert_eq!((moments.min()[0], moments.max()[0]), (16_000_000.0, 16_000_001.0));
}

/// The first value alone is off: the worst case of the bound.
#[test]
fn an_outlier_at_the_start_spoils_nothing() {
    let mut frames = vec![vec![1e9f32]];
    frames.extend((0..999).map(|k| vec![(k % 2) as f32]));
    let mut first = Accumulator::new(1, ALL);
    first.add(&slices(&frames)).unwrap();
    frames.reverse();
    let mut last = Accumulator::new(1, ALL);
    last.add(&slices(&frames)).unwrap();
    let [a, b] = [first, last].map(|sums| sums.moments().variance().next().unwrap());
    assert!(((a - b) / b).abs() < 2.0 * 1000.0 * 1004.0 * 2f64.powi(-53), "{a} {b}");
}

#[test]
fn refuses_what_does_not_fit() {
    let mut sums = Accumulator::new(3, ALL);
    assert_eq!(sums.add(&[&[1.0, 2.0, 3.0], &[1.0]]), Err(MomentsError::Pixels { expected: 3, found: 1 }));
    assert_eq!(sums.moments().count(), [0, 0, 0], "nothing was added");
    let mut moments = sums.moments();
    assert_eq!(moments.merge(&Moments::new(2, ALL)), Err(MomentsError::Pixels { expected: 3, found: 2 }));
    assert_eq!(moments.merge(&Moments::new(3, Kept::default())), Err(MomentsError::Kept));
}

/// Partials wait on disk between a part and the whole.
#[test]
fn what_is_stored_comes_back() {
    let mut sums = Accumulator::new(2, ALL);
    sums.add(&[&[1.0, f32::NAN], &[3.0, 4.0]]).unwrap();
    let moments = sums.moments();
    let bytes = postcard::to_stdvec(&moments).unwrap();
    assert_eq!(postcard::from_bytes::<Moments>(&bytes).unwrap(), moments);
    assert_eq!((moments.count(), moments.mean()), (&[2, 1][..], &[2.0, 4.0][..]));
    // two counts, one mean
    let wrong = postcard::to_stdvec(&(
        [1u32, 1].to_vec(),
        [0.5f64].to_vec(),
        Vec::<f64>::new(),
        Vec::<f32>::new(),
        Vec::<f32>::new(),
    ))
    .unwrap();
    assert!(postcard::from_bytes::<Moments>(&wrong).is_err());
}
