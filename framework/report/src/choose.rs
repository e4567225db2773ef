//! Which frames are shown: chosen from what was published, by rule, so that the same run shows the same frames.

use std::collections::{BTreeMap, BinaryHeap};
use trainyard_engine::plan::SecondLook;
use xxhash_rust::xxh3::xxh3_64;

/// Of each kind.
const A_FEW: usize = 3;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FrameAt {
    pub train: u64,
    pub pulse: u64,
    pub fate: u8,
    /// of the columns, by name
    pub columns: BTreeMap<String, f64>,
}

/// Frames to be read again.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// by draw, for mean and maximum
    pub kept: Vec<FrameAt>,
    pub dropped: Vec<FrameAt>,
    /// (why it is shown, frame)
    pub shown: Vec<(String, FrameAt)>,
}

/// The frames with the lowest keys of all that were offered.
struct Lowest {
    most: usize,
    heap: BinaryHeap<Entry>,
}

struct Entry {
    /// total order: key, then train and pulse
    key: (u64, u64, u64),
    frame: FrameAt,
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for Entry {}
impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Lowest {
    fn new(most: usize) -> Self {
        Lowest { most, heap: BinaryHeap::new() }
    }

    fn offer(&mut self, key: u64, (train, pulse): (u64, u64), frame: impl FnOnce() -> FrameAt) {
        let key = (key, train, pulse);
        let takes = self.heap.len() < self.most || self.heap.peek().is_some_and(|worst| key < worst.key);
        if takes {
            self.heap.push(Entry { key, frame: frame() });
            if self.heap.len() > self.most {
                self.heap.pop();
            }
        }
    }

    fn into_drawn(self) -> Drawn {
        self.heap.into_sorted_vec().into_iter().map(|entry| (entry.key.0, entry.frame)).collect()
    }

    fn into_frames(self) -> Vec<FrameAt> {
        self.heap.into_sorted_vec().into_iter().map(|entry| entry.frame).collect()
    }
}

/// Orders finite numbers as unsigned ones.
fn key_of(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | 1 << 63
    }
}

pub struct Chooser {
    look: SecondLook,
    kept: Lowest,
    dropped: Lowest,
    /// in parts of the run from which no frames are drawn
    kept_elsewhere: Lowest,
    best: Lowest,
    above: Lowest,
    below: Lowest,
}

/// One frame as it is offered.
pub struct Offer<'a> {
    pub train: u64,
    pub pulse: u64,
    /// its position in the train
    pub position: u64,
    pub fate: u8,
    /// the number that decides, and its threshold
    pub score: Option<(f64, Option<f64>)>,
    /// takes part in the draw for mean and maximum
    pub drawn: bool,
    pub columns: &'a dyn Fn() -> BTreeMap<String, f64>,
}

impl Chooser {
    pub fn new(look: SecondLook) -> Self {
        let most = |few: usize| Lowest::new(few.min(look.shown));
        Chooser {
            look,
            kept: Lowest::new(look.drawn),
            dropped: Lowest::new(look.drawn),
            kept_elsewhere: most(A_FEW),
            best: most(2),
            above: most(A_FEW),
            below: most(A_FEW),
        }
    }

    pub fn offer(&mut self, offer: &Offer<'_>) {
        let id = (offer.train, offer.pulse);
        let frame = || FrameAt { train: id.0, pulse: id.1, fate: offer.fate, columns: (offer.columns)() };
        let draw = draw(offer.train, offer.position / self.look.together.max(1));
        if offer.drawn {
            let drawn = if offer.fate == 0 { &mut self.kept } else { &mut self.dropped };
            drawn.offer(draw, id, frame);
        } else if offer.fate == 0 {
            self.kept_elsewhere.offer(draw, id, frame);
        }
        let Some((score, threshold)) = offer.score.filter(|(score, _)| score.is_finite()) else { return };
        self.best.offer(!key_of(score), id, frame);
        let Some(threshold) = threshold.filter(|threshold| threshold.is_finite()) else { return };
        let distance = score - threshold;
        let side = if offer.fate == 0 { &mut self.above } else { &mut self.below };
        side.offer(key_of(distance.abs()), id, frame);
    }

    pub fn finish(self) -> Choice {
        let (mut kept, mut dropped) = (self.kept.into_drawn(), self.dropped.into_drawn());
        // three quarters for what is kept, where there is both
        let drawn = self.look.drawn;
        let of_dropped = (drawn / 4).max(drawn.saturating_sub(kept.len())).min(dropped.len());
        kept.truncate(drawn.saturating_sub(of_dropped));
        dropped.truncate(of_dropped);
        // chunks are read whole
        let chunks = self.look.chunks;
        let of_dropped = (chunks / 4).max(chunks.saturating_sub(chunks_of(&kept))).min(chunks_of(&dropped));
        let kept = in_chunks(kept, chunks.saturating_sub(of_dropped));
        let dropped = in_chunks(dropped, of_dropped);
        let mut shown: Vec<(String, FrameAt)> = Vec::new();
        let mut show = |why: &str, frames: Vec<FrameAt>| {
            for frame in frames {
                let known = shown.iter().any(|(_, other)| (other.train, other.pulse) == (frame.train, frame.pulse));
                if !known && shown.len() < self.look.shown {
                    shown.push((why.into(), frame));
                }
            }
        };
        show("greatest score", self.best.into_frames());
        show("kept, nearest to the threshold", self.above.into_frames());
        show("dropped, nearest to the threshold", self.below.into_frames());
        show("kept, drawn by hash", kept.iter().take(A_FEW).cloned().collect());
        show("dropped, drawn by hash", dropped.iter().take(A_FEW).cloned().collect());
        if kept.is_empty() {
            show("kept, drawn by hash", self.kept_elsewhere.into_frames());
        }
        Choice { kept, dropped, shown }
    }
}

/// Frames with their draw, in the order of the draws.
type Drawn = Vec<(u64, FrameAt)>;

fn chunks_of(drawn: &Drawn) -> usize {
    drawn.chunk_by(|a, b| a.0 == b.0).count()
}

fn in_chunks(drawn: Drawn, chunks: usize) -> Vec<FrameAt> {
    drawn.chunk_by(|a, b| a.0 == b.0).take(chunks).flatten().map(|(_, frame)| frame.clone()).collect()
}

/// A hash of ids: the same for the same frame, wherever it is made.
fn draw(train: u64, place: u64) -> u64 {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&train.to_le_bytes());
    bytes[8..].copy_from_slice(&place.to_le_bytes());
    xxh3_64(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(order: impl Iterator<Item = u64>, together: u64) -> Choice {
        let mut chooser = Chooser::new(SecondLook { drawn: 64, chunks: 64 / together as usize, shown: 16, together });
        for pulse in order {
            let score = (pulse * 37 % 1000) as f64;
            let columns = || BTreeMap::from([("score".to_string(), score)]);
            chooser.offer(&Offer {
                train: 10 + pulse / 100,
                pulse,
                position: pulse % 100,
                fate: if score >= 700.0 { 0 } else { 3 },
                score: Some((score, Some(700.0))),
                drawn: true,
                columns: &columns,
            });
        }
        chooser.finish()
    }

    #[test]
    fn the_choice_does_not_depend_on_the_order() {
        let (forth, back) = (chosen(0..1000, 1), chosen((0..1000).rev(), 1));
        assert_eq!((&forth.kept, &forth.dropped, &forth.shown), (&back.kept, &back.dropped, &back.shown));
        assert_eq!((forth.kept.len(), forth.dropped.len()), (48, 16));
    }

    #[test]
    fn greatest_and_nearest_are_what_they_say() {
        let choice = chosen(0..1000, 1);
        let of = |why: &str| -> Vec<f64> {
            choice.shown.iter().filter(|(w, _)| w == why).map(|(_, frame)| frame.columns["score"]).collect()
        };
        assert_eq!(of("greatest score"), [999.0, 998.0]);
        assert_eq!(of("kept, nearest to the threshold"), [700.0, 701.0, 702.0]);
        assert_eq!(of("dropped, nearest to the threshold"), [699.0, 698.0, 697.0]);
        assert_eq!((of("kept, drawn by hash").len(), of("dropped, drawn by hash").len()), (3, 3));
        assert!(choice.shown.len() <= 16);
    }

    #[test]
    fn frames_of_a_chunk_are_drawn_together() {
        let choice = chosen(0..1000, 10);
        let chunks: std::collections::BTreeSet<u64> = choice.dropped.iter().map(|f| f.pulse / 10).collect();
        assert!(chunks.len() <= 4, "{} frames of {} chunks", choice.dropped.len(), chunks.len());
    }

    #[test]
    fn numbers_keep_their_order_as_keys() {
        let numbers = [-1e9, -2.0, -0.5, 0.0, 1e-9, 3.0, 1e12];
        assert!(numbers.windows(2).all(|pair| key_of(pair[0]) < key_of(pair[1])));
    }
}
