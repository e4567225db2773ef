//! The decoder of one filter. Input: bytes of the chunk (u16, little-endian), then the chunk as stored.

use trainyard_codec::{Error, Filter, Pipeline, Scratch};

/// Name of the target, filter number, parameters. Elements have 2 bytes; shuffle with 3 leaves a rest.
pub const DECODERS: [(&str, u32, &[u32]); 7] = [
    ("bitshuffle_lz4", 32008, &[0, 4, 2, 0, 2]),
    ("bitshuffle_zstd", 32008, &[0, 4, 2, 0, 3, 1]),
    ("lz4", 32004, &[512]),
    ("zstd", 32015, &[1]),
    ("deflate", 1, &[1]),
    ("shuffle", 2, &[3]),
    ("fletcher32", 3, &[]),
];

/// # Panics
/// When a promise is broken, or there is no such target.
pub fn decoder(name: &str, input: &[u8]) -> bool {
    let Some((length, stored)) = input.split_first_chunk() else { return false };
    let pipeline = Pipeline::new(&[filter(name)], 2, u16::from_le_bytes(*length).into()).expect("parameters are right");
    decodes(&pipeline, stored, 0)
}

/// Right inputs.
pub fn seeds(name: &str) -> Vec<Vec<u8>> {
    [0u16, 2, 40, 3000, 40_000]
        .into_iter()
        .map(|length| {
            let pipeline = Pipeline::new(&[filter(name)], 2, length.into()).expect("parameters are right");
            let mut stored = Vec::new();
            pipeline.encode(&pixels(length), &mut stored, &mut Scratch::default()).expect("pixels encode");
            [&length.to_le_bytes()[..], &stored].concat()
        })
        .collect()
}

/// Noise of few bits, as pixels are.
pub(super) fn pixels(length: u16) -> Vec<u8> {
    (0..u32::from(length)).map(|i| if i % 2 == 0 { (i.wrapping_mul(2_654_435_761) >> 28) as u8 } else { 0 }).collect()
}

fn filter(name: &str) -> Filter {
    let (_, id, values) = DECODERS.iter().find(|(known, ..)| *known == name).expect("a known decoder");
    Filter { id: *id, flags: 0, values: values.to_vec(), name: String::new() }
}

/// Damaged, or the whole chunk: nothing of what was in the buffer before stays, and it comes back through the encoder.
pub(super) fn decodes(pipeline: &Pipeline, stored: &[u8], mask: u32) -> bool {
    let (mut scratch, mut again) = (Scratch::default(), Vec::new());
    let mut decode = |stored: &[u8], mask, before| {
        let mut out = vec![before; pipeline.chunk_bytes()];
        pipeline.decode(stored, mask, &mut out, &mut scratch).map(|()| out)
    };
    let found = match decode(stored, mask, 0x5a) {
        Ok(found) => found,
        Err(Error::Damaged { .. }) => return false,
        Err(other) => panic!("{other}, of {pipeline:?}"),
    };
    assert!(decode(stored, mask, 0xa5).is_ok_and(|other| other == found), "{pipeline:?} leaves bytes as they were");
    match pipeline.encode(&found, &mut again, &mut Scratch::default()) {
        Ok(mask) => assert!(decode(&again, mask, 0).is_ok_and(|other| other == found), "{pipeline:?} loses bytes"),
        // bitshuffle of what is no whole number of elements: behind a compressor, or where it was skipped
        Err(Error::Unsupported { .. }) if pipeline.filters().len() > 1 || mask != 0 => {}
        Err(other) => panic!("{other}, of {pipeline:?}"),
    }
    true
}
