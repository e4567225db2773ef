//! Damaged chunks: whatever the bytes, an error or the right number of bytes; no panic, no
//! memory beyond what the chunk itself takes.

mod watched_allocator;

use std::sync::atomic::Ordering;

use trainyard_codec::{Error, Filter, Pipeline, Scratch};
use watched_allocator::{Watched, LARGEST};

#[global_allocator]
static ALLOCATOR: Watched = Watched;

const CHUNK_BYTES: usize = 20_004;
/// Far above six times the chunk, far below what a damaged length can state.
const LARGEST_ALLOWED: usize = 1 << 20;

fn filter(id: u32, values: &[u32]) -> Filter {
    Filter { id, flags: 1, values: values.to_vec(), name: String::new() }
}

fn pipelines() -> Vec<Vec<Filter>> {
    let (shuffle, checksum) = (filter(2, &[2]), filter(3, &[]));
    let deflate = filter(1, &[1]);
    let bitshuffle_lz4 = filter(32008, &[0, 4, 2, 0, 2]);
    let bitshuffle_zstd = filter(32008, &[0, 4, 2, 0, 3, 1]);
    vec![
        vec![],
        vec![shuffle.clone(), deflate.clone()],
        vec![shuffle.clone(), deflate.clone(), checksum.clone()],
        vec![bitshuffle_lz4.clone()],
        vec![filter(32008, &[0, 4, 2, 64, 2]), filter(32015, &[1])],
        vec![bitshuffle_zstd],
        vec![filter(32008, &[0, 4, 2, 0])],
        vec![filter(32004, &[0])],
        vec![filter(32004, &[4096]), deflate],
        vec![filter(32015, &[3])],
        vec![checksum, shuffle, bitshuffle_lz4],
    ]
}

/// xorshift64*: the same mutants every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % n.max(1)
    }
}

fn mutate(stored: &mut Vec<u8>, random: &mut Random) {
    match random.below(5) {
        0 => {
            let length = random.below(stored.len());
            stored.truncate(length);
        }
        1 => {
            let extra = 1 + random.below(40);
            stored.extend((0..extra).map(|_| random.below(256) as u8));
        }
        // The first bytes hold the stated sizes.
        2 if !stored.is_empty() => {
            let at = random.below(stored.len().min(20));
            stored[at] = [0, 1, 0x7F, 0x80, 0xFF][random.below(5)];
        }
        3 if stored.len() > 8 => {
            let (from, to) = (random.below(stored.len() - 8), random.below(stored.len() - 8));
            stored.copy_within(from..from + 8, to);
        }
        _ => {
            for _ in 0..1 + random.below(6) {
                let at = random.below(stored.len());
                if let Some(byte) = stored.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
}

#[test]
fn mutated_chunks_are_errors_or_a_whole_chunk() -> Result<(), Error> {
    let raw: Vec<u8> = (0..CHUNK_BYTES / 2)
        .flat_map(|i| ((i as u32).wrapping_mul(2_654_435_761) >> 28).to_le_bytes()[..2].to_vec())
        .collect();
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
    let mut out = vec![0; CHUNK_BYTES];
    for filters in pipelines() {
        let pipeline = Pipeline::new(&filters, 2, CHUNK_BYTES)?;
        let mask = pipeline.encode(&raw, &mut stored, &mut scratch)?;
        let mut refused = 0;
        for round in 0..4000 {
            let mut mutant = stored.clone();
            for _ in 0..1 + random.below(3) {
                mutate(&mut mutant, &mut random);
            }
            // Also masks that the file could state wrongly.
            let mask = if round % 8 == 0 { random.below(8) as u32 } else { mask };
            match pipeline.decode(&mutant, mask, &mut out, &mut scratch) {
                Ok(()) => {}
                Err(Error::Damaged { .. }) => refused += 1,
                Err(other) => return Err(other),
            }
        }
        assert!(refused > 1000, "only {refused} of 4000 refused by {filters:?}");
        // What was kept from damaged chunks does not disturb a good one.
        pipeline.decode(&stored, mask, &mut out, &mut scratch)?;
        assert!(out == raw, "{filters:?}");
    }
    let largest = LARGEST.load(Ordering::Relaxed);
    assert!(largest < LARGEST_ALLOWED, "{largest} bytes asked for at once");
    Ok(())
}

#[test]
fn every_truncation_is_refused() -> Result<(), Error> {
    let raw = vec![3; 700];
    let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
    let mut out = vec![0; raw.len()];
    for filters in pipelines() {
        let pipeline = Pipeline::new(&filters, 2, raw.len())?;
        let mask = pipeline.encode(&raw, &mut stored, &mut scratch)?;
        for length in 0..stored.len() {
            let found = pipeline.decode(&stored[..length], mask, &mut out, &mut scratch);
            assert!(matches!(found, Err(Error::Damaged { .. })), "{length} bytes, {filters:?}");
        }
    }
    Ok(())
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    for (id, values) in [
        (1, &[10][..]),
        (2, &[0]),
        (32008, &[]),
        (32008, &[0, 4]),
        (32008, &[0, 4, 0, 0, 2]),
        (32008, &[0, 4, 2, 12, 2]),
        (32008, &[0, 4, u32::MAX, 0, 2]),
        (32008, &[0, 4, u32::MAX, u32::MAX - 7, 2]),
        (32004, &[u32::MAX]),
    ] {
        let found = Pipeline::new(&[filter(id, values)], 2, 64);
        assert!(matches!(found, Err(Error::Unsupported { .. })), "{id} {values:?}");
    }
    let many = vec![filter(2, &[2]); 33];
    assert!(Pipeline::new(&many, 2, 64).is_err() && Pipeline::new(&many[1..], 2, 64).is_ok());
    assert!(matches!(Pipeline::new(&[filter(32013, &[])], 2, 64), Err(Error::UnknownFilter { id: 32013, .. })));
}

#[test]
fn element_sizes_beyond_the_chunk_are_followed() -> Result<(), Error> {
    // Fewer than 8 elements: nothing to transpose, all is tail.
    let huge = 1 << 24;
    let pipeline = Pipeline::new(&[filter(32008, &[0, 4, huge, 8, 2])], huge as usize, 0)?;
    let (mut stored, mut scratch) = (Vec::new(), Scratch::default());
    pipeline.encode(&[], &mut stored, &mut scratch)?;
    pipeline.decode(&stored, 0, &mut [], &mut scratch)
}
