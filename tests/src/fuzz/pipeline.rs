//! Filters as a file states them. Input: number of filters, then of each its number among those known, flags, number of
//! parameters and the parameters (u32); bytes of an element (u8) and of a chunk (u16), filter mask (u8), and the chunk as
//! stored. Numbers are little-endian.

use super::decoder::{decodes, pixels};
use trainyard_codec::{Codec, Error, Filter, Pipeline, Scratch};

/// Those with a decoder of ours, and one without.
const IDS: [u32; 7] = [1, 2, 3, 32004, 32008, 32015, 32013];
/// Most filters and parameters that are made of an input.
const MOST: usize = 6;

/// # Panics
/// When a promise is broken.
pub fn pipeline(input: &[u8]) -> bool {
    let Some((filters, element, chunk, mask, stored)) = parts(input) else { return false };
    match Pipeline::new(&filters, element, chunk) {
        Ok(pipeline) => decodes(&pipeline, stored, mask),
        Err(Error::UnknownFilter { .. } | Error::Unsupported { .. }) => false,
        Err(other) => panic!("{other}, of {filters:?}"),
    }
}

type Parts<'a> = (Vec<Filter>, usize, usize, u32, &'a [u8]);

fn parts(mut input: &[u8]) -> Option<Parts<'_>> {
    let mut byte = || {
        let (first, rest) = input.split_first()?;
        input = rest;
        Some(*first)
    };
    let mut filters = Vec::new();
    for _ in 0..usize::from(byte()?) % MOST {
        let id = IDS[usize::from(byte()?) % IDS.len()];
        let flags = byte()?.into();
        let mut values = Vec::new();
        for _ in 0..usize::from(byte()?) % (MOST + 1) {
            values.push(u32::from_le_bytes([byte()?, byte()?, byte()?, byte()?]));
        }
        filters.push(Filter { id, flags, values, name: String::new() });
    }
    let element = byte()?.into();
    let chunk = u16::from_le_bytes([byte()?, byte()?]).into();
    let mask = byte()?.into();
    Some((filters, element, chunk, mask, input))
}

/// Right inputs: the codecs of workflows, checksums, and compressors in a row.
pub fn seeds() -> Vec<Vec<u8>> {
    let of = |id, values: &[u32]| Filter { id, flags: 1, values: values.to_vec(), name: String::new() };
    let mut lists: Vec<Vec<Filter>> = Codec::ALL.map(|codec| codec.filters(2)).into();
    lists.push(vec![of(2, &[2]), of(1, &[1]), of(3, &[])]);
    lists.push(vec![of(32008, &[0, 4, 2, 64, 0]), of(32015, &[1]), of(32004, &[100])]);
    lists.iter().map(|filters| seed(filters)).collect()
}

fn seed(filters: &[Filter]) -> Vec<u8> {
    const LENGTH: u16 = 1000;
    let mut input = vec![filters.len() as u8];
    for filter in filters {
        let place = IDS.iter().position(|id| *id == filter.id).expect("a known filter");
        input.extend([place as u8, filter.flags as u8, filter.values.len() as u8]);
        input.extend(filter.values.iter().flat_map(|value| value.to_le_bytes()));
    }
    let pipeline = Pipeline::new(filters, 2, LENGTH.into()).expect("parameters are right");
    let mut stored = Vec::new();
    let mask = pipeline.encode(&pixels(LENGTH), &mut stored, &mut Scratch::default()).expect("pixels encode");
    let [low, high] = LENGTH.to_le_bytes();
    input.extend([2, low, high, mask as u8]);
    input.extend(stored);
    input
}
