//! Chunks written by the reference filters, as bytes, and the pixels they hold.
//!
//! Written with h5py 3.16 and hdf5plugin 7.1 for `pixels[i] = 7 i mod 23` (u16, 20 of them: one
//! block of 16 elements and 4 left over).

use trainyard_codec::{Error, Filter, Pipeline, Scratch};

fn hex(text: &str) -> Vec<u8> {
    let digit = |c: u8| (c as char).to_digit(16).map_or(0, |d| d as u8);
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[test]
fn chunks_of_the_reference() -> Result<(), Error> {
    let pixels: Vec<u8> = (0..20u16).flat_map(|i| (7 * i % 23).to_le_bytes()).collect();
    let mut out = vec![0; pixels.len()];
    for (name, filters, stored) in GOLDEN {
        let filters: Vec<Filter> = filters
            .iter()
            .map(|&(id, values)| Filter { id, flags: 0, values: values.into(), name: String::new() })
            .collect();
        out.fill(0xAA);
        let pipeline = Pipeline::new(&filters, 2, pixels.len())?;
        pipeline.decode(&hex(stored), 0, &mut out, &mut Scratch::default())?;
        assert_eq!(out, pixels, "{name}");
    }
    Ok(())
}

type Golden = (&'static str, &'static [(u32, &'static [u32])], &'static str);

#[rustfmt::skip]
const GOLDEN: &[Golden] = &[
    ("shuffle deflate", &[(2, &[2]), (1, &[6])],
        "789c6360e71365e51166e61264e4e01763e31561e11662c002001a6b00e3"),
    ("deflate fletcher32", &[(1, &[1]), (3, &[])],
        "780105c1870d80200000b012058c820419ff9f6a4bf65aa26238dcbae0d26c49359d1e9f1f115e00e3f45c0ee9"),
    ("bitshuffle plain", &[(32008, &[0, 4, 2, 0, 0])],
        "da96c6713ef02499482200000000000000000000000000000000000000000000140004000b001200"),
    ("bitshuffle lz4", &[(32008, &[0, 4, 2, 0, 2])],
        "00000000000000280000200000000014bcda96c6713ef024994822000100500000000000140004000b001200"),
    ("bitshuffle lz4 blocks of 8", &[(32008, &[0, 4, 2, 8, 2])],
        "00000000000000280000001000000012f001dac63e2448000000000000000000000000000012f0019671f099220000000000000000000000140004000b001200"),
    ("bitshuffle zstd", &[(32008, &[0, 4, 2, 0, 3, 3])],
        "0000000000000028000020000000001a28b52ffd20208d000058da96c6713ef0249948220001001ff002140004000b001200"),
    ("lz4", &[(32004, &[0])],
        "00000000000000280000002800000028000007000e00150005000c00130003000a001100010008000f00160006000d00140004000b001200"),
    ("lz4 blocks of 16", &[(32004, &[16])],
        "00000000000000280000001000000010000007000e00150005000c0013000300000000100a001100010008000f00160006000d0000000008140004000b001200"),
    ("zstd", &[(32015, &[3])],
        "28b52ffd2028410100000007000e00150005000c00130003000a001100010008000f00160006000d00140004000b001200"),
];
