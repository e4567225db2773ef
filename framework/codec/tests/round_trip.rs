//! What is encoded decodes to itself, for any bytes, element size, and list of filters.

use proptest::prelude::*;
use trainyard_codec::{Codec, Error, Filter, Pipeline, Scratch};

fn filter(id: u32, flags: u32, values: Vec<u32>) -> Filter {
    Filter { id, flags, values, name: String::new() }
}

/// One filter with plausible parameters.
fn any_filter(element_size: u32) -> impl Strategy<Value = Filter> {
    prop_oneof![
        (0..=1u32, 0..=9u32).prop_map(|(flags, level)| filter(1, flags, vec![level])),
        (1..=20u32).prop_map(|size| filter(2, 1, vec![size])),
        Just(filter(3, 0, vec![])),
        (0..=40u32, 0..=4u32).prop_map(move |(groups, compressor)| filter(
            32008,
            1,
            vec![0, 4, element_size, groups * 8, compressor, 1]
        )),
        (0..5000u32).prop_map(|block| filter(32004, 1, vec![block])),
        (0..=6u32).prop_map(|level| filter(32015, 1, vec![level])),
    ]
}

/// Pixels between noise and a plain field.
fn pixels(bytes: usize) -> impl Strategy<Value = Vec<u8>> {
    (prop::collection::vec(any::<u8>(), bytes), any::<u8>())
        .prop_map(|(bytes, mask)| bytes.into_iter().map(|byte| byte & mask).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn codecs_return_what_they_were_given(
        (element_size, raw) in (1..=24usize, 0..1500usize)
            .prop_flat_map(|(size, count)| (Just(size), pixels(size * count)))
    ) {
        let mut scratch = Scratch::default();
        let mut stored = vec![1, 2, 3];
        for codec in Codec::ALL {
            let pipeline = Pipeline::new(&codec.filters(element_size), element_size, raw.len())?;
            let mask = pipeline.encode(&raw, &mut stored, &mut scratch)?;
            let mut out = vec![0x55; raw.len()];
            pipeline.decode(&stored, mask, &mut out, &mut scratch)?;
            prop_assert!(out == raw, "{codec}");
        }
    }

    #[test]
    fn any_pipeline_returns_what_it_was_given(
        filters in prop::collection::vec(any_filter(1), 0..4),
        raw in (0..12_000usize).prop_flat_map(pixels),
    ) {
        let mut scratch = Scratch::default();
        let mut stored = Vec::new();
        let pipeline = Pipeline::new(&filters, 1, raw.len())?;
        let mask = pipeline.encode(&raw, &mut stored, &mut scratch)?;
        let mut out = vec![0x55; raw.len()];
        pipeline.decode(&stored, mask, &mut out, &mut scratch)?;
        prop_assert_eq!(out, raw);
    }
}

#[test]
fn a_chunk_of_many_blocks_and_a_tail() -> Result<(), Error> {
    for (element_size, count) in [(2, 1 << 20), (4, 512 * 128 + 13), (3, 100_007), (16, 4099)] {
        let raw: Vec<u8> = (0..count * element_size)
            .map(|i| if i % element_size == 0 { (i as u32).wrapping_mul(2_654_435_761) >> 29 } else { 0 })
            .map(|value| value as u8)
            .collect();
        let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
        for codec in [Codec::BitshuffleLz4, Codec::BitshuffleZstd { level: 1 }] {
            let pipeline = Pipeline::new(&codec.filters(element_size), element_size, raw.len())?;
            pipeline.encode(&raw, &mut stored, &mut scratch)?;
            assert!(stored.len() < raw.len() / element_size, "{codec}: {}", stored.len());
            let mut out = vec![1; raw.len()];
            pipeline.decode(&stored, 0, &mut out, &mut scratch)?;
            assert!(out == raw, "{codec} {element_size}");
        }
    }
    Ok(())
}

#[test]
fn bytes_do_not_depend_on_what_was_encoded_before() -> Result<(), Error> {
    let chunk = |seed: u32| -> Vec<u8> {
        let value = |i: u32| ((i / 3) ^ seed).wrapping_mul(2_654_435_761) >> (27 + seed % 4);
        (0..60_000).map(|i| value(i) as u8).collect()
    };
    for codec in Codec::ALL {
        let pipeline = Pipeline::new(&codec.filters(2), 2, 60_000)?;
        let mut used = Scratch::default();
        for seed in 0..40 {
            let (mut first, mut later) = (Vec::new(), Vec::new());
            pipeline.encode(&chunk(seed), &mut first, &mut Scratch::default())?;
            pipeline.encode(&chunk(seed), &mut later, &mut used)?;
            assert!(first == later, "{codec}, chunk {seed}");
        }
    }
    Ok(())
}
