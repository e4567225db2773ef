//! Misses that stay, for background and as a check of the hit finding: a weighted random sample.

use super::draw::{hash, waiting_time};
use super::hit_rate::{hit_rate, TRAINS};
use std::ops::Range;

/// What the fraction of misses is a fraction of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissBase {
    #[default]
    Hits,
    Misses,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MissOptions {
    pub fraction: f64,
    pub base: MissBase,
    /// share of hits and misses together that is kept at least
    pub least: f64,
    pub seed: u64,
}

/// Misses to keep among the `misses`: max(fraction * base, least * (hits + misses)), rounded half up, but no more than there are.
///
/// (EXtra-redu decides which of the two is larger with fraction * hits over all frames, weak pulses included, and so takes
/// the smaller one now and then; we take the larger.)
///
/// A miss is drawn with the hit rate of the [`TRAINS`] trains about it as its weight, so that the sample follows the hits
/// through the run; where there are no hits, all weigh the same. `ids` are (train id, pulse id) by frame.
///
/// # Panics
/// When a train lies outside `hits`, or `misses` or `ids` has another length.
pub fn keep_misses(
    ids: &[(u64, u64)],
    hits: &[bool],
    misses: &[bool],
    trains: &[Range<usize>],
    options: &MissOptions,
) -> Vec<bool> {
    let count = |flags: &[bool]| flags.iter().filter(|f| **f).count();
    let base = match options.base {
        MissBase::Hits => count(hits),
        MissBase::Misses => count(misses),
    };
    let wanted = (options.fraction * base as f64).max(options.least * (count(hits) + count(misses)) as f64);
    // a float to integer cast saturates, and NaN becomes 0
    let wanted = ((wanted + 0.5).floor() as usize).min(count(misses));
    let mut kept = vec![false; hits.len()];
    if wanted == 0 {
        return kept;
    }
    let mut rates = hit_rate(hits, trains, TRAINS);
    if rates.iter().all(|r| *r == 0.0) {
        rates.fill(1.0);
    }
    let mut queue: Vec<(f64, u64, usize)> = Vec::with_capacity(count(misses));
    for (train, &rate) in trains.iter().zip(&rates) {
        queue.extend(train.clone().filter(|&f| misses[f]).map(|frame| {
            let (train_id, pulse_id) = ids[frame];
            let hash = hash(options.seed, train_id, pulse_id);
            (waiting_time(hash, rate), hash, frame)
        }));
    }
    let wanted = wanted.min(queue.len());
    if wanted < queue.len() {
        queue.select_nth_unstable_by(wanted, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    }
    queue[..wanted].iter().for_each(|&(_, _, frame)| kept[frame] = true);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    type Run = (Vec<(u64, u64)>, Vec<bool>, Vec<Range<usize>>);

    /// Trains of ten frames; the first frame of each train in `hot` is a hit.
    fn run(trains: usize, hot: Range<usize>) -> Run {
        let ids = (0..trains * 10).map(|i| (10_001 + i as u64 / 10, i as u64 % 10)).collect();
        let hits = (0..trains * 10).map(|i| hot.contains(&(i / 10)) && i % 10 == 0).collect();
        (ids, hits, (0..trains).map(|t| 10 * t..10 * t + 10).collect())
    }

    fn options(fraction: f64) -> MissOptions {
        MissOptions { fraction, base: MissBase::Hits, least: 0.0, seed: 10_001 }
    }

    fn number(kept: &[bool]) -> usize {
        kept.iter().filter(|k| **k).count()
    }

    #[test]
    fn keeps_as_many_as_asked_and_never_a_hit() {
        let (ids, hits, trains) = run(101, 0..101);
        let misses: Vec<bool> = hits.iter().map(|h| !h).collect();
        let keep = |o: &MissOptions| keep_misses(&ids, &hits, &misses, &trains, o);
        assert_eq!(number(&keep(&options(0.0))), 0);
        assert_eq!(number(&keep(&options(0.5))), 51, "half up: 50.5");
        assert_eq!(number(&keep(&options(1e9))), 909, "all there are");
        assert_eq!(number(&keep(&options(f64::NAN))), 0);
        assert_eq!(number(&keep(&MissOptions { least: 0.1, ..options(0.5) })), 101);
        assert_eq!(number(&keep(&MissOptions { base: MissBase::Misses, ..options(0.5) })), 455);
        assert!(keep(&options(3.0)).iter().zip(&hits).all(|(k, h)| !(*k && *h)));
        assert_eq!(keep(&options(1.0)), keep(&options(1.0)));
        assert_ne!(keep(&options(1.0)), keep(&MissOptions { seed: 2, ..options(1.0) }));
    }

    #[test]
    fn follows_the_hits_through_the_run() {
        let (ids, hits, trains) = run(1000, 0..300);
        let misses: Vec<bool> = hits.iter().map(|h| !h).collect();
        let kept = keep_misses(&ids, &hits, &misses, &trains, &options(1.0));
        assert_eq!(number(&kept), 300);
        assert_eq!(number(&kept[4000..]), 0, "no hit within 100 trains: nothing is taken from there");
        let even = number(&kept[..2000]) as f64 / 200.0;
        assert!(even > 0.75 && even < 1.1, "{even} a train where the rate is even");
    }

    #[test]
    fn without_hits_all_weigh_the_same() {
        let (ids, hits, trains) = run(100, 0..0);
        let misses = vec![true; 1000];
        let kept = keep_misses(&ids, &hits, &misses, &trains, &MissOptions { least: 0.2, ..options(1.0) });
        assert_eq!(number(&kept), 200);
        assert!((70..130).contains(&number(&kept[..500])));
    }
}
