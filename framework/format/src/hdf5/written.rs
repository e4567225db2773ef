//! What of a file the library wrote around the values: superblock, names, attributes, indices of chunks. The last bytes at each
//! place, kept until the file is closed.

use std::collections::BTreeMap;
use xxhash_rust::xxh3::{xxh3_64, Xxh3};

/// By address; pieces do not overlap.
#[derive(Debug, Default)]
pub(super) struct Written {
    pieces: BTreeMap<u64, Piece>,
    /// bytes that are held
    held: usize,
}

#[derive(Debug)]
enum Piece {
    Bytes(Vec<u8>),
    /// what was written in one piece and is not kept: where something else is written over a part of it, nothing is known of the rest
    Sum {
        length: u64,
        checksum: u64,
    },
}

impl Piece {
    fn length(&self) -> u64 {
        match self {
            Piece::Bytes(bytes) => bytes.len() as u64,
            Piece::Sum { length, .. } => *length,
        }
    }
}

impl Written {
    pub fn keep(&mut self, at: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.forget(at, bytes.len() as u64);
        self.hold(at, bytes.to_vec());
    }

    /// Bytes that are held in memory.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Lets go of all bytes and keeps the checksum of each piece. Where a part of one is written again, nothing is known of the
    /// rest from then on.
    pub fn condense(&mut self) {
        for piece in self.pieces.values_mut() {
            if let Piece::Bytes(bytes) = piece {
                *piece = Piece::Sum { length: bytes.len() as u64, checksum: xxh3_64(bytes) };
            }
        }
        self.held = 0;
    }

    fn hold(&mut self, at: u64, bytes: Vec<u8>) {
        self.held += bytes.len();
        self.pieces.insert(at, Piece::Bytes(bytes));
    }

    /// The bytes of a piece that goes; `None`: they are not held.
    fn let_go(&mut self, at: u64) -> Option<Vec<u8>> {
        let Some(Piece::Bytes(bytes)) = self.pieces.remove(&at) else { return None };
        self.held -= bytes.len();
        Some(bytes)
    }

    /// Keeps the checksum alone.
    pub fn keep_sum(&mut self, at: u64, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len() as u64;
        self.forget(at, length);
        self.pieces.insert(at, Piece::Sum { length, checksum: xxh3_64(bytes) });
    }

    /// Something else stands there now.
    pub fn forget(&mut self, at: u64, length: u64) {
        if length == 0 {
            return;
        }
        let end = at.saturating_add(length);
        // a piece that begins before may reach into it
        let before = self.pieces.range(..at).next_back().map(|(start, piece)| (*start, start + piece.length()));
        if let Some((start, _)) = before.filter(|(_, reach)| *reach > at) {
            if let Some(mut bytes) = self.let_go(start) {
                let behind = bytes.split_off((at - start) as usize);
                self.hold(start, bytes);
                if at + behind.len() as u64 > end {
                    self.hold(end, behind[(end - at) as usize..].to_vec());
                }
            }
        }
        let covered: Vec<u64> = self.pieces.range(at..end).map(|(start, _)| *start).collect();
        for start in covered {
            if let Some(mut bytes) = self.let_go(start) {
                if start + bytes.len() as u64 > end {
                    self.hold(end, bytes.split_off((end - start) as usize));
                }
            }
        }
    }

    /// (offset, size, xxh3-64), kept neighbours as one, in the order of the file.
    pub fn pieces(&self) -> Vec<(u64, u64, u64)> {
        let mut pieces: Vec<(u64, u64, u64)> = Vec::new();
        let mut open: Option<(u64, u64, Xxh3)> = None;
        let closed = |open: (u64, u64, Xxh3)| (open.0, open.1, open.2.digest());
        for (&at, piece) in &self.pieces {
            match (piece, &mut open) {
                (Piece::Bytes(bytes), Some((start, length, sum))) if *start + *length == at => {
                    *length += bytes.len() as u64;
                    sum.update(bytes);
                }
                (Piece::Bytes(bytes), _) => {
                    pieces.extend(open.take().map(closed));
                    let mut sum = Xxh3::new();
                    sum.update(bytes);
                    open = Some((at, bytes.len() as u64, sum));
                }
                (Piece::Sum { length, checksum }, _) => {
                    pieces.extend(open.take().map(closed));
                    pieces.push((at, *length, *checksum));
                }
            }
        }
        pieces.extend(open.map(closed));
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(written.held(), image.iter().flatten().count());
        }
    }

    #[test]
    fn condensed_pieces_hold_no_bytes_and_the_same_checksums() {
        let mut written = Written::default();
        written.keep(0, b"head");
        written.keep(10, b"names");
        let before = written.pieces();
        written.condense();
        assert_eq!((written.held(), written.pieces()), (0, before));
        written.keep(10, b"NAMES");
        written.keep(2, b"x");
        assert_eq!(written.pieces(), [(2, 1, xxh3_64(b"x")), (10, 5, xxh3_64(b"NAMES"))]);
        assert_eq!(written.held(), 6);
    }

    #[test]
    fn a_sum_holds_for_a_whole_piece_alone() {
        let mut written = Written::default();
        written.keep(0, b"head");
        written.keep_sum(4, b"values");
        written.keep_sum(20, b"heap");
        assert_eq!(written.pieces(), [(0, 4, xxh3_64(b"head")), (4, 6, xxh3_64(b"values")), (20, 4, xxh3_64(b"heap"))]);
        written.keep_sum(20, b"HEAP");
        written.keep(8, b"xx");
        assert_eq!(written.pieces(), [(0, 4, xxh3_64(b"head")), (8, 2, xxh3_64(b"xx")), (20, 4, xxh3_64(b"HEAP"))]);
        written.forget(21, 1);
        assert_eq!(written.pieces().len(), 2);
    }
}
