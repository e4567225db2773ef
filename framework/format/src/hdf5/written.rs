//! What of a file the library wrote around the values: superblock, names, attributes, indices of chunks. The last bytes at each
//! place, kept until the file is closed.

use std::collections::BTreeMap;
use xxhash_rust::xxh3::Xxh3;

/// By address; pieces do not overlap.
#[derive(Debug, Default)]
pub(super) struct Written(BTreeMap<u64, Vec<u8>>);

impl Written {
    pub fn keep(&mut self, at: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.forget(at, bytes.len() as u64);
        self.0.insert(at, bytes.to_vec());
    }

    /// Something else stands there now.
    pub fn forget(&mut self, at: u64, length: u64) {
        if length == 0 {
            return;
        }
        let end = at.saturating_add(length);
        // a piece that begins before may reach into it
        if let Some((&start, piece)) = self.0.range_mut(..at).next_back() {
            let reach = start + piece.len() as u64;
            if reach > at {
                let behind = piece.split_off((at - start) as usize);
                if reach > end {
                    self.0.insert(end, behind[(end - at) as usize..].to_vec());
                }
            }
        }
        let covered: Vec<u64> = self.0.range(at..end).map(|(start, _)| *start).collect();
        for start in covered {
            let Some(mut piece) = self.0.remove(&start) else { continue };
            if start + piece.len() as u64 > end {
                self.0.insert(end, piece.split_off((end - start) as usize));
            }
        }
    }

    /// (offset, size, xxh3-64), neighbours as one, in the order of the file.
    pub fn pieces(&self) -> Vec<(u64, u64, u64)> {
        let mut pieces: Vec<(u64, u64, Xxh3)> = Vec::new();
        for (&at, bytes) in self.0.iter().filter(|(_, bytes)| !bytes.is_empty()) {
            let size = bytes.len() as u64;
            match pieces.last_mut() {
                Some((start, length, sum)) if *start + *length == at => {
                    *length += size;
                    sum.update(bytes);
                }
                _ => {
                    let mut sum = Xxh3::new();
                    sum.update(bytes);
                    pieces.push((at, size, sum));
                }
            }
        }
        pieces.into_iter().map(|(at, size, sum)| (at, size, sum.digest())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    /// Against an image of all bytes, for writes that overlap in every way.
    #[test]
    fn the_last_bytes_at_each_place_count() {
        let mut state = 7u64;
        let mut random = |end: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % end
        };
        for _ in 0..200 {
            let (mut written, mut image) = (Written::default(), [None::<u8>; 100]);
            for _ in 0..30 {
                let at = random(100);
                let length = random(100 - at + 1);
                let range = at as usize..(at + length) as usize;
                if random(4) == 0 {
                    written.forget(at, length);
                    image[range].fill(None);
                } else {
                    let bytes: Vec<u8> = range.clone().map(|_| random(256) as u8).collect();
                    written.keep(at, &bytes);
                    image[range].iter_mut().zip(&bytes).for_each(|(to, from)| *to = Some(*from));
                }
            }
            let mut expected = Vec::new();
            let mut at = 0;
            while at < image.len() {
                let run: Vec<u8> = image[at..].iter().map_while(|byte| *byte).collect();
                if !run.is_empty() {
                    expected.push((at as u64, run.len() as u64, xxh3_64(&run)));
                }
                at += run.len().max(1);
            }
            assert_eq!(written.pieces(), expected);
        }
    }
}
